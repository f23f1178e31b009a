package pages

import (
	"cmp"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
)

// explanation collects why a scenario failed: messages, and the step at which the first of them stopped.
type explanation struct {
	d              *drawing
	block          *block
	view           *catalog.ScenarioView
	own, inherited []gherkin.Step
	marked         bool
}

// all goes through the results that count.
func (e *explanation) all() {
	for i := range e.view.Results {
		e.add(&e.view.Results[i], nil, nil)
	}
	for i := range e.view.Rows {
		row := &e.view.Rows[i]
		for j := range row.Results {
			e.add(&row.Results[j], row.Header, row.Cells)
		}
	}
}

func (e *explanation) add(r *catalog.Result, header, cells []string) {
	if r.Status != behavepro.Failed || r.Old {
		return
	}
	if len(e.block.Failures) == listedFailures && !e.d.full {
		e.block.MoreFailing++
		return
	}
	f := failureView{Message: e.d.cut(r.Message), Stack: r.Evidence.Stack, Files: e.d.link.fileViews(e.d.at.Repository, &r.Outcome)}
	if len(e.view.Rows) > 0 || countFailed(e.view) > 1 {
		f.Where = whereFailed(r, cells, len(e.view.Rows) == 0 || len(paramSets(e.view)) > 1)
	}
	if !e.mark(r.Step, header, cells) {
		f.Step = r.Step
	}
	if f.Message == "" && f.Step == "" {
		f.Message = "reported as " + cmp.Or(r.Raw, string(r.Status)) + ", without a message"
	}
	if n := len(e.block.Failures); n > 0 && e.block.Failures[n-1].same(&f) {
		e.block.Failures[n-1].Where += "; " + f.Where
		return
	}
	e.block.Failures = append(e.block.Failures, f)
}

// mark marks the failing step, once. It reports whether the step is among those that are shown.
func (e *explanation) mark(step string, header, cells []string) bool {
	if i := failingStep(e.own, step, header, cells); i >= 0 {
		if !e.marked {
			markFailing(e.block.Steps, i)
		}
		e.marked = true
		return true
	}
	i := failingStep(e.inherited, step, header, cells)
	if i < 0 || e.d.bare {
		return false
	}
	if !e.marked {
		markFailing(e.block.Background, i)
		for j := range e.block.Steps {
			e.block.Steps[j].Class = "dim"
		}
	}
	e.marked = true
	return true
}

func countFailed(v *catalog.ScenarioView) (n int) {
	eachResult(v, func(r *catalog.Result) {
		if r.Status == behavepro.Failed && !r.Old {
			n++
		}
	})
	return n
}

func whereFailed(r *catalog.Result, cells []string, params bool) string {
	var where []string
	if len(cells) > 0 {
		where = append(where, strings.Join(cells, " | "))
	}
	if params {
		where = append(where, paramsLabel(r.Run.Params))
	}
	return strings.Join(where, ", on ")
}

// cut bounds a message in a list.
func (d *drawing) cut(message string) string {
	message = strings.TrimRight(message, " \t\r\n")
	if d.full || len(message) <= listedMessage {
		return message
	}
	return strings.ToValidUTF8(message[:listedMessage], "") + "\n… the history has the whole message"
}
