package pages

import (
	"cmp"
	"fmt"
	"slices"
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
	Params      []paramGroup // where there are several
	MoreFailing int          // failing rows whose messages are left out
	Place       string
	PlaceLink   string
	Origin      origin
	Tags        []string
	Notes       []string
	History     string
}

// lozenge is a word about a scenario that is no status.
type lozenge struct {
	Class       constant
	Text, Title string
}

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
	Stack   string
	Files   []fileView
}

// fileView is an attachment of a result.
type fileView struct {
	Link  string
	Name  string
	Image bool
}

// same reports whether two failures say the same, wherever they were.
func (f *failureView) same(o *failureView) bool {
	return f.Message == o.Message && f.Step == o.Step && f.Stack == o.Stack && slices.Equal(f.Files, o.Files)
}

// fileViews are the attachments of a result as a page shows them.
func (l links) fileViews(r *catalog.Repository, o *catalog.Outcome) []fileView {
	var all []fileView
	for _, a := range o.Evidence.Attachments[:min(len(o.Evidence.Attachments), listedFiles)] {
		if !a.Stored {
			continue
		}
		all = append(all, fileView{Link: l.attachment(r, a.Hash), Image: a.Image, Name: cmp.Or(a.Name, "attachment "+a.Hash.String()[:7])})
	}
	return all
}

// Bounds of one scenario in a list; its own page shows everything.
const (
	listedRows     = 200
	listedFailures = 3
	listedMessage  = 3000
	listedFiles    = 20
)

// drawing makes blocks of one repository at one ref.
type drawing struct {
	link links
	at   catalog.At
	ref  string                                  // as links keep it; "" is the default branch
	base *catalog.Standing                       // the default branch, where the ref is another; else nil
	was  map[behavepro.Lineage]*gherkin.Scenario // on the default branch, where the ref says it in other words
	now  time.Time
	full bool // without bounds
	bare bool // without backgrounds, which the page shows once

	facts facts // of a ref's issues, where the page asked for them
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
	b.Origin = originOfFile(d.at.Repository.URL, d.at.SHA, path, v.Line)
	if b.Name == "" {
		b.Name = s.Keyword + " without a name"
	}
	var inherited []gherkin.Step
	for _, bg := range feature.Backgrounds(v.Index) {
		inherited = append(inherited, bg.Steps...)
	}
	if !d.bare {
		b.Background = stepViews(inherited)
	}
	b.Tables = d.tables(s, v)
	if n := len(v.Rows); n > 0 {
		b.Aside = plural(n, "example", "examples")
	}
	e := explanation{d: d, block: &b, view: v, own: s.Steps, inherited: inherited}
	e.all()
	if !d.bare {
		b.Params = paramGroups(paramSets(v))
	}
	d.note(&b, v)
	if was := d.was[v.Lineage]; was != nil {
		b.Steps = mergeSteps(b.Steps, was.Steps)
	}
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
		case !sameTags(was.Tags, v.Tags):
			all = append(all, lozenge{"n", "re-tagged on branch", "It has other tags on the default branch: " + strings.Join(was.Tags, " ")})
		}
	}
	switch {
	case v.Quarantined:
		all = append(all, lozenge{"n", "in quarantine until " + lastDay(v.Until), "It counts in no roll-up and no gate until then"})
	case !v.Until.IsZero():
		all = append(all, lozenge{"w", "quarantine ended " + lastDay(v.Until), "It counts again: take the tag off, or renew it"})
	}
	if v.Flaky {
		all = append(all, lozenge{"w", "flaky", "It passed and failed with the same wording at one commit"})
	}
	if v.Stale {
		all = append(all, lozenge{"w", "stale", "The text changed after its newest result"})
	}
	return all
}

// lastDay is the last day of a quarantine.
func lastDay(until time.Time) string { return until.Add(-time.Second).Format(time.DateOnly) }

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
		case row.Quarantined:
			view.Aside = "in quarantine until " + lastDay(row.Until)
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

// note says what else is known of a scenario's results.
func (d *drawing) note(b *block, v *catalog.ScenarioView) {
	if d.link.site != "" {
		for _, key := range v.Keys() {
			if d.at.Repository.Foreign(key) {
				b.Notes = append(b.Notes, fmt.Sprintf("%s: not allowed by %s", key, key.Project()))
			}
		}
	}
	if note := paramsNote(v); note != "" {
		b.Notes = append(b.Notes, note)
	}
	if v.Stale {
		if last := newest(v); last != nil {
			b.Notes = append(
				b.Notes,
				fmt.Sprintf("its newest result is of an older wording, at %s %s; not run since", last.Commit.Short(), ago(d.now, last.Started)),
			)
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
