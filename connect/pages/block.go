package pages

import (
	"fmt"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
)

// block is a scenario as a list shows it: a line, and below it its text with results.
type block struct {
	ID          string
	Status      behavepro.Status
	Name        string
	Aside       string // beside the name, such as "3 examples"
	Lozenges    []lozenge
	Strip       stripView
	Open        bool
	Description string
	Background  []stepView
	Steps       []stepView
	Tables      []examplesView
	Failures    []failureView
	MoreFailing int // failing rows whose messages are left out
	Place       string
	PlaceLink   string
	Tags        []string
	Notes       []string
	History     string
}

// lozenge is a word about a scenario that is no status.
type lozenge struct{ Class, Text, Title string }

// examplesView is one table of an outline with the status of its rows.
type examplesView struct {
	Name        string
	Description string
	Tags        []string
	Header      []string
	Rows        []rowView
	More        int // rows that are left out
}

type rowView struct {
	Status behavepro.Status
	Aside  string
	Cells  []string
}

// failureView is why something failed.
type failureView struct {
	Where   string // of several: the row and the params
	Step    string // where it is none of the scenario's steps
	Message string
}

// Bounds of one scenario in a list; its own page shows everything.
const (
	listedRows     = 200
	listedFailures = 3
	listedMessage  = 3000
)

// drawing makes blocks of one repository at one ref.
type drawing struct {
	link links
	at   catalog.At
	ref  string            // as links keep it; "" is the default branch
	base *catalog.Standing // the default branch, where the ref is another; else nil
	now  time.Time
	full bool // without bounds
	bare bool // without backgrounds, which the page shows once
}

func (d *drawing) block(feature *gherkin.Feature, path string, v *catalog.ScenarioView) block {
	s := &feature.Scenarios[v.Index]
	b := block{
		ID: "s-" + v.Lineage.String()[:12], Status: v.Status, Name: v.Name, Strip: stripOf(v.Strip), Description: s.Description, Tags: v.Tags,
		Steps: stepViews(s.Steps), Lozenges: d.lozenges(v), History: d.link.scenario(d.at.Repository, v.Lineage, d.ref),
		Place:     fmt.Sprintf("%s:%d @ %s", path, v.Line, d.at.SHA.Short()),
		PlaceLink: d.link.documentation(d.at.Repository, values("ref", d.ref, "path", path)),
	}
	b.PlaceLink += "#" + b.ID
	if b.Name == "" {
		b.Name = s.Keyword + " without a name"
	}
	var steps []gherkin.Step
	if !d.bare {
		for _, bg := range feature.Backgrounds(v.Index) {
			steps = append(steps, bg.Steps...)
		}
		b.Background = stepViews(steps)
	}
	b.Tables = d.tables(s, v)
	if n := len(v.Rows); n > 0 {
		b.Aside = plural(n, "example", "examples")
	}
	d.explain(&b, feature, v)
	d.note(&b, v)
	return b
}

func (d *drawing) lozenges(v *catalog.ScenarioView) []lozenge {
	var all []lozenge
	if d.base != nil {
		switch _, was, ok := d.base.Scenario(v.Lineage); {
		case !ok:
			all = append(all, lozenge{"n", "new on branch", "The default branch does not have this scenario"})
		case was.Wording != v.Wording:
			all = append(all, lozenge{"n", "reworded on branch", "It says something else on the default branch"})
		}
	}
	if v.Flaky {
		all = append(all, lozenge{"w", "flaky", "It passed and failed with the same wording at one commit"})
	}
	if v.Stale {
		all = append(all, lozenge{"w", "stale", "The text changed after its newest result"})
	}
	return all
}

func (d *drawing) tables(s *gherkin.Scenario, v *catalog.ScenarioView) []examplesView {
	if len(s.Examples) == 0 {
		return nil
	}
	all := make([]examplesView, len(s.Examples))
	for i := range s.Examples {
		e := &s.Examples[i]
		all[i] = examplesView{Name: e.Name, Description: e.Description, Tags: tagNames(e.Tags), Header: e.Header}
	}
	for i := range v.Rows {
		row := &v.Rows[i]
		t := &all[row.Examples]
		if len(t.Rows) == listedRows && !d.full {
			t.More++
			continue
		}
		view := rowView{Status: row.Status, Cells: row.Cells}
		switch {
		case row.Flaky:
			view.Aside = "flaky"
		case row.Stale:
			view.Aside = "stale"
		}
		t.Rows = append(t.Rows, view)
	}
	shown := all[:0]
	for _, t := range all {
		if len(t.Rows) > 0 || len(v.Rows) == 0 {
			shown = append(shown, t)
		}
	}
	return shown
}

func tagNames(tags []gherkin.Tag) []string {
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Name
	}
	return names
}

// explain collects failing steps and messages.
func (d *drawing) explain(b *block, feature *gherkin.Feature, v *catalog.ScenarioView) {
	own := feature.Scenarios[v.Index].Steps
	var inherited []gherkin.Step
	for _, bg := range feature.Backgrounds(v.Index) {
		inherited = append(inherited, bg.Steps...)
	}
	several := len(v.Rows) > 0 || countFailed(v) > 1
	at, in := -1, ""
	add := func(r *catalog.Result, header, cells []string) {
		if r.Status != behavepro.Failed || r.Old {
			return
		}
		if len(b.Failures) == listedFailures && !d.full {
			b.MoreFailing++
			return
		}
		f := failureView{Message: d.cut(r.Message)}
		if several {
			f.Where = whereFailed(r, cells, len(v.Rows) == 0 || len(paramSets(v)) > 1)
		}
		if i := failingStep(own, r.Step, header, cells); i >= 0 {
			if in == "" {
				at, in = i, "own"
			}
		} else if i := failingStep(inherited, r.Step, header, cells); i >= 0 {
			f.Step = r.Step
			if in == "" && !d.bare {
				at, in, f.Step = i, "inherited", ""
			}
		} else {
			f.Step = r.Step
		}
		if f.Message == "" && f.Step == "" {
			if f.Message = "reported as " + r.Raw + ", without a message"; r.Raw == "" {
				f.Message = "reported as failed, without a message"
			}
		}
		if n := len(b.Failures); n > 0 && b.Failures[n-1].Message == f.Message && b.Failures[n-1].Step == f.Step {
			b.Failures[n-1].Where += "; " + f.Where
			return
		}
		b.Failures = append(b.Failures, f)
	}
	for i := range v.Results {
		add(&v.Results[i], nil, nil)
	}
	for i := range v.Rows {
		for j := range v.Rows[i].Results {
			add(&v.Rows[i].Results[j], v.Rows[i].Header, v.Rows[i].Cells)
		}
	}
	switch in {
	case "own":
		markFailing(b.Steps, at)
	case "inherited":
		markFailing(b.Background, at)
		for i := range b.Steps {
			b.Steps[i].Class = "dim"
		}
	}
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

// note says what else is known of a scenario's results.
func (d *drawing) note(b *block, v *catalog.ScenarioView) {
	if note := paramsNote(v); note != "" {
		b.Notes = append(b.Notes, note)
	}
	if v.Stale {
		if last := newest(v); last != nil {
			b.Notes = append(b.Notes, fmt.Sprintf("its newest result is of an older wording, at %s %s; not run since", last.Commit.Short(), ago(d.now, last.Started)))
		}
	}
	elsewhere := v.Elsewhere
	for i := range v.Rows {
		if elsewhere == nil {
			elsewhere = v.Rows[i].Elsewhere
		}
	}
	if elsewhere != nil {
		where := "at " + elsewhere.Run.Commit.Short()
		if elsewhere.Run.Branch != "" {
			where = "on " + elsewhere.Run.Branch + " " + where
		}
		b.Notes = append(b.Notes, "same wording, passed "+where)
	}
}

// newest is the newest run among the results that count.
func newest(v *catalog.ScenarioView) *catalog.Push {
	var last *catalog.Push
	eachResult(v, func(r *catalog.Result) {
		if !r.Old && (last == nil || r.Run.Started.After(last.Started)) {
			last = r.Run
		}
	})
	return last
}
