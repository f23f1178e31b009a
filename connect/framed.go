package connect

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/pages"
)

// Frames are the pages as Jira shows them. Fields without a remark are required.
type Frames struct {
	App       *App
	Catalogs  func(ctx context.Context, id behavepro.TenantID) (*catalog.Catalog, error)
	Describer pages.Describer // may be nil
	Script    string          // address of Jira's all.js; "" is Atlassian's
	// Known is the small copy of a tenant's issues; nil tells nothing of issues.
	Known func(ctx context.Context, id behavepro.TenantID) (*jira.Known, error)
	// Manager does what the settings pages offer a visitor; nil: they only show.
	Manager func(who access.Principal) pages.Manager

	people people
}

// jiraScript connects a page in a frame with Jira.
const jiraScript = "https://connect-cdn.atl-paas.net/all.js"

// pathFrames is what the addresses of pages begin with that a frame goes on to, below Options.Path.
const pathFrames = "/frames/"

// Framed is one page inside Jira.
type Framed struct {
	Pattern string // as http.ServeMux reads it
	About   string // one sentence
	Public  bool   // it tells nobody's data
	// Serve checks who asks and answers. Where it returns an error, it has already answered with a page about it: the error is for the log.
	Serve func(w http.ResponseWriter, r *http.Request) error
}

// frame is the pages of one module.
type frame struct {
	*Frames
	panel  Panel
	pages  *pages.Pages
	routes []pages.Route
}

// Routes lists the addresses that Jira puts into frames, and those of the pages that they lead to.
func (f *Frames) Routes() []Framed {
	var all []Framed
	for _, panel := range f.App.Panels() {
		m := &frame{Frames: f, panel: panel}
		m.pages = pages.New(pages.Options{Base: m.base(), Describer: f.Describer})
		m.routes = slices.DeleteFunc(m.pages.Routes(), func(r pages.Route) bool { return !m.shows(r.Of) })
		all = append(all, Framed{Pattern: panel.Pattern, About: panel.About, Serve: m.enter})
		for _, route := range m.routes {
			page := Framed{Pattern: route.Pattern, About: route.About + " In Jira's " + string(panel.Module) + ".", Public: route.Public}
			page.Serve = func(w http.ResponseWriter, r *http.Request) error { return m.visit(w, r, &route) }
			all = append(all, page)
		}
	}
	return all
}

// manages reports whether the module is for those who administer a project or the site.
func (m *frame) manages() bool { return m.panel.Need == Configure || m.panel.Need == Administer }

// shows reports whether pages of a kind belong to the module.
func (m *frame) shows(of pages.Of) bool {
	switch of {
	case pages.OfSettings:
		return m.manages()
	case pages.OfSite:
		return m.panel.Need == Administer && m.App.opt.Rules != nil
	}
	return true
}

func (m *frame) base() string { return m.App.opt.Path + pathFrames + string(m.panel.Module) }

// enter answers what Jira asks for when it opens a module: the page that it begins with.
func (m *frame) enter(w http.ResponseWriter, r *http.Request) error {
	v, err := m.App.Visit(r, URLBound, m.panel.Module)
	if err == nil {
		err = m.App.Authorize(r.Context(), v, m.panel.Need)
	}
	if err != nil {
		return m.fail(w, r, err)
	}
	path := m.base() + "/repositories"
	switch m.panel.Module {
	case ScenariosModule, StatusModule:
		path = m.base() + "/issues/" + url.PathEscape(string(v.IssueKey))
	case SettingsModule:
		path = m.base() + "/settings"
	case SiteModule:
		path = m.base() + "/"
	case DocumentationModule:
		if only, err := m.onlyRepository(r.Context(), v); err != nil {
			return m.fail(w, r, err)
		} else if only != "" {
			path = m.base() + "/repositories/" + url.PathEscape(string(only))
		}
	}
	return m.show(w, r, v, path)
}

// show serves a page under its own address, which the frame's is not.
func (m *frame) show(w http.ResponseWriter, r *http.Request, v *Visitor, path string) error {
	mux := http.NewServeMux()
	var failed error
	for _, route := range m.routes {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { failed = m.serve(w, r, v, &route) })
	}
	at := r.Clone(r.Context())
	address, err := url.Parse(path)
	if err != nil {
		return m.fail(w, r, err)
	}
	at.URL, at.RequestURI, at.Pattern = address, path, ""
	mux.ServeHTTP(w, at)
	return failed
}

// visit answers a page that a frame went on to.
func (m *frame) visit(w http.ResponseWriter, r *http.Request, route *pages.Route) error {
	if route.Public {
		return route.Serve(&pages.Visit{W: w, R: r})
	}
	v, err := m.App.Visit(r, ContextBound, m.panel.Module)
	if err == nil {
		err = m.App.Authorize(r.Context(), m.asked(v, route), m.panel.Need)
	}
	if err != nil {
		return m.fail(w, r, err)
	}
	return m.serve(w, r, v, route)
}

// asked is the visitor as permissions are asked for: what tells of a whole repository needs the project, not the issue.
func (m *frame) asked(v *Visitor, route *pages.Route) *Visitor {
	if route.Of == pages.OfIssue || v.ProjectID == 0 {
		return v
	}
	other := *v
	other.IssueID = 0
	return &other
}

// serve answers a page for a visitor that may be here.
func (m *frame) serve(w http.ResponseWriter, r *http.Request, v *Visitor, route *pages.Route) error {
	if route.Of == pages.OfIssue && !strings.EqualFold(r.PathValue("key"), string(v.IssueKey)) {
		// The token says which issue was asked about: another one's page is in that issue.
		return m.fail(w, r, behavepro.Explain(behavepro.ErrNotFound, "this page belongs to another issue", "open that issue in Jira"))
	}
	c, err := m.Catalogs(r.Context(), v.Tenant)
	if err != nil {
		return m.fail(w, r, err)
	}
	host, err := m.host(r, v)
	if err != nil {
		return m.fail(w, r, err)
	}
	visit := &pages.Visit{W: w, R: r, Now: m.App.opt.Now(), Catalog: c, Host: host, Principal: m.principal(v)}
	if m.manages() && m.Manager != nil {
		visit.Manager = m.Manager(visit.Principal)
		visit.NoLeave = route.Of == pages.OfSettings && !m.mayConnect(r.Context(), v)
	}
	visit.Mends = func() bool { return m.mends(r.Context(), v) }
	if m.Known != nil {
		visit.Issues = &seenIssues{m.App, v, m.Known, &m.people}
	}
	if m.shows(pages.OfSite) {
		rules, err := m.App.opt.Rules(r.Context(), v.Tenant)
		if err != nil {
			return m.fail(w, r, err)
		}
		visit.Site = rules
	}
	return route.Serve(visit)
}

// mayConnect reports whether a visitor may connect repositories: anybody may own a project, so that owning one is not enough.
func (m *frame) mayConnect(ctx context.Context, v *Visitor) bool {
	return m.panel.Need == Administer || m.App.rules(ctx, v.Tenant).ProjectAdmins || m.App.Authorize(ctx, v, Administer) == nil
}

// mends reports whether a visitor can mend a repository's files: who edits the issue, or administers the project.
func (m *frame) mends(ctx context.Context, v *Visitor) bool {
	switch {
	case m.manages():
		return true
	case v.IssueID != 0:
		return m.App.Authorize(ctx, v, Act) == nil
	}
	return m.App.Authorize(ctx, v, Configure) == nil
}

func (m *frame) principal(v *Visitor) access.Principal {
	return access.Principal{Name: "jira", Grant: m.grant(v), Person: behavepro.AccountID(v.Account), Entry: behavepro.EntryJira}
}

// grant is what a visitor reaches: the repositories that are connected to the project that was signed. Who administers the project
// manages what belongs to it.
func (m *frame) grant(v *Visitor) access.Grant {
	g := access.Grant{Tenant: v.Tenant, Verbs: []access.Verb{access.ReposRead, access.ResultsRead}}
	if m.manages() {
		g.Verbs = append(g.Verbs, access.Admin)
	}
	switch {
	case m.panel.Need == Administer:
		g.AllProjects = true
	case v.ProjectKey != "":
		g.Projects = []behavepro.ProjectKey{v.ProjectKey}
	case v.IssueKey != "":
		g.Projects = []behavepro.ProjectKey{v.IssueKey.Project()}
	}
	return g
}

func (m *frame) host(r *http.Request, v *Visitor) (*pages.Host, error) {
	token, err := m.App.ContextToken(v, m.panel.Module)
	if err != nil {
		return nil, err
	}
	h := m.around(v.Install.Ancestors())
	h.Token, h.Renew, h.Site = token.Reveal(), m.App.RenewPath(m.panel.Module), v.Install.BaseURL
	if v.Install.DisplayURL != "" {
		h.Site = v.Install.DisplayURL
	}
	return h, nil
}

func (m *frame) around(ancestors []string) *pages.Host {
	h := &pages.Host{Ancestors: ancestors, Script: m.Script}
	if h.Script == "" {
		h.Script = jiraScript
	}
	return h
}

// fail answers with a page about an error, in the frame where it happened.
func (m *frame) fail(w http.ResponseWriter, r *http.Request, err error) error {
	m.pages.In(m.around(m.App.Ancestors(r))).Fail(w, r, err)
	return err
}

// onlyRepository is the one repository of the project; "" where there are none or several.
func (m *frame) onlyRepository(ctx context.Context, v *Visitor) (behavepro.RepositoryID, error) {
	c, err := m.Catalogs(ctx, v.Tenant)
	if err != nil {
		return "", err
	}
	all, err := c.Repositories(ctx)
	if err != nil {
		return "", err
	}
	who := m.principal(v)
	var found []behavepro.RepositoryID
	for _, r := range all {
		if who.AllowRepository(access.ReposRead, r) == nil {
			found = append(found, r.ID)
		}
	}
	if len(found) != 1 {
		return "", nil
	}
	return found[0], nil
}
