package sync

import (
	"slices"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/sync/gittest"
)

// lineages maps "path#n" (the nth scenario) to its lineage.
func (b *bench) lineages(r *catalog.Repository, sha string) map[string]behavepro.Lineage {
	out := map[string]behavepro.Lineage{}
	for _, f := range b.files(r, mustSHA(b.t, sha)) {
		for i, l := range f.Lineages {
			out[f.Path+"#"+string(rune('0'+i))] = l
		}
	}
	return out
}

const (
	scenarioA = "  Scenario: alpha\n    Given one\n    When two\n    Then three\n"
	scenarioB = "  Scenario: beta\n    Given four\n    When five\n    Then six\n"
	scenarioC = "  Scenario: gamma\n    Given seven\n    When eight\n    Then nine\n"
)

func feature3(scenarios ...string) string { return "Feature: f\n\n" + strings.Join(scenarios, "\n") }

// TestLineageSurvives follows scenarios through what people do to feature files. Each case is a list of commits; the wanted pairs
// are "place in the first commit = place in the last".
func TestLineageSurvives(t *testing.T) {
	t.Parallel()
	edited := strings.Replace(scenarioA, "Given one", "Given another one", 1)
	type step func(r *gittest.Repo)
	write := func(files ...string) step { return func(r *gittest.Repo) { r.Commit("c", files...) } }
	git := func(args ...string) step { return func(r *gittest.Repo) { r.Git(args...) } }
	for name, c := range map[string]struct {
		steps []step
		same  []string // "from=to"
		new   []string // places of the last commit that are in no place of the first
	}{
		"edit":                    {[]step{write("a.feature", feature3(scenarioA)), write("a.feature", feature3(edited))}, []string{"a.feature#0=a.feature#0"}, nil},
		"insert above":            {[]step{write("a.feature", feature3(scenarioA)), write("a.feature", feature3(scenarioB, scenarioA))}, []string{"a.feature#0=a.feature#1"}, []string{"a.feature#0"}},
		"pure move":               {[]step{write("a.feature", feature3(scenarioA, scenarioB)), git("mv", "a.feature", "z.feature"), write()}, []string{"a.feature#0=z.feature#0", "a.feature#1=z.feature#1"}, nil},
		"move with an edit":       {[]step{write("a.feature", feature3(scenarioA, scenarioB)), git("rm", "-q", "a.feature"), write("z.feature", feature3(edited, scenarioB))}, []string{"a.feature#0=z.feature#0", "a.feature#1=z.feature#1"}, nil},
		"scenario to another":     {[]step{write("a.feature", feature3(scenarioA, scenarioB), "z.feature", feature3(scenarioC)), write("a.feature", feature3(scenarioB), "z.feature", feature3(scenarioC, scenarioA))}, []string{"a.feature#0=z.feature#1", "a.feature#1=a.feature#0", "z.feature#0=z.feature#0"}, nil},
		"a copy is new":           {[]step{write("a.feature", feature3(scenarioA)), write("b.feature", feature3(scenarioA))}, []string{"a.feature#0=a.feature#0"}, []string{"b.feature#0"}},
		"removed and back":        {[]step{write("a.feature", feature3(scenarioA, scenarioB)), write("a.feature", feature3(scenarioB)), write("a.feature", feature3(scenarioA, scenarioB))}, []string{"a.feature#0=a.feature#0"}, nil},
		"files swap their names":  {[]step{write("a.feature", feature3(scenarioA), "b.feature", feature3(scenarioB)), write("a.feature", feature3(scenarioB), "b.feature", feature3(scenarioA))}, []string{"a.feature#0=b.feature#0", "b.feature#0=a.feature#0"}, nil},
		"two equal files, moved":  {[]step{write("a.feature", feature3(scenarioA), "b.feature", feature3(scenarioA)), git("mv", "a.feature", "x.feature"), git("mv", "b.feature", "y.feature"), write()}, []string{"a.feature#0=x.feature#0", "b.feature#0=y.feature#0"}, nil},
		"a folder moves":          {[]step{write("d/a.feature", feature3(scenarioA), "d/e/b.feature", feature3(scenarioB)), git("mv", "d", "q"), write()}, []string{"d/a.feature#0=q/a.feature#0", "d/e/b.feature#0=q/e/b.feature#0"}, nil},
		"renamed scenario":        {[]step{write("a.feature", feature3(scenarioA)), write("a.feature", feature3(strings.Replace(scenarioA, "alpha", "omega", 1)))}, []string{"a.feature#0=a.feature#0"}, nil},
		"became broken and whole": {[]step{write("a.feature", feature3(scenarioA, scenarioB)), write("a.feature", feature3(scenarioA, scenarioB)+"\n   broken |\n"), write("a.feature", feature3(scenarioA, scenarioB))}, []string{"a.feature#0=a.feature#0", "a.feature#1=a.feature#1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t)
			for _, s := range c.steps {
				s(r)
			}
			commits := strings.Fields(r.Git("rev-list", "--reverse", "HEAD"))
			b := newBench(t)
			repo := b.add("r", gittest.Serve(t, r.Dir, gittest.Partial))
			b.sync(repo)
			first, last := b.lineages(repo, commits[0]), b.lineages(repo, commits[len(commits)-1])
			for _, pair := range c.same {
				from, to, _ := strings.Cut(pair, "=")
				if first[from].IsZero() || first[from] != last[to] {
					t.Errorf("%s does not continue as %s", from, to)
				}
			}
			for _, place := range c.new {
				for from, l := range first {
					if last[place].IsZero() || last[place] == l {
						t.Errorf("%s is not new: it is %s", place, from)
					}
				}
			}
		})
	}
}

// TestPureMovesLoseNothing: what git log -M100% calls a rename keeps every lineage.
func TestPureMovesLoseNothing(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.History(4242, 250)
	b := newBench(t)
	repo := b.add("r", gittest.Serve(t, r.Dir, gittest.Partial))
	b.sync(repo)
	moves := 0
	// Equal files that move in one commit may be paired either way; a rename counts where the blob moved once.
	log := r.Git("log", "--branches", "--format=%x01%H %P", "--raw", "--no-abbrev", "-M100%", "-z", "--diff-filter=R")
	for commit := range strings.SplitSeq(log, "\x01") {
		head, rest, _ := strings.Cut(commit, "\x00")
		shas := strings.Fields(head)
		if len(shas) != 2 {
			continue
		}
		fields := strings.Split(strings.TrimLeft(rest, "\n\x00"), "\x00")
		was, is := b.lineages(repo, shas[1]), b.lineages(repo, shas[0])
		for i := 0; i+2 < len(fields); i += 3 {
			meta, from, to := strings.Fields(fields[i]), fields[i+1], fields[i+2]
			if len(meta) < 5 || !strings.HasPrefix(meta[1], "100") || !strings.HasPrefix(meta[0], ":100") || !strings.HasSuffix(from, ".feature") || !strings.HasSuffix(to, ".feature") {
				continue
			}
			moves++
			for place, l := range was {
				if n, ok := strings.CutPrefix(place, from+"#"); ok && is[to+"#"+n] != l && !slices.Contains(values(is), l) {
					t.Errorf("%s: %s was lost when %s moved to %s", shas[0], place, from, to)
				}
			}
		}
	}
	if moves < 5 {
		t.Errorf("only %d moves in the history: it proves nothing", moves)
	}
}

func values(m map[string]behavepro.Lineage) (out []behavepro.Lineage) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// TestMergeSeparates: a scenario that one branch moved and the other kept stands at two paths after the merge; the first path keeps
// the lineage.
func TestMergeSeparates(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	base := r.Commit("base", "m.feature", feature3(scenarioA, scenarioB))
	r.Git("checkout", "-qb", "mover")
	r.Git("mv", "m.feature", "a.feature")
	r.Commit("move")
	r.Git("checkout", "-q", "main")
	r.Commit("edit", "m.feature", feature3(scenarioA, scenarioB, scenarioC))
	_, _ = r.Try("", "merge", "-q", "--no-commit", "mover")
	merged := r.Commit("merge", "m.feature", feature3(scenarioA, scenarioB, scenarioC), "a.feature", feature3(scenarioA, scenarioB))
	if n := len(strings.Fields(r.Git("rev-list", "--parents", "-1", merged))); n != 3 {
		t.Fatalf("not a merge: %d", n)
	}
	b := newBench(t)
	repo := b.add("r", gittest.Serve(t, r.Dir, gittest.Partial))
	b.sync(repo)
	was, is := b.lineages(repo, base), b.lineages(repo, merged)
	if is["a.feature#0"] != was["m.feature#0"] {
		t.Errorf("the first path does not keep the lineage")
	}
	if is["m.feature#0"] == was["m.feature#0"] || is["m.feature#0"].IsZero() {
		t.Errorf("the second path still has the lineage of the first")
	}
}

// TestSquashKeepsLineage: a branch squashed into main ends with the lineages that it had.
func TestSquashKeepsLineage(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Commit("base", "a.feature", feature3(scenarioA))
	r.Git("checkout", "-qb", "story")
	r.Commit("new", "b.feature", feature3(scenarioB))
	tip := r.Commit("more", "b.feature", feature3(scenarioB, scenarioC))
	r.Git("checkout", "-q", "main")
	r.Git("merge", "-q", "--squash", "story")
	squashed := r.Commit("squash")
	b := newBench(t)
	repo := b.add("r", gittest.Serve(t, r.Dir, gittest.Partial))
	b.sync(repo)
	on, off := b.lineages(repo, tip), b.lineages(repo, squashed)
	for place, l := range on {
		if off[place] != l {
			t.Errorf("%s has another lineage after the squash", place)
		}
	}
}
