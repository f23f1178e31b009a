package catalog

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
)

func sha(n int) behavepro.SHA { return behavepro.SHA{19: byte(n), 18: byte(n >> 8)} }

// line is a history without merges: commit n is newer than n-1.
func line(newest int) *Rank {
	r := &Rank{place: map[behavepro.SHA]int{}}
	for n := newest; n > 0; n-- {
		r.place[sha(n)] = len(r.order)
		r.order = append(r.order, sha(n))
	}
	return r
}

var (
	said      = behavepro.Wording{1}
	saidOther = behavepro.Wording{2}
	clock     = time.Unix(1_700_000_000, 0).UTC()
)

// told is a push that says one thing about the scenario.
type told struct {
	commit, start, attempt int
	id, build, run, params string
	status                 behavepro.Status
	tries                  []behavepro.Status
	wording                behavepro.Wording
	row                    behavepro.RowID
}

func (t told) push() (*Push, Outcome) {
	p := &Push{
		ID: t.id, Commit: sha(t.commit), Build: t.build, Run: t.run, Attempt: t.attempt,
		Started: clock.Add(time.Duration(t.start) * time.Second), State: PushMatched,
	}
	for pair := range strings.FieldsSeq(t.params) {
		name, value, _ := strings.Cut(pair, "=")
		p.Params = append(p.Params, behavepro.Param{Name: name, Value: value})
	}
	w := t.wording
	if w.IsZero() {
		w = said
	}
	return p, Outcome{Row: t.row, Status: t.status, Tries: t.tries, Wording: w, Commit: p.Commit, Push: t.id}
}

func decide(rank *Rank, all []told, target Target) (*Runs, Current, []RunMark) {
	var pushes []*Push
	var outcomes []Outcome
	for _, t := range all {
		p, o := t.push()
		pushes = append(pushes, p)
		outcomes = append(outcomes, o)
	}
	runs := OrderRuns(rank, pushes)
	return runs, runs.Current(target, outcomes), runs.Strip(outcomes)
}

// show is a result in short: params, push, and marks.
func show(c Current) string {
	out := string(c.Status)
	for _, mark := range []struct {
		on   bool
		name string
	}{{c.Stale, "stale"}, {c.Flaky, "flaky"}} {
		if mark.on {
			out += " " + mark.name
		}
	}
	for _, r := range c.Results {
		out += fmt.Sprintf(" | %s %s=%s", strings.ReplaceAll(r.Params, "\n", ","), r.Push, r.Status)
		for _, mark := range []struct {
			on   bool
			name string
		}{{r.Old, "old"}, {r.Stale, "stale"}, {r.Flaky, "flaky"}, {r.Whole, "whole"}} {
			if mark.on {
				out += " " + mark.name
			}
		}
	}
	return out
}

const (
	passed  = behavepro.Passed
	failed  = behavepro.Failed
	skipped = behavepro.Skipped
)

func TestCurrentResult(t *testing.T) {
	t.Parallel()
	row, other := behavepro.RowID{7}, behavepro.RowID{8}
	for _, test := range []struct {
		name   string
		all    []told
		target Target
		want   string
	}{
		{"nothing said", nil, Target{}, "notRun"},
		{"a commit the ref does not reach never counts", []told{{commit: 99, id: "a", status: passed}}, Target{}, "notRun"},
		{
			"the newest commit wins, not the latest start",
			[]told{{commit: 1, start: 900, id: "a", status: passed}, {commit: 2, start: 1, id: "b", status: failed}},
			Target{},
			"failed |  b=failed",
		},
		{
			"then the latest start",
			[]told{{commit: 2, start: 2, attempt: 1, id: "a", status: passed}, {commit: 2, start: 1, attempt: 9, id: "b", status: failed}},
			Target{},
			"passed flaky |  a=passed flaky",
		},
		{
			"then the attempt",
			[]told{{commit: 2, attempt: 2, id: "a", build: "7", status: skipped}, {commit: 2, attempt: 1, id: "b", build: "7", status: failed}},
			Target{},
			"skipped |  a=skipped",
		},
		{
			"then the key",
			[]told{{commit: 2, id: "a", status: skipped}, {commit: 2, id: "b", status: passed}},
			Target{},
			"passed |  b=passed",
		},
		{
			"equal pairs in another order are one param set",
			[]told{{commit: 1, id: "a", params: "Os=Linux JVM=17", status: passed}, {commit: 2, id: "b", params: "JVM=17 Os=Linux", status: failed}},
			Target{},
			"failed | JVM=17,Os=Linux b=failed",
		},
		{
			"the worst counting param set is the status",
			[]told{{commit: 2, id: "a", params: "Os=Linux", status: passed}, {commit: 1, id: "b", params: "Os=Mac", status: failed}},
			Target{},
			"failed | Os=Linux a=passed | Os=Mac b=failed",
		},
		{
			"a param set that none of the newest 5 builds reported is old",
			[]told{
				{commit: 1, id: "a", build: "1", params: "Os=Mac", status: failed},
				{commit: 2, id: "b", build: "2", status: passed},
				{commit: 3, id: "c", build: "3", status: passed},
				{commit: 4, id: "d", build: "4", status: passed},
				{commit: 5, id: "e", build: "5", status: passed},
				{commit: 6, id: "f", build: "6", status: passed},
			},
			Target{},
			"passed |  f=passed | Os=Mac a=failed old",
		},
		{
			"pushes of one build are one build",
			[]told{
				{commit: 1, id: "a", build: "1", params: "Os=Mac", status: failed},
				{commit: 2, id: "b", build: "2", status: passed},
				{commit: 3, id: "c", build: "2", status: passed},
				{commit: 4, id: "d", build: "2", status: passed},
				{commit: 5, id: "e", build: "2", status: passed},
				{commit: 6, id: "f", build: "2", status: passed},
			},
			Target{},
			"failed |  f=passed | Os=Mac a=failed",
		},
		{
			"a run without a build is a build of its own",
			[]told{
				{commit: 1, id: "a", params: "Os=Mac", status: failed},
				{commit: 2, id: "b", run: "x", status: passed},
				{commit: 2, id: "c", run: "x", status: passed},
				{commit: 4, id: "d", status: passed},
				{commit: 5, id: "e", status: passed},
				{commit: 6, id: "f", status: passed},
			},
			Target{},
			"failed |  f=passed | Os=Mac a=failed",
		},
		{
			"only old results: not run",
			[]told{
				{commit: 1, id: "a", params: "Os=Mac", status: passed, row: row},
				{commit: 2, id: "b", status: passed, row: other},
				{commit: 3, id: "c", status: passed, row: other},
				{commit: 4, id: "d", status: passed, row: other},
				{commit: 5, id: "e", status: passed, row: other},
				{commit: 6, id: "f", status: passed, row: other},
			},
			Target{Row: row},
			"notRun | Os=Mac a=passed old",
		},
		{
			"stale: the result is of another wording",
			[]told{{commit: 2, id: "a", status: passed, wording: saidOther}},
			Target{},
			"passed stale |  a=passed stale",
		},
		{
			"flaky by attempts inside a push",
			[]told{{commit: 2, id: "a", status: passed, tries: []behavepro.Status{failed}}},
			Target{},
			"passed flaky |  a=passed flaky",
		},
		{
			"flaky by attempts of one run",
			[]told{{commit: 2, attempt: 1, id: "a", build: "7", status: failed}, {commit: 2, attempt: 2, id: "b", build: "7", status: passed}},
			Target{},
			"passed flaky |  b=passed flaky",
		},
		{
			"not flaky: another commit",
			[]told{{commit: 1, id: "a", status: failed}, {commit: 2, id: "b", status: passed}},
			Target{},
			"passed |  b=passed",
		},
		{
			"not flaky: another wording",
			[]told{{commit: 2, start: 1, id: "a", status: failed, wording: saidOther}, {commit: 2, start: 2, id: "b", status: passed}},
			Target{},
			"passed |  b=passed",
		},
		{
			"not flaky: another param set",
			[]told{{commit: 2, id: "a", status: failed, params: "Os=Mac"}, {commit: 2, id: "b", status: passed}},
			Target{},
			"failed |  b=passed | Os=Mac a=failed",
		},
		{
			"a row's own result before its outline's",
			[]told{{commit: 2, id: "a", status: failed}, {commit: 2, id: "b", status: passed, row: row, start: 1}},
			Target{Row: row},
			"passed flaky |  b=passed flaky",
		},
		{
			"another row says nothing",
			[]told{{commit: 2, id: "b", status: passed, row: other}},
			Target{Row: row},
			"notRun",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.target.Wording, test.target.Whole = said, said
			_, got, _ := decide(line(10), test.all, test.target)
			if show(got) != test.want {
				t.Errorf("got  %s\nwant %s", show(got), test.want)
			}
		})
	}
}

func random(r *rand.Rand, n int) []told {
	all := make([]told, n)
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	for i := range all {
		all[i] = told{
			commit: 1 + r.IntN(8), start: r.IntN(3), attempt: r.IntN(3), id: fmt.Sprintf("p%02d", i),
			build: pick("", "", "1", "2", "3", "4", "5", "6", "7"), run: pick("", "", "", "r1", "r2"),
			params: pick("", "", "Os=Linux", "Os=Mac JVM=17", "JVM=17 Os=Mac"),
			status: behavepro.Status(pick("passed", "failed", "skipped")), wording: said,
		}
		if r.IntN(4) == 0 {
			all[i].wording = saidOther
		}
		if r.IntN(6) == 0 {
			all[i].tries = []behavepro.Status{failed}
		}
	}
	return all
}

func TestOrderOfArrivalDecidesNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	rank := line(6) // two of the commits are not reached
	target := Target{Wording: said, Whole: said}
	for range 1000 {
		all := random(r, 1+r.IntN(25))
		_, want, strip := decide(rank, all, target)
		for range 5 {
			shuffled := slices.Clone(all)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			_, got, gotStrip := decide(rank, shuffled, target)
			if show(got) != show(want) || marks(gotStrip) != marks(strip) {
				t.Fatalf("shuffled: got  %s %s\nwant %s %s", show(got), marks(gotStrip), show(want), marks(strip))
			}
		}
		if naive := naiveCurrent(rank, all); show(want) != naive {
			t.Fatalf("got  %s\nwant %s", show(want), naive)
		}
	}
}

// naiveCurrent says the rules again, as they are written, without any index.
func naiveCurrent(rank *Rank, all []told) string {
	var reached []told
	for _, a := range all {
		if _, ok := rank.place[sha(a.commit)]; ok {
			reached = append(reached, a)
		}
	}
	params := func(a told) string { p, _ := a.push(); return behavepro.ParamSet(p.Params) }
	run := func(a told) string { return fmt.Sprint(a.commit, "/", params(a), "/", cmp.Or(a.run, a.build, a.id)) }
	slices.SortFunc(reached, func(a, b told) int {
		return cmp.Or(cmp.Compare(b.commit, a.commit), cmp.Compare(b.start, a.start), cmp.Compare(b.attempt, a.attempt), cmp.Compare(b.id, a.id))
	})
	// Builds, by their newest run: a run is as new as its newest push.
	var builds []string
	reports := map[string][]string{}
	seen := map[string]bool{}
	for _, a := range reached {
		if seen[run(a)] {
			continue
		}
		seen[run(a)] = true
		ids := []string{}
		for _, b := range reached {
			if run(b) == run(a) && b.build != "" && !slices.Contains(ids, "build "+b.build) {
				ids = append(ids, "build "+b.build)
			}
		}
		if len(ids) == 0 {
			ids = []string{"run " + run(a)}
		}
		for _, id := range ids {
			if !slices.Contains(builds, id) {
				builds = append(builds, id)
			}
			reports[id] = append(reports[id], params(a))
		}
	}
	counting := map[string]bool{}
	for _, b := range builds[:min(5, len(builds))] {
		for _, p := range reports[b] {
			counting[p] = true
		}
	}
	var out Current
	for _, set := range []string{"", "JVM=17\nOs=Mac", "Os=Linux"} {
		var own []told
		for _, a := range reached {
			if params(a) == set {
				own = append(own, a)
			}
		}
		if len(own) == 0 {
			continue
		}
		result := Result{Params: set, Old: !counting[set], Stale: own[0].wording != said}
		_, result.Outcome = own[0].push()
		runs := []string{}
		for _, a := range own {
			if !slices.Contains(runs, run(a)) {
				runs = append(runs, run(a))
			}
		}
		runs = runs[:min(10, len(runs))]
		for n := range 10 {
			v := map[behavepro.Status]bool{}
			for _, a := range own {
				if a.commit == n && a.wording == own[0].wording && slices.Contains(runs, run(a)) {
					v[a.status] = true
					for _, s := range a.tries {
						v[s] = true
					}
				}
			}
			result.Flaky = result.Flaky || v[passed] && v[failed]
		}
		out.Results = append(out.Results, result)
		if !result.Old {
			out.Status = behavepro.Worse(out.Status, result.Status)
			out.Stale = out.Stale || result.Stale
			out.Flaky = out.Flaky || result.Flaky
		}
	}
	out.Status = cmp.Or(out.Status, behavepro.NotRun)
	return show(out)
}

func marks(strip []RunMark) string {
	var out strings.Builder
	for _, m := range strip {
		fmt.Fprintf(&out, "[%s %s %v]", m.Run.ID, m.Status, m.Mixed)
	}
	return out.String()
}

func TestStrip(t *testing.T) {
	t.Parallel()
	var all []told
	for n := 1; n <= 12; n++ {
		all = append(all, told{commit: n, id: fmt.Sprintf("p%02d", n), build: fmt.Sprint(n), status: passed})
	}
	all = append(all, told{commit: 12, id: "q", build: "12", attempt: 1, status: failed, row: behavepro.RowID{1}},
		told{commit: 11, id: "q", build: "11", start: -1, status: failed})
	_, _, strip := decide(line(12), all, Target{Wording: said})
	var got []string
	for _, m := range strip {
		got = append(got, fmt.Sprintf("%s %s %v", m.Run.Build, m.Status, m.Mixed))
	}
	want := []string{
		"3 passed false", "4 passed false", "5 passed false", "6 passed false", "7 passed false", "8 passed false",
		"9 passed false", "10 passed false", "11 passed true", "12 failed false",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
