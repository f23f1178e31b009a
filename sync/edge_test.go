package sync

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/sync/gittest"
)

// TestBoundsOfAnAnswer is at the edge of what a server may send: a sync at the bound ends well, one over it says which it was.
func TestBoundsOfAnAnswer(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.History(5, 18)
	largest := 0 // commit or tree
	for line := range strings.Lines(r.Git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectsize)") + "\n") {
		var kind string
		var size int
		if _, err := fmt.Sscan(line, &kind, &size); err != nil {
			t.Fatal(err)
		}
		if kind == "commit" || kind == "tree" {
			largest = max(largest, size)
		}
	}
	for _, mode := range gittest.Modes {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			w := newWire(t, mode, r, r)
			bytes, objects := 0, 0
			w.begin(0, func(_ int, a answer, _ http.ResponseWriter) bool {
				if p := a.pack(t); a.post {
					bytes, objects = max(bytes, len(p)), max(objects, int(binary.BigEndian.Uint32(p[8:])))
				}
				return false
			})
			b := newBench(t)
			b.sync(b.add("measured", w.url))
			for name, c := range map[string]struct {
				set   func(b *bounds, n int64)
				bound int
				says  string
			}{
				"bytes":   {func(b *bounds, n int64) { b.packBytes = n }, bytes, "sent a pack larger than %d bytes"},
				"objects": {func(b *bounds, n int64) { b.packObjects = n }, objects, "more than %d"},
				"object":  {func(b *bounds, n int64) { b.treeBytes = n }, largest, "commits or trees larger than %d bytes"},
			} {
				b := newBench(t)
				repo := b.add("r", w.url)
				c.set(&b.engine.bounds, int64(c.bound-1))
				err := b.trySync(repo)
				if want := w.host + " "; !errors.Is(err, behavepro.ErrLimit) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf(c.says, c.bound-1)) {
					t.Errorf("%s over the bound: got %v", name, err)
				}
				if head, err := b.catalog.Head(t.Context(), repo.ID); err != nil || !head.RefSet.IsZero() {
					t.Errorf("%s over the bound: something can be read: %+v, %v", name, head, err)
				}
				clean(t, name, b.engine)
				c.set(&b.engine.bounds, int64(c.bound))
				if err := b.trySync(repo); err != nil {
					t.Errorf("%s at the bound: %v", name, err)
				}
			}
		})
	}
}

// TestDirectoriesOfACommit is at the edge of how many directories one commit may have looked into, its root among them.
func TestDirectoriesOfACommit(t *testing.T) {
	t.Parallel()
	for dirs, want := range map[int]string{4: "", 5: "d/d/d/d/d: the commit brings more than 5 feature files or directories"} {
		r := gittest.New(t)
		sha := r.Commit("deep", strings.Repeat("d/", dirs)+"deep.feature", cart, "a.feature", cart)
		b := newBench(t)
		b.engine.bounds.brought = 5
		repo := b.add("r", r.Dir)
		b.sync(repo)
		if got := b.names(repo, sha); strings.Contains(got, "deep.feature") != (want == "") || !strings.HasPrefix(got, "a.feature") {
			t.Errorf("%d directories: read %q", dirs, got)
		}
		if p := b.problems("r"); !strings.HasPrefix(p, want) || (want == "") != (p == "") {
			t.Errorf("%d directories: problems %q, want %q", dirs, p, want)
		}
	}
}

// TestPairsOfACommit is at the edge of how many pairs of scenarios one commit may have compared.
func TestPairsOfACommit(t *testing.T) {
	t.Parallel()
	file := func(names ...string) string {
		text := "Feature: f\n"
		for _, n := range names {
			text += "  Scenario: " + n + "\n    Given x\n    And y\n    And z\n    And " + n + "\n"
		}
		return text
	}
	for pairs, want := range map[int]string{4: "", 3: ": more than 3 pairs of scenarios to compare; the rest were taken as new"} {
		r := gittest.New(t)
		first := r.Commit("one", "a.feature", file("a", "b"))
		second := r.Commit("two", "a.feature", file("c", "d"))
		b := newBench(t)
		b.engine.bounds.pairs = pairs
		repo := b.add("r", r.Dir)
		b.sync(repo)
		was, is := b.files(repo, mustSHA(t, first))[0].Lineages, b.files(repo, mustSHA(t, second))[0].Lineages
		if kept := was[0] == is[0] && was[1] == is[1]; kept != (want == "") {
			t.Errorf("%d pairs: the scenarios are %v after %v", pairs, is, was)
		}
		if p := b.problems("r"); p != want {
			t.Errorf("%d pairs: problems %q, want %q", pairs, p, want)
		}
	}
}

// TestRedirects is at the edge of how often a server may send us elsewhere.
func TestRedirects(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	sha := r.Commit("one", "a.feature", cart)
	url := gittest.ServeWith(t, r.Dir, gittest.Partial, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			hops, rest, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/hops/"), "/")
			n, err := strconv.Atoi(hops)
			if err != nil {
				http.NotFound(w, req)
				return
			}
			if n > 0 {
				http.Redirect(w, req, fmt.Sprintf("/hops/%d/%s?%s", n-1, rest, req.URL.RawQuery), http.StatusFound)
				return
			}
			req.URL.Path = "/" + rest
			next.ServeHTTP(w, req)
		})
	})
	base, _ := strings.CutSuffix(url, "/.git")
	b := newBench(t)
	for _, hops := range []int{0, 5} {
		repo := b.add(fmt.Sprint("hops", hops), fmt.Sprintf("%s/hops/%d/.git", base, hops))
		if err := b.trySync(repo); err != nil {
			t.Errorf("%d redirects: %v", hops, err)
		} else if got := b.names(repo, sha); got != "a.feature" {
			t.Errorf("%d redirects: read %q", hops, got)
		}
	}
	host := strings.TrimPrefix(base, "http://")
	err := b.trySync(b.add("hops6", base+"/hops/6/.git"))
	if !errors.Is(err, behavepro.ErrRefused) || !strings.Contains(err.Error(), host+" redirects more than 5 times") {
		t.Errorf("6 redirects: got %v", err)
	}
}

// TestProblemsOfManyCommits is at the edge of how many problems a repository keeps: those of its newest commits.
func TestProblemsOfManyCommits(t *testing.T) {
	t.Parallel()
	const commits = catalog.MaxProblems + 2
	var stream strings.Builder
	for i := range commits {
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter Ada <ada@example.com> %d +0000\ndata 2\nc\n", 1_700_000_000+60*i)
		for _, name := range []string{"a", "b"} {
			text := fmt.Sprintf("Feature: %s %d\n", name, i)
			fmt.Fprintf(&stream, "M 100644 inline %s.feature\ndata %d\n%s\n", name, len(text), text)
		}
	}
	r := gittest.New(t)
	r.Input(stream.String(), "fast-import", "--quiet")
	order := strings.Fields(r.Git("rev-list", "main"))
	b := newBench(t)
	b.engine.bounds.brought = 1 // each commit brings two files: each has a problem
	repo := b.add("r", r.Dir)
	for more := 2; more < 4; more++ {
		b.sync(repo)
		all, err := b.catalog.Problems(t.Context(), repo.ID)
		if err != nil || len(all) != catalog.MaxProblems+1 {
			t.Fatalf("%d problems, %v", len(all), err)
		}
		for i, p := range all[:catalog.MaxProblems] {
			if p.Commit.String() != order[i] || !strings.Contains(p.Message, "more than 1 feature files") {
				t.Fatalf("problem %d is of %s, want %s: %s", i, p.Commit, order[i], p.Message)
			}
		}
		if p := all[catalog.MaxProblems]; !strings.HasPrefix(p.Message, fmt.Sprintf("%d more problems, of older commits", more)) {
			t.Errorf("the last one says %q", p.Message)
		}
		r.Input(fmt.Sprintf("commit refs/heads/main\ncommitter Ada <ada@example.com> 1800000000 +0000\ndata 2\nc\nfrom refs/heads/main^0\n"+
			"M 100644 inline a.feature\ndata 2\n%c#\nM 100644 inline b.feature\ndata 3\n%c##\n\n", 'a'+rune(more), 'a'+rune(more)), "fast-import", "--quiet")
		order = strings.Fields(r.Git("rev-list", "main"))
	}
}
