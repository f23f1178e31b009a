package pages

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
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
}

// matrix is the current result of every row for every param set.
type matrix struct {
	Header []string
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
	versions, cut, err := v.Catalog.Versions(v.ctx(), at, lineage)
	if err != nil {
		return err
	}
	ref := refOf(at)
	page := scenarioPage{
		frame: p.frame(v.Now, ""), Repository: r.Name, Docs: p.link.documentation(r, values("ref", ref)), At: at.SHA, Ref: cmp.Or(at.Ref, at.SHA.Short()),
		VersionCut: cut, RunsCut: h.Cut, Paths: h.Paths,
	}
	page.Wide = true
	if page.Picker, err = p.picker(v, at, p.link.scenario(r, lineage, ""), "ref", nil); err != nil {
		return err
	}
	p.fillScenario(v, &page, h, ref)
	page.Versions = p.versionViews(v, r, versions)
	for i := range h.Runs {
		if i == listedRuns {
			page.RunsCut = true
			break
		}
		page.Runs = append(page.Runs, p.runEntry(at, &h.Runs[i]))
	}
	if page.Block == nil {
		if err := p.findElsewhere(v, &page, at, lineage); err != nil {
			return err
		}
	}
	if page.Name == "" && len(versions) > 0 {
		page.Name = versions[0].Name
	}
	page.Name = cmp.Or(page.Name, "A scenario that is not at this ref")
	page.Title = page.Name + " · " + r.Name
	return p.render(v.W, v.R, http.StatusOK, "scenario", &page)
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
	for _, key := range keysOf(&h.View) {
		page.Issues = append(page.Issues, issueLine{Key: key, Link: p.link.issue(key, values("ref", ref))})
	}
	if len(h.View.Rows) > 0 {
		page.Matrix = matrixOf(&h.View)
	}
	for i := range h.View.Results {
		page.Sets = append(page.Sets, p.setView(h.At, &h.View.Results[i]))
	}
}

func (p *Pages) setView(at catalog.At, r *catalog.Result) setView {
	s := setView{Label: paramsLabel(r.Run.Params), Status: r.Status, Took: took(r.Duration), Run: p.runView(at, r.Run), Counted: !r.Old}
	if r.Raw != "" && !strings.EqualFold(r.Raw, string(r.Status)) {
		s.Raw = r.Raw
	}
	for _, a := range []struct {
		is   bool
		word string
	}{{r.Stale, "stale"}, {r.Flaky, "flaky"}, {r.Old, "old, does not count"}} {
		if a.is {
			s.Asides = append(s.Asides, a.word)
		}
	}
	return s
}

func matrixOf(v *catalog.ScenarioView) *matrix {
	m := &matrix{Header: v.Rows[0].Header}
	sets := paramSets(v)
	for _, s := range sets {
		label := s.Label
		if s.Old {
			label += " (old)"
		}
		m.Sets = append(m.Sets, label)
	}
	for i := range v.Rows {
		row := &v.Rows[i]
		line := matrixRow{Cells: row.Cells, Row: row.Status, Status: make([]behavepro.Status, len(sets))}
		for j := range sets {
			for k := range row.Results {
				if row.Results[k].Params == sets[j].Set {
					line.Status[j] = row.Results[k].Status
				}
			}
		}
		if row.Stale {
			line.Aside = "stale"
		}
		if row.Flaky {
			line.Aside = "flaky"
		}
		m.Rows = append(m.Rows, line)
	}
	return m
}

func (p *Pages) describe(v *Visit, r *catalog.Repository, shas []behavepro.SHA) map[behavepro.SHA]gitsync.CommitInfo {
	if p.opt.Describer == nil || len(shas) == 0 {
		return nil
	}
	return p.opt.Describer.Describe(v.ctx(), r.ID, shas...)
}

func (p *Pages) versionViews(v *Visit, r *catalog.Repository, versions []catalog.Version) []versionView {
	shas := make([]behavepro.SHA, len(versions))
	for i := range versions {
		shas[i] = versions[i].Commit
	}
	info := p.describe(v, r, shas)
	views := make([]versionView, len(versions))
	for i := range versions {
		version := &versions[i]
		is := info[version.Commit]
		views[i] = versionView{
			Commit: version.Commit, Link: p.link.documentation(r, values("ref", version.Commit.String(), "path", version.Path)),
			Time: time.Unix(version.Time, 0), Author: is.Author, Subject: is.Subject,
		}
		for _, c := range version.Changes {
			views[i].Changes = append(views[i].Changes, changeWords(version, c))
		}
	}
	return views
}

// changeWords say what a version did.
func changeWords(v *catalog.Version, c catalog.Change) string {
	switch c {
	case catalog.Added:
		return "added in " + v.Path
	case catalog.Removed:
		return "removed from " + v.Was
	case catalog.Moved:
		return "moved from " + v.Was + " to " + v.Path
	case catalog.Renamed:
		return "renamed from “" + v.WasName + "” to “" + v.Name + "”"
	case catalog.Edited:
		return "edited: description, rule or layout"
	}
	return string(c)
}

func (p *Pages) runEntry(at catalog.At, e *catalog.RunEntry) runEntry {
	entry := runEntry{
		Status: e.Status, Mixed: e.Mixed, Reached: e.Reached, Params: paramsLabel(e.Run.Params), Branch: e.Run.Branch, Run: p.runView(at, e.Run),
	}
	if len(e.Run.Params) == 0 {
		entry.Params = ""
	}
	var total time.Duration
	for i := range e.Rows {
		o := &e.Rows[i]
		total += o.Duration
		if o.Status == behavepro.Failed && len(entry.Said) < listedFailures && o.Step+o.Message != "" {
			f := failureView{Step: o.Step, Message: strings.TrimRight(o.Message, " \t\r\n")}
			if n := len(entry.Said); n == 0 || entry.Said[n-1] != f {
				entry.Said = append(entry.Said, f)
			}
		}
	}
	entry.Took = took(total)
	return entry
}
