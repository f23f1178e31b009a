package pages

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

type issuePage struct {
	frame
	Issue   behavepro.IssueKey
	Total   int
	Groups  []issueGroup
	First   []syncView // repositories whose first import is not done
	Synced  []syncedView
	Trouble bool // something of a repository could not be read
}

// syncedView says where and when was looked.
type syncedView struct {
	Name string
	Link string
	At   time.Time
}

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
	Branch  *branchNote
	Blocks  []block
	More    int
	Several bool // the page has several groups
}

// runView is a run as a line names it.
type runView struct {
	Commit     behavepro.SHA
	CommitLink string // "" where it is the group's own
	Build      string
	BuildLink  string
	Started    time.Time
}

type chip struct {
	Text    string
	Link    string
	Current bool
	Title   string
}

// branchNote says what a branch changes for an issue.
type branchNote struct {
	Branch, Default          string
	Added, Reworded, Removed int
}

// listedScenarios bounds what a page shows of one repository.
const listedScenarios = 200

var issueKey = regexp.MustCompile(`^[A-Z][A-Z0-9_]+-[0-9]+$`)

// findIssue leads from the search box to the page of the key.
func (p *Pages) findIssue(v *Visit) error {
	key := strings.ToUpper(strings.TrimSpace(v.R.URL.Query().Get("key")))
	if key == "" {
		http.Redirect(v.W, v.R, p.link.home(), http.StatusSeeOther)
		return nil
	}
	if err := checkKey(key); err != nil {
		return err
	}
	http.Redirect(v.W, v.R, p.link.issue(behavepro.IssueKey(key), nil), http.StatusSeeOther)
	return nil
}

func checkKey(key string) error {
	if len(key) <= 300 && issueKey.MatchString(key) {
		return nil
	}
	return behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("%q is not an issue key.", shorten(key, 80)), "A key has a project and a number, such as SHOP-12.")
}

func shorten(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}

func (p *Pages) issue(v *Visit) error {
	written := v.R.PathValue("key")
	key := behavepro.IssueKey(strings.ToUpper(written))
	if err := checkKey(string(key)); err != nil {
		return err
	}
	q := v.R.URL.Query()
	if settle(q) || string(key) != written {
		http.Redirect(v.W, v.R, p.link.issue(key, q), http.StatusSeeOther)
		return nil
	}
	repos, err := v.repositories()
	if err != nil {
		return err
	}
	page := issuePage{frame: p.frame(v.Now, string(key)+" · Scenarios"), Issue: key}
	page.Key = string(key)
	found, err := findScenarios(v, key, repos, q)
	if page.Trouble = err != nil; page.Trouble && len(found) == 0 {
		return err
	}
	for i := range found {
		group, err := p.issueGroup(v, key, &found[i], q)
		if err != nil {
			return err
		}
		group.Several = len(found) > 1
		page.Total += group.Bar.Total()
		page.Groups = append(page.Groups, group)
	}
	var running bool
	if page.First, running, err = v.syncing(repos); err != nil {
		return err
	}
	if running {
		page.Refresh = refreshWhileSyncing
	}
	page.Synced, err = p.syncedViews(v, repos)
	if err != nil {
		return err
	}
	return p.render(v.W, v.R, http.StatusOK, "issue", &page)
}

// findScenarios asks each repository at the ref that the query names for it, else at the one that it names for all.
func findScenarios(v *Visit, key behavepro.IssueKey, repos []*catalog.Repository, q url.Values) ([]catalog.RepositoryIssue, error) {
	own := map[behavepro.RepositoryID]string{}
	for _, r := range repos {
		if ref := q.Get(refField(r)); ref != "" {
			own[r.ID] = ref
		}
	}
	all, err := v.Catalog.Issue(v.ctx(), key, q.Get("ref"), func(r *catalog.Repository) bool { return own[r.ID] == "" && v.sees(r) })
	for _, r := range repos {
		if own[r.ID] == "" {
			continue
		}
		more, failed := v.Catalog.Issue(v.ctx(), key, own[r.ID], func(other *catalog.Repository) bool { return other.ID == r.ID })
		all, err = append(all, more...), cmp.Or(err, failed)
	}
	slices.SortStableFunc(all, func(a, b catalog.RepositoryIssue) int { return cmp.Compare(a.At.Repository.Name, b.At.Repository.Name) })
	return all, err
}

// refField is the query's name for a repository's own ref.
func refField(r *catalog.Repository) string { return "ref." + r.Name }

func (p *Pages) issueGroup(v *Visit, key behavepro.IssueKey, found *catalog.RepositoryIssue, q url.Values) (issueGroup, error) {
	at := found.At
	ref := refOf(at)
	g := issueGroup{
		Name: at.Repository.Name, At: at.SHA, Ref: cmp.Or(at.Ref, at.SHA.Short()),
		Docs:   p.link.documentation(at.Repository, values("ref", ref)),
		AtLink: p.link.documentation(at.Repository, values("ref", at.SHA.String())),
	}
	if wanted := cmp.Or(q.Get(refField(at.Repository)), q.Get("ref")); wanted != "" && wanted != at.Ref && !strings.HasPrefix(at.SHA.String(), wanted) {
		g.Other = wanted
	}
	var err error
	if g.Picker, err = p.picker(v, at, p.link.issue(key, nil), refField(at.Repository), q); err != nil {
		return g, err
	}
	d := drawing{link: p.link, at: at, ref: ref, now: v.Now}
	if g.Branch, err = d.compare(v, key, found); err != nil {
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

// openSome opens what needs attention: a few failing scenarios, all where there are few, else the first.
func openSome(blocks []block) {
	const few, most = 3, 5
	opened := 0
	for i := range blocks {
		blocks[i].Open = len(blocks) <= few || blocks[i].Status == behavepro.Failed && opened < most
		if blocks[i].Open {
			opened++
		}
	}
	if opened == 0 && len(blocks) > 0 {
		blocks[0].Open = true
	}
}

// compare tells what a branch changes, and remembers the default branch's scenarios.
func (d *drawing) compare(v *Visit, key behavepro.IssueKey, found *catalog.RepositoryIssue) (*branchNote, error) {
	at := found.At
	var err error
	if d.base, err = v.base(at); d.base == nil {
		return nil, err
	}
	note := &branchNote{Branch: at.Ref, Default: at.Head.Default}
	here := map[behavepro.Lineage]bool{}
	for i := range found.Scenarios {
		s := &found.Scenarios[i].View
		here[s.Lineage] = true
		switch _, was, ok := d.base.Scenario(s.Lineage); {
		case !ok:
			note.Added++
		case was.Wording != s.Wording:
			note.Reworded++
		}
	}
	for _, f := range d.base.Features {
		for i := range f.Scenarios {
			if s := &f.Scenarios[i]; s.LinksTo(key) && !here[s.Lineage] {
				note.Removed++
			}
		}
	}
	return note, nil
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
	view := &runView{Commit: run.Commit, Build: buildName(run.Build), BuildLink: webURL(run.BuildURL), Started: run.Started}
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
