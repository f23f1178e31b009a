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
	"github.com/behavepro/behavepro/gherkin"
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
	Clear    string
	All      string // the whole ref, with the filter
	Tally    *catalog.Tally
	Bar      bar
	At       behavepro.SHA
	Ref      string
	Synced   time.Time
	Problems string
	Tree     []*node
	Found    int // scenarios that the filter lets through
	NoSteps  bool
	Feature  *featureView
	Listed   *listView
}

// featureView is one feature with its scenarios.
type featureView struct {
	Name        string
	Path        string
	Tags        []string
	Description string
	Language    string
	Problems    []gherkin.Problem
	Background  []stepView
	Chips       []chip
	Sections    []section
	Shown       int
	Total       int
	Earlier     string
	Later       string
	Clear       string
}

// section is a rule with its scenarios, or those in none.
type section struct {
	Rule        string
	Description string
	Background  []stepView
	Blocks      []block
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
	page.Keep = pairs(f.values(), "ref", "tag", "status")
	standing, err := v.Catalog.Standing(v.ctx(), at)
	if err != nil {
		return err
	}
	page.Tally, page.Bar = &standing.Tally, barOf(&standing.Tally)
	all, steps, err := f.match(v, standing)
	if err != nil {
		return err
	}
	page.NoSteps = f.Query != "" && !steps
	root := treeOf(all, f, link)
	page.Tree = root.Kids
	for i := range all {
		page.Found += len(all[i].Scenarios)
	}
	d := drawing{link: p.link, at: at, ref: refOf(at), now: v.Now, bare: true}
	if d.base, err = v.base(at); err != nil {
		return err
	}
	if f.Path == "" || strings.HasSuffix(f.Path, "/") {
		page.Listed, err = p.list(v, &d, f, standing, all, root)
		return err
	}
	view, ok := standing.Feature(f.Path)
	if !ok {
		return behavepro.Explain(behavepro.ErrNotFound, "There is no feature file "+f.Path+" in "+at.Repository.Name+" at "+page.Ref+".",
			"It may have been moved or deleted, or be on another branch.")
	}
	page.Feature, err = p.feature(v, &d, f, view, matchOf(all, f.Path))
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

// matchOf are the scenarios of a path that a filter lets through.
func matchOf(all []matched, path string) []int {
	i, ok := slices.BinarySearchFunc(all, path, func(m matched, path string) int { return cmp.Compare(m.Feature.Path, path) })
	if !ok {
		return nil
	}
	return all[i].Scenarios
}

// listedBlocks is how many scenarios of a feature are shown at once.
const listedBlocks = 100

// feature shows a feature with the scenarios that a filter lets through.
func (p *Pages) feature(v *Visit, d *drawing, f filter, view *catalog.FeatureView, shown []int) (*featureView, error) {
	link := func(f filter) string { return p.link.documentation(d.at.Repository, f.values()) }
	out := &featureView{
		Name: cmp.Or(view.Name, view.Path), Path: view.Path, Tags: view.Tags, Problems: view.Problems, Language: view.Language,
		Total: len(view.Scenarios), Shown: len(shown), Clear: link(f.cleared()),
	}
	file, err := v.Catalog.File(v.ctx(), d.at, view.Path)
	if err != nil {
		return nil, err
	}
	feature := file.Feature()
	if feature == nil {
		return out, nil
	}
	out.Description = feature.Description
	if feature.Background != nil {
		out.Background = stepViews(feature.Background.Steps)
	}
	out.Chips = featureChips(f, view, linkRules(d.at.Repository), link)
	from := min(f.From, len(shown))
	until := min(from+listedBlocks, len(shown))
	if from > 0 {
		earlier := f
		earlier.From = max(0, from-listedBlocks)
		out.Earlier = link(earlier)
	}
	if until < len(shown) {
		later := f
		later.From = until
		out.Later = link(later)
	}
	views := make([]catalog.ScenarioView, 0, until-from)
	for _, i := range shown[from:until] {
		views = append(views, view.Scenarios[i])
	}
	if views, err = v.Catalog.Detailed(v.ctx(), d.at.Repository.ID, views); err != nil {
		return nil, err
	}
	out.Sections = d.sections(feature, view.Path, views)
	return out, nil
}

// sections puts scenarios under their rules.
func (d *drawing) sections(feature *gherkin.Feature, path string, views []catalog.ScenarioView) []section {
	var all []section
	last := -1
	opened := 0
	for i := range views {
		v := &views[i]
		if n := feature.Scenarios[v.Index].Rule; n != last {
			last = n
			s := section{}
			if rule := feature.RuleOf(v.Index); rule != nil {
				s.Rule, s.Description = cmp.Or(rule.Name, rule.Keyword), rule.Description
				if rule.Background != nil {
					s.Background = stepViews(rule.Background.Steps)
				}
			}
			all = append(all, s)
		}
		b := d.block(feature, path, v)
		if b.Open = len(views) <= 3 || v.Status == behavepro.Failed && opened < 3; b.Open {
			opened++
		}
		s := &all[len(all)-1]
		s.Blocks = append(s.Blocks, b)
	}
	return all
}

// featureChips filter the scenarios of a feature.
func featureChips(f filter, view *catalog.FeatureView, rules gherkin.LinkRules, link func(filter) string) []chip {
	var b bar
	tags := map[string]int{}
	var order []string
	for i := range view.Scenarios {
		s := &view.Scenarios[i]
		b.add(s)
		for _, tag := range s.Tags {
			if slices.Contains(view.Tags, tag) || len(rules.Keys(tag)) > 0 {
				continue // what all have tells nothing apart; what leads to an issue has a page of its own
			}
			if tags[tag]++; tags[tag] == 1 {
				order = append(order, tag)
			}
		}
	}
	chips := statusChips(f, b, link)
	if b.Total() > 20 {
		order = slices.DeleteFunc(order, func(tag string) bool { return tags[tag] == 1 }) // nobody looks for one that way
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(tags[b], tags[a]) })
	for _, tag := range order[:min(len(order), listedTags)] {
		chips = append(chips, chip{Text: tag, Link: link(f.toggle(tag)), Current: slices.Contains(f.Tags, tag)})
	}
	return chips
}

// statusChips filter by status; those that would find nothing are left out.
func statusChips(f filter, b bar, link func(filter) string) []chip {
	chips := []chip{{Text: "All " + number(b.Total()), Link: link(f.withStatus("")), Current: f.Status == ""}}
	for _, c := range []struct {
		n            int
		text, status string
	}{
		{b.Failed, "Failed", "failed"}, {b.Flaky, "Flaky", "flaky"}, {b.Stale, "Stale", "stale"}, {b.NotRun, "Not run", "notRun"},
		{b.Skipped, "Skipped", "skipped"}, {b.Passed, "Passed", "passed"},
	} {
		if c.n > 0 || f.Status == c.status {
			chips = append(chips, chip{Text: c.text + " " + number(c.n), Link: link(f.withStatus(c.status)), Current: f.Status == c.status})
		}
	}
	return chips
}

// Untagged counts the scenarios that link to no issue.
func (d *docsPage) Untagged() int { return d.Tally.Scenarios - d.Tally.Linked }

// StaleOrNotRun counts the scenarios that no current result proves.
func (d *docsPage) StaleOrNotRun() int { return d.Tally.Stale + d.Tally.NotRun }
