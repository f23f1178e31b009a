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
	push int32
	line *summaryLine
}

// Current decides the current result of a target of one scenario from all outcomes of that scenario, whatever their
// order. Outcomes of other rows and of commits that the ref does not reach do not count.
func (r *Runs) Current(t Target, outcomes []Outcome) Current {
	return r.current(t, r.candidates(outcomes))
}

func (r *Runs) candidates(outcomes []Outcome) []candidate {
	var all []candidate
	for i := range outcomes {
		o := &outcomes[i]
		if at, ok := r.place[pushName{o.Commit, o.Push}]; ok {
			all = append(all, candidate{at, &summaryLine{o.Lineage, o.Row, o.Wording, o.Status, o.Tries}})
		}
	}
	return all
}

func (r *Runs) current(t Target, all []candidate) Current {
	bySet := map[string][]candidate{}
	for _, c := range all {
		if c.line.Row == t.Row || c.line.Row.IsZero() {
			set := r.sets[c.push]
			bySet[set] = append(bySet[set], c)
		}
	}
	var current Current
	for set, own := range bySet {
		result := r.result(t, own)
		result.Params, result.Old = set, !r.counting[set]
		current.Results = append(current.Results, result)
	}
	slices.SortFunc(current.Results, func(a, b Result) int { return cmp.Compare(a.Params, b.Params) })
	current.rollUp()
	return current
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

// result decides one param set.
func (r *Runs) result(t Target, own []candidate) Result {
	slices.SortFunc(own, func(a, b candidate) int {
		if a.push != b.push {
			return cmp.Compare(a.push, b.push)
		}
		return cmp.Compare(b2i(a.line.Row != t.Row), b2i(b.line.Row != t.Row)) // a row's own result before its outline's
	})
	top := own[0]
	p := r.pushes[top.push]
	result := Result{Outcome: top.line.outcome(p), Run: p, Whole: top.line.Row != t.Row}
	is := t.Wording
	if result.Whole {
		is = t.Whole
	}
	result.Stale = is != top.line.Wording
	result.Flaky = r.flaky(own, top.line.Wording)
	return result
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// verdicts are what attempts of the same wording said.
type verdicts struct{ passed, failed bool }

func (v *verdicts) add(statuses ...behavepro.Status) {
	for _, s := range statuses {
		v.passed = v.passed || s == behavepro.Passed
		v.failed = v.failed || s == behavepro.Failed
	}
}

func (v *verdicts) mixed() bool { return v.passed && v.failed }

// flaky tells whether, in the newest runs, one wording both passed and failed at one commit: by attempts inside a run or
// by several runs. own is sorted.
func (r *Runs) flaky(own []candidate, wording behavepro.Wording) bool {
	runs := map[int32]bool{}
	byCommit := map[behavepro.SHA]*verdicts{}
	for _, c := range own {
		if run := r.run[c.push]; !runs[run] {
			if len(runs) == stripLength {
				continue // what follows may still be an earlier attempt of a run that is in
			}
			runs[run] = true
		}
		if c.line.Wording != wording {
			continue
		}
		commit := r.pushes[c.push].Commit
		v := byCommit[commit]
		if v == nil {
			v = &verdicts{}
			byCommit[commit] = v
		}
		v.add(c.line.Status)
		v.add(c.line.Tries...)
		if v.mixed() {
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

func (r *Runs) strip(all []candidate) []RunMark {
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.push, b.push), slices.Compare(a.line.Row[:], b.line.Row[:]))
	})
	type rowWording struct {
		row     behavepro.RowID
		wording behavepro.Wording
	}
	type open struct {
		mark int
		last map[behavepro.RowID]bool
		said map[rowWording]*verdicts
	}
	var marks []RunMark
	runs := map[int32]*open{}
	for _, c := range all {
		o := runs[r.run[c.push]]
		if o == nil {
			if len(marks) == stripLength {
				continue // what follows may still be an earlier attempt of a run that is shown
			}
			o = &open{len(marks), map[behavepro.RowID]bool{}, map[rowWording]*verdicts{}}
			runs[r.run[c.push]] = o
			marks = append(marks, RunMark{Run: r.pushes[c.push]})
		}
		mark := &marks[o.mark]
		if !o.last[c.line.Row] {
			o.last[c.line.Row] = true
			mark.Status = behavepro.Worse(mark.Status, c.line.Status)
		}
		key := rowWording{c.line.Row, c.line.Wording}
		if o.said[key] == nil {
			o.said[key] = &verdicts{}
		}
		o.said[key].add(c.line.Status)
		o.said[key].add(c.line.Tries...)
		mark.Mixed = mark.Mixed || o.said[key].mixed()
	}
	slices.Reverse(marks)
	return marks
}
