package client

import (
	"github.com/behavepro/behavepro/results/match"
)

// ResultOf is the document of an accounted result.
func ResultOf(a *match.Accounted) Result {
	r := Result{
		File: a.File, Name: a.Name, Path: a.Path, Line: a.Line, Status: a.Status, Raw: a.Raw, Accounting: a.Accounting, Reason: a.Reason,
	}
	if a.Row > 0 {
		row := a.Row
		r.Row = &row
	}
	if !a.Lineage.IsZero() {
		lineage := a.Lineage
		r.Lineage = &lineage
	}
	return r
}
