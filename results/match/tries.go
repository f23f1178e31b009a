package match

import (
	"cmp"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/report"
)

// Tries returns, by the index of the result that counts, the statuses of the attempts before it, oldest first. The same attempt in a
// report with less detail is left out.
func Tries(reported []report.Reported, outcomes []Outcome) map[int][]behavepro.Status {
	attempts := map[target][]int{}
	for i := range outcomes {
		if o := &outcomes[i]; o.Accounting == behavepro.RetryOf {
			attempts[o.target()] = append(attempts[o.target()], i)
		}
	}
	tries := map[int][]behavepro.Status{}
	for i := range outcomes {
		o := &outcomes[i]
		if o.Accounting != behavepro.Matched {
			continue
		}
		earlier := slices.DeleteFunc(attempts[o.target()], func(n int) bool { return reported[n].CompareDetail(&reported[i]) != 0 })
		if len(earlier) == 0 {
			continue
		}
		inOrder(reported, earlier)
		for _, n := range earlier {
			tries[i] = append(tries[i], outcomes[n].Status)
		}
	}
	return tries
}

// inOrder sorts attempts, the last one last.
func inOrder(reported []report.Reported, tries []int) {
	timed := !slices.ContainsFunc(tries, func(i int) bool { return reported[i].Start.IsZero() })
	slices.SortStableFunc(tries, func(a, b int) int {
		ra, rb := &reported[a], &reported[b]
		if timed && !ra.Start.Equal(rb.Start) {
			return ra.Start.Compare(rb.Start)
		}
		if ra.Retry != "" && ra.Retry == rb.Retry && ra.File == rb.File {
			return cmp.Compare(ra.Attempt, rb.Attempt)
		}
		return cmp.Compare(a, b)
	})
}
