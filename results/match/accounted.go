package match

import (
	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/report"
)

// Accounted is one reported result with what became of it.
type Accounted struct {
	File       string // the report file
	Name       string // as reported
	Path       string // of the scenario; where it was not found, as reported
	Line       int    // of the scenario; where it was not found, as reported; 0 unknown
	Row        int    // line of the example row; 0 for a scenario as a whole
	Lineage    behavepro.Lineage
	Status     behavepro.Status
	Raw        string // the runner's word
	Accounting behavepro.Accounting
	Reason     string
}

// Describe says what became of a result. files are those that were matched against; Lineage stays zero.
func Describe(files []File, r *report.Reported, o *Outcome) Accounted {
	a := Accounted{
		File: r.File, Name: r.Name, Path: r.Path, Line: r.Line, Status: o.Status, Raw: r.Raw, Accounting: o.Accounting, Reason: o.Reason,
	}
	if o.Scenario < 0 {
		return a
	}
	f := &files[o.File]
	s := &f.Doc.Feature.Scenarios[o.Scenario]
	a.Path, a.Line = f.Path, s.Line
	if o.Row >= 0 {
		a.Row = s.Examples[o.Examples].Rows[o.Row].Line
	}
	return a
}
