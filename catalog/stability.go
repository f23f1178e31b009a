package catalog

import (
	"slices"
	"time"

	"github.com/behavepro/behavepro"
)

// Stability is how the last runs of a scenario ended.
type Stability struct {
	Runs      int             // that passed or failed
	Passed    int             // that passed, and in which no attempt failed
	Durations []time.Duration // of each that told one, oldest first
}

// Percent is the share that passed.
func (s Stability) Percent() int {
	if s.Runs == 0 {
		return 0
	}
	return s.Passed * 100 / s.Runs
}

// StabilityOf looks at the newest n runs that the ref reaches and in which the scenario passed or failed; runs are newest first.
func StabilityOf(runs []RunEntry, n int) Stability {
	var s Stability
	for i := range runs {
		e := &runs[i]
		if s.Runs == n || !e.Reached || e.Status != behavepro.Passed && e.Status != behavepro.Failed {
			continue
		}
		s.Runs++
		if e.Status == behavepro.Passed && !e.Mixed {
			s.Passed++
		}
		var took time.Duration
		for j := range e.Rows {
			took += e.Rows[j].Duration
		}
		if took > 0 {
			s.Durations = append(s.Durations, took)
		}
	}
	slices.Reverse(s.Durations)
	return s
}
