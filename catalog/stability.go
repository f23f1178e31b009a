package catalog

import (
	"slices"
	"time"

	"github.com/behavepro/behavepro"
)

// StabilityRuns is how many runs stability counts.
const StabilityRuns = 20

// Stability is how the last runs of a scenario ended.
type Stability struct {
	Runs      int             // that passed or failed, at most StabilityRuns
	Passed    int             // that passed, and in which no attempt failed
	Mixed     int             // in which an attempt passed and another failed
	Durations []time.Duration // of each that told one, oldest first
}

// Percent is the share that passed.
func (s Stability) Percent() int {
	if s.Runs == 0 {
		return 0
	}
	return s.Passed * 100 / s.Runs
}

// StabilityOf counts the newest StabilityRuns runs that the ref reaches and in which the scenario passed or failed; runs are newest first.
// Runs in which it was skipped do not count.
func StabilityOf(runs []RunEntry) Stability {
	var s Stability
	for i := range runs {
		e := &runs[i]
		if s.Runs == StabilityRuns || !e.Reached || e.Status != behavepro.Passed && e.Status != behavepro.Failed {
			continue
		}
		s.Runs++
		switch {
		case e.Mixed:
			s.Mixed++
		case e.Status == behavepro.Passed:
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
