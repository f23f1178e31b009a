package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

type docsPage struct {
	frame
	Name     string
	Sync     syncView
	Ready    bool // something was synced
	Picker   picker
	Action   string
	Keep     []pair
	Filter   filter
	Choices  []choice
	Mute     bool // the site did not answer about issues
	Cut      int  // of how many issues it was asked, where there are more
	Clear    string
	All      string // the whole ref, with the filter
	Tally    *catalog.Tally
	Bar      bar
	At       behavepro.SHA
	Ref      string
	Synced   time.Time
	Problems string
	Steps    string
	Tree     tree
	Found    int // scenarios that the filter lets through
	NoSteps  bool
	Feature  *featureView
	Listed   *listView
}

// documentation shows a ref: an overview, a directory, a feature or what a filter finds.
func (p *Pages) documentation(v *Visit) error {
	r, err := v.repository()
	if err != nil {
		return err
	}
	q := v.R.URL.Query()
	if settle(q) {
		http.Redirect(v.W, v.R, p.link.documentation(r, q), http.StatusSeeOther)
		return nil
	}
	page := docsPage{frame: p.frame(v.Now, "Living documentation · "+r.Name), Name: r.Name, Filter: filterOf(q), Problems: p.link.problems(r)}
	page.Wide = true
	state, err := v.Catalog.SyncState(v.ctx(), r.ID)
	if err != nil {
		return err
	}
	page.Sync = syncOf(r, &state)
	at, err := v.Catalog.Resolve(v.ctx(), r, page.Filter.Ref)
	if errors.Is(err, behavepro.ErrNotFound) && at.Head.RefSet.IsZero() {
		if page.Sync.Running {
			page.Refresh = refreshWhileSyncing
		}
		return p.render(v.W, v.R, http.StatusOK, "documentation", &page)
	}
	if err != nil {
		return err
	}
	if err := p.fillDocumentation(v, &page, at); err != nil {
		return err
	}
	return p.render(v.W, v.R, http.StatusOK, "documentation", &page)
}

func (p *Pages) fillDocumentation(v *Visit, page *docsPage, at catalog.At) error {
	f := page.Filter
	link := func(f filter) string { return p.link.documentation(at.Repository, f.values()) }
	page.Ready, page.At, page.Ref = true, at.SHA, cmp.Or(at.Ref, at.SHA.Short())
	page.Steps = p.link.steps(at.Repository, refOf(at))
	page.Action, page.Clear, page.All = p.link.documentation(at.Repository, nil), link(f.cleared()), link(f.at(""))
	keep := f.values()
	keep.Del("ref")
	var err error
	if page.Synced, err = v.synced(at.Repository, at.Head); err != nil {
		return err
	}
	if page.Picker, err = p.picker(v, at, page.Action, "ref", keep); err != nil {
		return err
	}
	page.Keep = p.kept(pairs(f.values(), "ref", "tag", "status"))
	standing, err := v.Catalog.Standing(v.ctx(), at)
	if err != nil {
		return err
	}
	page.Tally, page.Bar = &standing.Tally, barOf(&standing.Tally)
	known := v.factsOf(keysOf(p.linkedIssues(standing)))
	if f.only, err = known.only(f); err != nil {
		return err
	}
	if page.Choices, page.Mute = known.choices(f), known.mute; known.cut {
		page.Cut = MostFacts
	}
	all, steps, err := f.match(v, standing)
	if err != nil {
		return err
	}
	page.NoSteps = f.Query != "" && !steps
	root := treeOf(all, f)
	page.Tree = tree{root.Kids, func(path string) string { return link(f.at(path)) }}
	page.Found = root.Bar.Total()
	d := drawing{link: p.link, at: at, ref: refOf(at), now: v.Now, bare: true, facts: known}
	if d.base, err = v.base(at); err != nil {
		return err
	}
	if f.Path == "" || strings.HasSuffix(f.Path, "/") {
		page.Listed, err = p.list(v, &d, f, standing, all, root)
		return err
	}
	return p.fillFeature(v, page, &d, standing, all)
}

// fillFeature shows the feature that the address names.
func (p *Pages) fillFeature(v *Visit, page *docsPage, d *drawing, standing *catalog.Standing, all []matched) (err error) {
	f, at := page.Filter, d.at
	view, ok := standing.Feature(f.Path)
	if !ok {
		return behavepro.Explain(behavepro.ErrNotFound, "There is no feature file "+f.Path+" in "+at.Repository.Name+" at "+page.Ref+".",
			"It may have been moved or deleted, or be on another branch.")
	}
	page.Feature, err = p.feature(v, d, f, view, matchOf(all, f, view))
	if err == nil {
		page.Title = page.Feature.Name + " · " + at.Repository.Name
	}
	return err
}

// base is the default branch's standing where a ref is another branch.
func (v *Visit) base(at catalog.At) (*catalog.Standing, error) {
	if at.Ref == "" || at.Ref == at.Head.Default || at.Head.Default == "" {
		return nil, nil
	}
	base, err := v.Catalog.Resolve(v.ctx(), at.Repository, "")
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return v.Catalog.Standing(v.ctx(), base)
}

// matchOf are the scenarios of a feature that a filter lets through.
func matchOf(all []matched, f filter, view *catalog.FeatureView) []int {
	if !f.Active() {
		every := make([]int, len(view.Scenarios))
		for i := range every {
			every[i] = i
		}
		return every
	}
	i, ok := slices.BinarySearchFunc(all, view.Path, func(m matched, path string) int { return cmp.Compare(m.Feature.Path, path) })
	if !ok {
		return nil
	}
	return all[i].Scenarios
}

// Untagged counts the scenarios that link to no issue.
func (d *docsPage) Untagged() int { return d.Tally.Scenarios - d.Tally.Linked }

// StaleOrNotRun counts the scenarios that no current result proves.
func (d *docsPage) StaleOrNotRun() int { return d.Tally.Stale + d.Tally.NotRun }
