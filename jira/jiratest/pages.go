package jiratest

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

//go:embed assets
var assets embed.FS

var templates = template.Must(template.ParseFS(assets, "assets/*.html"))

func (j *Jira) pageRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, name := range []string{"all.js", "host.js", "host.css"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, assets, "assets/"+name) })
	}
	mux.Handle("GET /_keys/", http.StripPrefix("/_keys", j.Keys()))
	mux.HandleFunc("GET /_bridge/token", j.bridgeToken)
	mux.HandleFunc("GET /_bridge/frame", j.bridgeFrame)
	mux.HandleFunc("GET /{$}", j.overviewPage)
	mux.HandleFunc("GET /browse/{issue}", j.issuePage)
	mux.HandleFunc("GET /projects/{project}/{kind}/{module}", j.projectPage)
	mux.HandleFunc("GET /admin/{module}", j.adminPage)
	return mux
}

// visit is one look at a page: who looks, in which theme. Both are in the address, so that a page can be given away.
type visit struct {
	Title   string
	Account string
	Theme   string // light or dark
	User    string // its name
	Users   []User
	Admin   bool
	Host    string
	Here    string // the path
	Query   string // of a search
	Wrong   string // what went wrong
	Issues  []Issue
	Issue   *Issue
	Project *Project
	Content []frame // below the description
	Context []frame // beside it
	Page    *frame
	Tabs    []tab
}

// frame is where a module's page is shown.
type frame struct {
	Module, Name, Tooltip string
	Label                 string
	URL                   string // "" until somebody opens it
	Issue, Project        string // ids
	Window                string // the frame's name, from which the bridge's script knows its host
}

type tab struct{ Name, Path string }

// Anonymous visitors are named so in an address.
const nobody = "anonymous"

func (j *Jira) visit(r *http.Request) *visit {
	v := &visit{Account: cmp.Or(r.FormValue("user"), "acc-dev"), Theme: "light", Here: r.URL.Path, Host: j.base}
	if r.FormValue("theme") == "dark" {
		v.Theme = "dark"
	}
	for _, u := range j.users {
		v.Users = append(v.Users, *u)
	}
	if u := j.user(v.Account); u != nil {
		v.User, v.Admin = u.Name, u.SiteAdmin
	} else {
		v.Account, v.User = "", "Not signed in"
	}
	return v
}

// Link is an address on this site for the same person and theme.
func (v *visit) Link(path string) string { return v.link(path, cmp.Or(v.Account, nobody), v.Theme) }

// As is this page for another person.
func (v *visit) As(account string) string { return v.link(v.Here, account, v.Theme) }

// In is this page in another theme.
func (v *visit) In(theme string) string { return v.link(v.Here, cmp.Or(v.Account, nobody), theme) }

func (v *visit) link(path, account, theme string) string {
	return path + "?" + url.Values{"user": {account}, "theme": {theme}}.Encode()
}

func (j *Jira) overviewPage(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.visit(r)
	v.Title, v.Query = "Issues", r.FormValue("jql")
	match := func(*Jira, *Issue) bool { return true }
	if v.Query != "" {
		var err error
		if match, err = parseJQL(v.Query); err != nil {
			v.Wrong, match = err.Error(), func(*Jira, *Issue) bool { return false }
		}
	}
	for _, i := range j.sorted() {
		if j.mayWithIssue(v.Account, "BROWSE_PROJECTS", i) && match(j, i) {
			v.Issues = append(v.Issues, *i)
		}
	}
	if j.app != nil {
		for _, p := range j.projects {
			if j.mayInProject(v.Account, "BROWSE_PROJECTS", p) {
				v.Tabs = append(v.Tabs, j.tabs(v, p)...)
			}
		}
		if v.Admin {
			for _, m := range j.app.Modules.AdminPages {
				v.Tabs = append(v.Tabs, tab{"Site: " + m.Name.Value, "/admin/" + m.Key})
			}
		}
	}
	j.show(w, http.StatusOK, "overview.html", v)
}

func (j *Jira) tabs(v *visit, p *Project) []tab {
	var all []tab
	who := viewer{account: v.Account, project: p}
	for _, m := range j.app.Modules.JiraProjectPages {
		if j.hold(m.Conditions, who) {
			all = append(all, tab{p.Key + ": " + m.Name.Value, "/projects/" + p.Key + "/page/" + m.Key})
		}
	}
	if j.mayInProject(v.Account, "ADMINISTER_PROJECTS", p) {
		for _, m := range j.app.Modules.JiraProjectAdminTabPanels {
			if j.hold(m.Conditions, who) {
				all = append(all, tab{p.Key + " settings: " + m.Name.Value, "/projects/" + p.Key + "/settings/" + m.Key})
			}
		}
	}
	return all
}

func (j *Jira) issuePage(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.visit(r)
	i := j.find(r.PathValue("issue"))
	if i == nil || !j.mayWithIssue(v.Account, "BROWSE_PROJECTS", i) {
		j.missing(w, v, "This issue can't be found: it does not exist, or you may not see it.")
		return
	}
	if r.PathValue("issue") != i.Key {
		http.Redirect(w, r, v.Link("/browse/"+i.Key), http.StatusFound)
		return
	}
	shown := *i
	shown.Assignee = "Unassigned"
	if i.Assignee != "" {
		shown.Assignee = j.nameOf(i.Assignee)
	}
	v.Title, v.Issue, v.Project = i.Key+" "+i.Summary, &shown, j.projectOf(i)
	if j.app != nil && j.app.enabled {
		if err := j.fillIssue(v, i); err != nil {
			v.Wrong = err.Error()
		}
		v.Tabs = j.tabs(v, v.Project)
	}
	j.show(w, http.StatusOK, "issue.html", v)
}

// fillIssue opens the panels whose conditions hold; of the others the button is shown.
func (j *Jira) fillIssue(v *visit, i *Issue) error {
	who := viewer{v.Account, i, v.Project}
	for n := range j.app.Modules.JiraIssueContents {
		m := &j.app.Modules.JiraIssueContents[n]
		if !j.hold(m.Conditions, who) {
			continue
		}
		f := j.frameOf(m, i, v.Project)
		if j.hold(m.ContentPresentConditions, who) {
			var err error
			if f.URL, err = j.panelURL(m, Panel{m.Key, v.Account, f.Issue, f.Project}); err != nil {
				return err
			}
		}
		v.Content = append(v.Content, f)
	}
	for n := range j.app.Modules.JiraIssueContexts {
		m := &j.app.Modules.JiraIssueContexts[n]
		if !j.hold(m.Conditions, who) {
			continue
		}
		f := j.frameOf(m, i, v.Project)
		f.Label = cmp.Or(m.Content.Label.Value, m.Name.Value)
		if status, ok := i.Properties["com.atlassian.jira.issue:"+j.app.Key+":"+m.Key+":status"]; ok {
			if label, ok := valueAt(status, "value.label").(string); ok {
				f.Label = label
			}
		}
		v.Context = append(v.Context, f)
	}
	return nil
}

func (j *Jira) frameOf(m *module, i *Issue, p *Project) frame {
	f := frame{Module: m.Key, Name: m.Name.Value, Tooltip: m.Tooltip.Value}
	f.Window = fmt.Sprintf(`{"hostOrigin":%q,"addon_key":%q,"key":%q}`, j.origin(), j.app.Key, m.Key)
	if i != nil {
		f.Issue = strconv.FormatInt(i.ID, 10)
	}
	if p != nil {
		f.Project = strconv.FormatInt(p.ID, 10)
	}
	return f
}

func (j *Jira) projectPage(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.visit(r)
	p := j.project(r.PathValue("project"))
	need, list := "BROWSE_PROJECTS", []module(nil)
	if j.app != nil {
		list = j.app.Modules.JiraProjectPages
		if r.PathValue("kind") == "settings" {
			need, list = "ADMINISTER_PROJECTS", j.app.Modules.JiraProjectAdminTabPanels
		}
	}
	if p == nil || !j.mayInProject(v.Account, need, p) {
		j.missing(w, v, "This project can't be found: it does not exist, or you may not see this page of it.")
		return
	}
	v.Project = p
	j.modulePage(w, v, list, r.PathValue("module"), p)
}

func (j *Jira) adminPage(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.visit(r)
	if !v.Admin || j.app == nil {
		j.missing(w, v, "Only site admins may see this page.")
		return
	}
	j.modulePage(w, v, j.app.Modules.AdminPages, r.PathValue("module"), nil)
}

func (j *Jira) modulePage(w http.ResponseWriter, v *visit, list []module, key string, p *Project) {
	n := slices.IndexFunc(list, func(m module) bool { return m.Key == key })
	if n < 0 {
		j.missing(w, v, "The app has no such page.")
		return
	}
	f := j.frameOf(&list[n], nil, p)
	var err error
	if f.URL, err = j.panelURL(&list[n], Panel{key, v.Account, "", f.Project}); err != nil {
		v.Wrong = err.Error()
	}
	v.Title, v.Page = f.Name, &f
	if p != nil {
		v.Tabs = j.tabs(v, p)
	}
	j.show(w, http.StatusOK, "page.html", v)
}

func (j *Jira) missing(w http.ResponseWriter, v *visit, why string) {
	v.Title, v.Wrong = "Not found", why
	j.show(w, http.StatusNotFound, "page.html", v)
}

func (j *Jira) show(w http.ResponseWriter, status int, name string, v *visit) {
	frames := "'none'"
	if j.app != nil {
		if u, err := url.Parse(j.app.base); err == nil {
			frames = u.Scheme + "://" + u.Host
		}
	}
	var page strings.Builder
	if err := templates.ExecuteTemplate(&page, name, v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; frame-src "+frames)
	h.Set("Cache-Control", "no-store") // signed addresses last three minutes
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page.String()))
}

// bridgeToken is what the page asks for on behalf of a frame that calls AP.context.getToken.
func (j *Jira) bridgeToken(w http.ResponseWriter, r *http.Request) {
	token, err := j.ContextToken(panelOf(r))
	bridge(w, "token", token, err)
}

// bridgeFrame is a fresh address for a frame that is opened or loaded again.
func (j *Jira) bridgeFrame(w http.ResponseWriter, r *http.Request) {
	address, err := j.PanelURL(panelOf(r))
	bridge(w, "url", address, err)
}

func panelOf(r *http.Request) Panel {
	p := Panel{Module: r.FormValue("module"), Account: r.FormValue("user"), Issue: r.FormValue("issue"), Project: r.FormValue("project")}
	if p.Account == nobody {
		p.Account = ""
	}
	return p
}

func bridge(w http.ResponseWriter, name, value string, err error) {
	if err != nil {
		reply(w, http.StatusNotFound, problem(err.Error()))
		return
	}
	reply(w, http.StatusOK, map[string]any{name: value})
}
