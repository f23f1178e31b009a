package catalog

import (
	"cmp"
	"slices"

	"github.com/behavepro/behavepro"
)

// stripLength is how many of the newest runs a history strip shows, and how many tell whether a scenario is flaky.
const stripLength = 10

// Current is what is known of a scenario or row at a ref.
type Current struct {
	Status  behavepro.Status // the worst of what counts; notRun where nothing does
	Stale   bool             // a counting result is of another wording than the ref's
	Flaky   bool             // a counting result is flaky
	Results []Result         // one per param set, ordered by it
}

// Result is the current result of a scenario or row for one param set.
type Result struct {
	Outcome // raw word, duration, step and message only where details were asked for
	Run     *Push
	Params  string // behavepro.ParamSet of the run's
	Old     bool   // none of the ref's newest builds reported this param set: it does not count
	Stale   bool
	Flaky   bool
	Whole   bool // a row's, of an outline that was reported as a whole
}

// Target is what results are looked for: a scenario, or a row of it.
type Target struct {
	Row     behavepro.RowID   // zero: the scenario itself
	Wording behavepro.Wording // its own at the ref
	Whole   behavepro.Wording // its outline's at the ref, where it is a row
}

// candidate is an outcome whose push is among the runs.
type candidate struct {
	push int32 // place among the runs' pushes
	at   int32 // place in the summary
	sum  *summary
}

func (c *candidate) about() *subject           { return &c.sum.subjects[c.at] }
func (c *candidate) status() behavepro.Status  { return c.sum.status(int(c.at)) }
func (c *candidate) tries() []behavepro.Status { return c.sum.tries[c.at] }

// compareCandidates orders by push, the newest first, then by row: that of the scenario itself comes first.
func compareCandidates(a, b candidate) int {
	if a.push != b.push {
		return cmp.Compare(a.push, b.push)
	}
	return slices.Compare(a.about().Row[:], b.about().Row[:])
}

// Current decides the current result of a target of one scenario from all outcomes of that scenario, whatever their
// order. Outcomes of other rows and of commits that the ref does not reach do not count.
func (r *Runs) Current(t Target, outcomes []Outcome) Current {
	return r.current(t, r.candidates(outcomes))
}

// candidates are the outcomes that the ref reaches, in order.
func (r *Runs) candidates(outcomes []Outcome) []candidate {
	sum := summarized(outcomes)
	var all []candidate
	for i := range outcomes {
		if push, ok := r.place[pushName{outcomes[i].Commit, outcomes[i].Push}]; ok {
			all = append(all, candidate{push, int32(i), sum})
		}
	}
	slices.SortFunc(all, compareCandidates)
	return all
}

// current decides from ordered candidates.
func (r *Runs) current(t Target, all []candidate) Current {
	var current Current
	var sets []int32 // that have a result, in its order
	for i := range all {
		set := r.set[all[i].push]
		if slices.Contains(sets, set) || !t.takes(&all[i]) {
			continue
		}
		sets = append(sets, set)
		if current.Results == nil {
			current.Results = make([]Result, 0, min(len(all)-i, len(r.setNames)))
		}
		current.Results = append(current.Results, r.result(t, set, all[i:]))
	}
	slices.SortFunc(current.Results, func(a, b Result) int { return cmp.Compare(a.Params, b.Params) })
	current.rollUp()
	return current
}

// takes reports whether an outcome is about the target: about its row, or about its outline as a whole.
func (t *Target) takes(c *candidate) bool {
	row := &c.about().Row
	return *row == t.Row || row.IsZero()
}

func (c *Current) rollUp() {
	c.Status, c.Stale, c.Flaky = "", false, false
	for i := range c.Results {
		if r := &c.Results[i]; !r.Old {
			c.Status = behavepro.Worse(c.Status, r.Status)
			c.Stale = c.Stale || r.Stale
			c.Flaky = c.Flaky || r.Flaky
		}
	}
	if c.Status == "" {
		c.Status = behavepro.NotRun
	}
}

// result decides one param set from the ordered candidates that begin with its newest.
func (r *Runs) result(t Target, set int32, own []candidate) Result {
	top := &own[0]
	for i := 1; i < len(own) && own[i].push == top.push; i++ {
		if own[i].about().Row == t.Row { // a row's own result before its outline's
			top = &own[i]
			break
		}
	}
	p := r.pushes[top.push]
	result := Result{
		Outcome: top.sum.outcome(
			int(top.at),
			p,
		), Run: p, Params: r.setNames[set], Old: !r.counting[r.setNames[set]], Whole: top.about().Row != t.Row,
	}
	is := t.Wording
	if result.Whole {
		is = t.Whole
	}
	result.Stale = is != result.Wording
	result.Flaky = r.flaky(t, set, own, result.Wording)
	return result
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// verdicts are what attempts of the same wording said.
type verdicts struct{ passed, failed bool }

func (v *verdicts) add(last behavepro.Status, tries []behavepro.Status) {
	v.one(last)
	for _, s := range tries {
		v.one(s)
	}
}

func (v *verdicts) one(s behavepro.Status) {
	v.passed = v.passed || s == behavepro.Passed
	v.failed = v.failed || s == behavepro.Failed
}

func (v *verdicts) mixed() bool { return v.passed && v.failed }

// newestRuns are the runs that were met first, up to stripLength.
type newestRuns struct {
	runs [stripLength]int32
	n    int
}

// place is a run's place among the newest ones, which it joins while there is room; -1 where there is none.
func (w *newestRuns) place(run int32) int {
	for i, known := range w.runs[:w.n] {
		if known == run {
			return i
		}
	}
	if w.n == stripLength {
		return -1 // what follows may still be an earlier attempt of a run that is in
	}
	w.runs[w.n] = run
	w.n++
	return w.n - 1
}

// flaky reports whether, in the newest runs of a param set, one wording both passed and failed at one commit: by attempts inside a
// run or by several runs. Candidates are ordered, so those of one commit stand together.
func (r *Runs) flaky(t Target, set int32, own []candidate, wording behavepro.Wording) bool {
	var newest newestRuns
	var v verdicts
	var commit behavepro.SHA
	for i := range own {
		c := &own[i]
		if r.set[c.push] != set || !t.takes(c) || newest.place(r.run[c.push]) < 0 || c.about().Wording != wording {
			continue
		}
		if at := r.pushes[c.push].Commit; at != commit {
			commit, v = at, verdicts{}
		}
		if v.add(c.status(), c.tries()); v.mixed() {
			return true
		}
	}
	return false
}

// RunMark is one run in the history of a scenario.
type RunMark struct {
	Run    *Push            // the newest push of the run that told of the scenario
	Status behavepro.Status // the worst of its rows, the last attempt of each
	Mixed  bool             // an attempt passed and another failed
}

// Strip returns the last runs that told of a scenario, newest last, from all outcomes of that scenario.
func (r *Runs) Strip(outcomes []Outcome) []RunMark { return r.strip(r.candidates(outcomes)) }

// strip decides from ordered candidates.
func (r *Runs) strip(all []candidate) []RunMark {
	type marked struct {
		mark int
		candidate
	}
	var newest newestRuns
	shown := make([]marked, 0, min(len(all), 2*stripLength))
	marks := make([]RunMark, 0, min(len(all), stripLength))
	for _, c := range all {
		mark := newest.place(r.run[c.push])
		if mark < 0 {
			continue
		}
		if mark == len(marks) {
			marks = append(marks, RunMark{Run: r.pushes[c.push]})
		}
		shown = append(shown, marked{mark, c})
	}
	slices.SortStableFunc(shown, func(a, b marked) int {
		return cmp.Or(cmp.Compare(a.mark, b.mark), slices.Compare(a.about().Row[:], b.about().Row[:]))
	})
	for len(shown) > 0 {
		first := &shown[0]
		n := 1 // attempts of one row in one run, the last one first
		for n < len(shown) && shown[n].mark == first.mark && shown[n].about().Row == first.about().Row {
			n++
		}
		m := &marks[first.mark]
		m.Status = behavepro.Worse(m.Status, first.status())
		for i := range shown[:n] {
			var v verdicts
			for j := range shown[:n] {
				if shown[j].about().Wording == shown[i].about().Wording {
					v.add(shown[j].status(), shown[j].tries())
				}
			}
			m.Mixed = m.Mixed || v.mixed()
		}
		shown = shown[n:]
	}
	slices.Reverse(marks)
	return marks
}
