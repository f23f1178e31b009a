package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

type scenarioPage struct {
	frame
	Repository string
	Docs       string
	Picker     picker
	At         behavepro.SHA
	Ref        string
	Name       string
	Feature    string
	FeatureAt  string // link
	Rule       string
	Issues     []issueLine
	Block      *block // nil where the ref does not have it
	Sets       []setView
	Matrix     *matrix
	Versions   []versionView
	VersionCut bool
	Runs       []runEntry
	Stability  stabilityView
	RunsCut    bool
	Paths      []string
	Elsewhere  []option // branches that have it, where the ref does not
}

// setView is the current result of a scenario for one param set.
type setView struct {
	Label   string
	Status  behavepro.Status
	Raw     string
	Took    string
	Asides  []string
	Run     *runView
	Counted bool
	Group   string // of the first of several: the value of the first param
}

// matrix is the current result of every row for every param set.
type matrix struct {
	Header []string
	Groups []paramGroup // of the sets; none where these have one param
	Sets   []string
	Rows   []matrixRow
}

type matrixRow struct {
	Cells  []string
	Status []behavepro.Status // by set; "" where it did not report the row
	Row    behavepro.Status
	Aside  string
}

type versionView struct {
	Commit  behavepro.SHA
	Link    string
	Time    time.Time
	Author  string
	Subject string
	Changes []string
}

// runEntry is one run in the history of a scenario.
type runEntry struct {
	Status  behavepro.Status
	Mixed   bool
	Reached bool
	Params  string
	Branch  string
	Run     *runView
	Took    string
	Said    []failureView
}

func (p *Pages) scenario(v *Visit) error {
	r, err := v.repository()
	if err != nil {
		return err
	}
	q := v.R.URL.Query()
	var lineage behavepro.Lineage
	if err := lineage.UnmarshalText([]byte(v.R.PathValue("lineage"))); err != nil || lineage.IsZero() {
		return behavepro.Explain(behavepro.ErrNotFound, "This is not the name of a scenario.", "Search for it in the living documentation.")
	}
	if settle(q) {
		http.Redirect(v.W, v.R, p.link.scenario(r, lineage, q.Get("ref")), http.StatusSeeOther)
		return nil
	}
	at, err := v.Catalog.Resolve(v.ctx(), r, q.Get("ref"))
	if err != nil {
		return err
	}
	h, err := v.Catalog.Scenario(v.ctx(), at, lineage)
	if errors.Is(err, behavepro.ErrNotFound) {
		return behavepro.Explain(err, "There is no such scenario in "+r.Name+".", "Search for it in the living documentation.")
	}
	if err != nil {
		return err
	}
	page := scenarioPage{
		frame: p.frame(
			v.Now,
			"",
		), Repository: r.Name, Docs: p.link.documentation(r, values("ref", refOf(at))), At: at.SHA, Ref: cmp.Or(at.Ref, at.SHA.Short()),
		RunsCut: h.Cut, Paths: h.Paths,
	}
	page.Wide = true
	if page.Picker, err = p.picker(v, at, p.link.scenario(r, lineage, ""), "ref", nil); err != nil {
		return err
	}
	p.fillScenario(v, &page, h, refOf(at))
	if err := p.fillHistory(v, &page, h, lineage); err != nil {
		return err
	}
	page.Name = cmp.Or(page.Name, "A scenario that is not at this ref")
	page.Title = page.Name + " · " + r.Name
	return p.render(v.W, v.R, http.StatusOK, "scenario", &page)
}

// fillHistory shows versions and runs, and where the scenario is if it is not at the ref.
func (p *Pages) fillHistory(v *Visit, page *scenarioPage, h *catalog.ScenarioHistory, lineage behavepro.Lineage) error {
	versions, cut, err := v.Catalog.Versions(v.ctx(), h.At, lineage)
	if err != nil {
		return err
	}
	page.Stability = stabilityOf(h.Runs)
	page.Versions, page.VersionCut = p.versionViews(v, h.At.Repository, versions), cut
	for i := range h.Runs {
		if i == listedRuns {
			page.RunsCut = true
			break
		}
		page.Runs = append(page.Runs, p.runEntry(h.At, &h.Runs[i]))
	}
	if page.Block == nil {
		if err := p.findElsewhere(v, page, h.At, lineage); err != nil {
			return err
		}
		if page.Name == "" && len(versions) > 0 {
			page.Name = versions[0].Name
		}
	}
	return nil
}

const listedRuns = 50

// searchedBranches is how many branches are asked for a scenario that the ref does not have.
const searchedBranches = 50

// findElsewhere names branches that have a scenario which the ref does not have.
func (p *Pages) findElsewhere(v *Visit, page *scenarioPage, at catalog.At, lineage behavepro.Lineage) error {
	refs, err := v.Catalog.Refs(v.ctx(), at.Repository.ID, at.Head.RefSet)
	if err != nil {
		return err
	}
	for _, ref := range refs[:min(len(refs), searchedBranches)] {
		there := at
		there.Ref, there.SHA = ref.Name, ref.SHA
		name, ok, err := holds(v, there, page.Paths, lineage)
		if err != nil {
			return err
		}
		if ok {
			page.Name = cmp.Or(page.Name, name)
			page.Elsewhere = append(page.Elsewhere, option{Text: ref.Name, Value: p.link.scenario(at.Repository, lineage, ref.Name)})
		}
	}
	return nil
}

// holds looks for a scenario at some paths of a commit.
func holds(v *Visit, at catalog.At, paths []string, lineage behavepro.Lineage) (name string, ok bool, err error) {
	for _, path := range paths {
		f, err := v.Catalog.File(v.ctx(), at, path)
		if errors.Is(err, behavepro.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", false, err
		}
		for i, id := range f.Identity.Scenarios {
			if id.Lineage == lineage && f.Feature() != nil {
				return f.Feature().Scenarios[i].Name, true, nil
			}
		}
	}
	return "", false, nil
}

// fillScenario shows the scenario at the ref, where it is there.
func (p *Pages) fillScenario(v *Visit, page *scenarioPage, h *catalog.ScenarioHistory, ref string) {
	if h.File == nil || h.File.Feature() == nil {
		return
	}
	d := drawing{link: p.link, at: h.At, ref: ref, now: v.Now, full: true}
	b := d.block(h.File.Feature(), h.File.Path, &h.View)
	b.Open = true
	page.Block, page.Name, page.Rule = &b, b.Name, h.View.Rule
	page.Feature, page.FeatureAt = cmp.Or(h.File.Feature().Name, h.File.Path), b.PlaceLink
	keys := h.View.Keys()
	if p.link.site != "" {
		keys = slices.DeleteFunc(slices.Clone(keys), h.At.Repository.Foreign)
	}
	known := v.factsOf(keys)
	for _, key := range h.View.Keys() {
		page.Issues = append(page.Issues, p.issueLine(key, &known, values("ref", ref)))
	}
	if len(h.View.Rows) > 0 {
		page.Matrix = matrixOf(&h.View)
	}
	for i := range h.View.Results {
		page.Sets = append(page.Sets, p.setView(h.At, &h.View.Results[i]))
	}
	groupSets(page.Sets, h.View.Results)
}
