package catalog

import (
	"time"

	"github.com/behavepro/behavepro"
)

// at decides whether a quarantine is still on.
func (q *Quarantine) at(now time.Time) { q.Quarantined = q.Until.After(now) }

// quarantine decides which quarantines of a scenario are on.
func (s *ScenarioView) quarantine(now time.Time) {
	s.Quarantine.at(now)
	for i := range s.Rows {
		s.Rows[i].Quarantine.at(now)
	}
	s.allRows()
}

// allRows puts an outline into quarantine when all its rows are, until the first of them is out.
func (s *ScenarioView) allRows() {
	if s.Quarantined || len(s.Rows) == 0 {
		return
	}
	first := time.Time{}
	for i := range s.Rows {
		row := &s.Rows[i]
		if !row.Quarantined {
			return
		}
		if first.IsZero() || row.Until.Before(first) {
			first = row.Until
		}
	}
	s.Until, s.Quarantined = first, true
}

// RollUp makes an outline the worst of its rows: of those that are not in quarantine, or of all where the outline is.
func (s *ScenarioView) RollUp() {
	if len(s.Rows) == 0 {
		return
	}
	s.allRows()
	s.Status, s.Stale, s.Flaky = "", false, false
	for i := range s.Rows {
		row := &s.Rows[i]
		if row.Quarantined && !s.Quarantined {
			continue
		}
		s.Status = behavepro.Worse(s.Status, row.Status)
		s.Stale = s.Stale || row.Stale
		s.Flaky = s.Flaky || row.Flaky
	}
}
