package pages

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// issueGroup is what one repository holds for an issue.
type issueGroup struct {
	Name    string
	Picker  picker
	Docs    string
	Bar     bar
	At      behavepro.SHA
	AtLink  string
	Ref     string
	Other   string // the ref that was asked for, which the repository does not have
	Run     *runView
	Chips   []chip
	Changes []branchNote // of the branch that is shown, or of the issue's branches
	Blocks  []block
	More    int
	Several bool // the page has several groups

	Absent   bool     // the ref has no scenario for the issue
	Branches []option // that have some
}

// runView is a run as a line names it.
type runView struct {
	Commit     behavepro.SHA
	CommitLink string // "" where it is the group's own
	Build      string
	BuildLink  string
	Started    time.Time
	By         string // the token that pushed it
}

type chip struct {
	Text    string
	Link    string
	Current bool
	Title   string
}

// issueGroup shows what one repository holds for an issue.
func (p *Pages) issueGroup(v *Visit, key behavepro.IssueKey, found *catalog.RepositoryIssue, q url.Values) (issueGroup, error) {
	at := found.At
	ref := refOf(at)
	g := issueGroup{
		Name: at.Repository.Name, At: at.SHA, Ref: cmp.Or(at.Ref, at.SHA.Short()),
		Docs:   p.link.documentation(at.Repository, values("ref", ref)),
		AtLink: p.link.documentation(at.Repository, values("ref", at.SHA.String())),
	}
	if wanted := cmp.Or(q.Get(refField(at.Repository)), q.Get("ref")); wanted != "" && wanted != at.Ref &&
		!strings.HasPrefix(at.SHA.String(), wanted) {
		g.Other = wanted
	}
	var err error
	if g.Picker, err = p.picker(v, at, p.link.issue(key, nil), refField(at.Repository), q); err != nil {
		return g, err
	}
	d := drawing{link: p.link, at: at, ref: ref, now: v.Now}
	if g.Changes, err = d.compareWithDefault(v, key, found); err != nil {
		return g, err
	}
	if g.Changes == nil {
		if g.Changes, err = p.elsewhere(v, key, at); err != nil {
			return g, err
		}
	}
	if err := v.explain(found); err != nil {
		return g, err
	}
	views := make([]*catalog.ScenarioView, len(found.Scenarios))
	for i := range found.Scenarios {
		views[i] = &found.Scenarios[i].View
	}
	set, chosen := q.Get("params"), q.Has("params")
	g.Chips = p.paramChips(key, q, paramSets(views...))
	for i := range found.Scenarios {
		s := &found.Scenarios[i]
		if chosen {
			only(&s.View, set)
		}
		g.Bar.add(&s.View)
		if i >= listedScenarios {
			g.More++
			continue
		}
		b := d.block(s.Feature(), s.File.Path, &s.View)
		if s.Partly {
			b.Notes = append(b.Notes, "only these examples are linked")
		}
		g.Blocks = append(g.Blocks, b)
	}
	openSome(g.Blocks)
	g.Run = p.lastRun(at, views)
	return g, nil
}

// changed reports whether a branch has the scenario otherwise than the default branch.
func (b *block) changed() bool {
	return slices.ContainsFunc(b.Lozenges, func(l lozenge) bool { return l.Class == "n" })
}

// explain completes what failed of the scenarios that are listed.
func (v *Visit) explain(found *catalog.RepositoryIssue) error {
	listed := found.Scenarios[:min(len(found.Scenarios), listedScenarios)]
	views := make([]catalog.ScenarioView, len(listed))
	for i := range listed {
		views[i] = listed[i].View
	}
	views, err := v.Catalog.Explained(v.ctx(), found.At.Repository.ID, views)
	for i := range views {
		listed[i].View = views[i]
	}
	return err
}

// openSome opens what needs attention: a few that fail or that a branch changes, all where there are few, else the first.
func openSome(blocks []block) {
	const few, most = 3, 5
	opened := 0
	for i := range blocks {
		blocks[i].Open = len(blocks) <= few || (blocks[i].Status == behavepro.Failed || blocks[i].changed()) && opened < most
		if blocks[i].Open {
			opened++
		}
	}
	if opened == 0 && len(blocks) > 0 {
		blocks[0].Open = true
	}
}

// paramChips choose the runs of one param set.
func (p *Pages) paramChips(key behavepro.IssueKey, q url.Values, sets []paramSet) []chip {
	if len(sets) < 2 && !q.Has("params") {
		return nil
	}
	with := func(change func(url.Values)) string {
		other := url.Values{}
		for name, all := range q {
			other[name] = all
		}
		change(other)
		return p.link.issue(key, other)
	}
	chips := []chip{{Text: "All runs", Link: with(func(q url.Values) { q.Del("params") }), Current: !q.Has("params")}}
	for _, s := range sets {
		c := chip{Text: s.Label, Link: with(func(q url.Values) { q.Set("params", s.Set) }), Current: q.Has("params") && q.Get("params") == s.Set}
		if s.Old {
			c.Text += " (old)"
			c.Title = "None of the newest builds reported it: it does not count"
		}
		chips = append(chips, c)
	}
	return chips
}

// lastRun is the newest run among the results of scenarios.
func (p *Pages) lastRun(at catalog.At, views []*catalog.ScenarioView) *runView {
	var last *catalog.Push
	for _, s := range views {
		if run := newest(s); run != nil && (last == nil || run.Started.After(last.Started)) {
			last = run
		}
	}
	if last == nil {
		return nil
	}
	return p.runView(at, last)
}

func (p *Pages) runView(at catalog.At, run *catalog.Push) *runView {
	view := &runView{Commit: run.Commit, Build: buildName(run.Build), BuildLink: webURL(run.BuildURL), Started: run.Started, By: run.By}
	if run.Commit != at.SHA {
		view.CommitLink = p.link.documentation(at.Repository, values("ref", run.Commit.String()))
	}
	if view.Build == "" && view.BuildLink != "" {
		view.Build = "its page"
	}
	return view
}

// buildName writes a build's number with a #.
func buildName(build string) string {
	if build != "" && strings.Trim(build, "0123456789") == "" {
		return "#" + build
	}
	return build
}

// syncedViews say what was looked at when nothing may be found.
func (p *Pages) syncedViews(v *Visit, repos []*catalog.Repository) ([]syncedView, error) {
	var all []syncedView
	for _, r := range repos {
		head, err := v.Catalog.Head(v.ctx(), r.ID)
		if err != nil {
			return nil, err
		}
		if head.RefSet.IsZero() {
			continue
		}
		at, err := v.synced(r, head)
		if err != nil {
			return nil, err
		}
		all = append(all, syncedView{Name: r.Name, Link: p.link.documentation(r, nil), At: at})
	}
	return all, nil
}
