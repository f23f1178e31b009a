package server

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/web"
)

// framePages are the pages that a frame in Jira goes on to. outside is somebody of another project, foreign of another site.
var framePages = map[string]row{
	"GET /{$}":                                     {path: "/", inside: 200, outside: 200, foreign: 200},
	"GET /issues":                                  {path: "/issues?key=SHOP-1", inside: 303, outside: 303, foreign: 303},
	"GET /issues/{key}":                            {path: "/issues/SHOP-1", inside: 200, outside: 404, foreign: 200},
	"GET /repositories":                            {path: "/repositories", inside: 200, outside: 200, foreign: 200},
	"GET /repositories/{repo}":                     {path: "/repositories/{repo}", inside: 200, outside: 404, foreign: 404},
	"GET /repositories/{repo}/steps":               {path: "/repositories/{repo}/steps", inside: 200, outside: 404, foreign: 404},
	"GET /repositories/{repo}/problems":            {path: "/repositories/{repo}/problems", inside: 200, outside: 404, foreign: 404},
	"GET /repositories/{repo}/scenarios/{lineage}": {path: "/repositories/{repo}/scenarios/{lineage}", inside: 200, outside: 404, foreign: 404},
	"GET /repositories/{repo}/attachments/{hash}":  {path: "/repositories/{repo}/attachments/" + strings.Repeat("0", 64), inside: 404, outside: 404, foreign: 404},
	"GET /assets/{name}":                           {path: "/assets/none.css", inside: 404},
}

// visitors are who may open a module's page, and where: who sees as much elsewhere is site admin there.
var visitors = map[connect.Module]struct{ in, elsewhere jiratest.Panel }{
	connect.ScenariosModule:     {jiratest.Panel{Account: "acc-reader", Issue: "SHOP-1"}, jiratest.Panel{Account: "acc-admin", Issue: "PAY-1"}},
	connect.StatusModule:        {jiratest.Panel{Account: "acc-reader", Issue: "SHOP-1"}, jiratest.Panel{Account: "acc-admin", Issue: "PAY-1"}},
	connect.DocumentationModule: {jiratest.Panel{Account: "acc-reader", Project: "SHOP"}, jiratest.Panel{Account: "acc-admin", Project: "PAY"}},
	connect.SettingsModule:      {jiratest.Panel{Account: "acc-dev", Project: "SHOP"}, jiratest.Panel{Account: "acc-admin", Project: "PAY"}},
	connect.SiteModule:          {in: jiratest.Panel{Account: "acc-admin"}},
}

// jiraWalk has a row for every route of Jira's door.
func jiraWalk() map[string]row {
	rows := map[string]row{
		"GET /atlassian-connect.json":   {path: "/atlassian-connect.json", inside: 200},
		"GET /connect/icon.svg":         {path: "/connect/icon.svg", inside: 200},
		"POST /connect/installed":       {path: "/connect/installed", body: "{installed}", inside: 204},
		"POST /connect/uninstalled":     {path: "/connect/uninstalled", body: "{uninstalled}", inside: 204},
		"POST /connect/enabled":         {path: "/connect/enabled", body: "{enabled}", inside: 204, foreign: 401},
		"POST /connect/disabled":        {path: "/connect/disabled", body: "{disabled}", inside: 204, foreign: 401},
		"POST /connect/webhooks":        {path: "/connect/webhooks", body: `{"webhookEvent":"project_created"}`, inside: 204, foreign: 204},
		"POST /connect/tokens/{module}": {path: "/connect/tokens/scenarios", inside: 200, foreign: 200},
	}
	for module := range visitors {
		panel := "/connect/panels/" + string(module)
		rows["GET "+panel] = row{path: panel, inside: 200, outside: 200, foreign: 200}
		for pattern, is := range pagesOf(module) {
			method, path, _ := strings.Cut(pattern, " ")
			base := "/connect/frames/" + string(module)
			is.path = base + is.path
			rows[method+" "+base+path] = is
		}
	}
	return rows
}

// pagesOf are the pages that a module's frame goes on to. Settings are those of the local pages.
func pagesOf(module connect.Module) map[string]row {
	rows := maps.Clone(framePages)
	if visitors[module].in.Issue == "" {
		is := rows["GET /issues/{key}"]
		is.inside, is.outside, is.foreign = 404, 404, 404 // it is in the issue
		rows["GET /issues/{key}"] = is
	}
	if module != connect.SettingsModule && module != connect.SiteModule {
		return rows
	}
	for pattern, is := range walk {
		if strings.Contains(pattern, " /settings") {
			is.path = strings.Replace(is.path, "{other-token}", "{token of "+string(module)+"}", 1)
			if module == connect.SettingsModule && strings.HasSuffix(pattern, "/settings/connect") {
				is.inside, is.foreign = 403, 403 // that takes a site admin's leave
			}
			if module == connect.SettingsModule && forAll(pattern) {
				is.inside, is.foreign = 403, 403 // a project's admin decides for that project alone
			}
			if strings.HasSuffix(pattern, "/offers") {
				is.inside = 303 // here are projects that could accept it
			}
			rows[pattern] = is
		}
	}
	if module == connect.SiteModule {
		rows["POST /settings/site"] = row{path: "/settings/site", body: "project-admins=yes", inside: 303, foreign: 303}
	}
	return rows
}

// letIn makes the site show what the testServer holds, and the other one a tenant of its own. It returns names of what pages of settings
// name.
func (w *walker) letIn() (names []string) {
	w.t.Helper()
	w.jira.MustInstall(w.t, w.endpoint.url)
	if _, err := w.admin().ApproveTenant(w.t.Context(), hostOf(w.jira), client.ApproveTenant{Local: true}); err != nil {
		w.t.Fatal(err)
	}
	w.install(w.other)
	w.jira.Skew(2 * time.Second) // tokens tell whole seconds, and an install is newer than the one before
	for _, module := range []connect.Module{connect.SettingsModule, connect.SiteModule} {
		made, err := w.admin().CreateToken(w.t.Context(), client.CreateToken{Name: "goes", Projects: []behavepro.ProjectKey{"SHOP"}})
		if err != nil {
			w.t.Fatal(err)
		}
		names = append(names, "{token of "+string(module)+"}", made.Token.ID)
	}
	return names
}

// told fills in what Jira tells of its events.
func (w *walker) told(body string) string {
	w.t.Helper()
	event := strings.Trim(body, "{}")
	if body != "{"+event+"}" || event == "" || strings.ContainsAny(event, `":`) {
		return w.names.Replace(body)
	}
	secret := ""
	if event == "installed" {
		secret = w.jira.Secret()
	}
	about, err := w.jira.LifecycleBody(event, secret)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := json.Marshal(about)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// signer makes the token of a request to a target.
type signer func(j *jiratest.Jira, p jiratest.Panel, method, target string) (string, error)

func urlBound(j *jiratest.Jira, p jiratest.Panel, method, target string) (string, error) {
	claims, err := j.URLClaims(p.Account, method, target, p.Issue, p.Project)
	if err != nil {
		return "", err
	}
	return j.Sign(claims)
}

func contextBound(j *jiratest.Jira, p jiratest.Panel, _, _ string) (string, error) {
	return j.ContextToken(p)
}

// asAtlassian signs as installs are signed.
func asAtlassian(j *jiratest.Jira, _ jiratest.Panel, _, target string) (string, error) {
	claims, err := j.LifecycleClaims(strings.TrimPrefix(target, "/connect"))
	if err != nil {
		return "", err
	}
	return j.SignRS256("", claims)
}

// forged signs with the other site's secret, and says that it is ours.
func (w *walker) forged(j *jiratest.Jira, p jiratest.Panel, method, target string) (string, error) {
	claims, err := j.URLClaims(p.Account, method, target, p.Issue, p.Project)
	if err != nil {
		return "", err
	}
	return w.other.Sign(claims)
}

func (w *walker) signed(j *jiratest.Jira, p jiratest.Panel, sign signer, off time.Duration) func(*http.Request) {
	return func(r *http.Request) {
		w.t.Helper()
		j.Skew(off)
		defer j.Skew(2 * time.Second)
		token, err := sign(j, p, r.Method, r.URL.RequestURI())
		if err != nil {
			w.t.Fatal(err)
		}
		r.Header.Set("Authorization", "JWT "+token)
	}
}

// signedCallers are those who try a route of Jira's door.
func (w *walker) signedCallers(r *web.Route, is row) []caller {
	module := connect.ScenariosModule
	if parts := strings.Split(r.Pattern, "/"); len(parts) > 3 && visitors[connect.Module(parts[3])].in.Account != "" {
		module = connect.Module(parts[3])
	}
	who, sign, wrong := visitors[module], signer(contextBound), signer(urlBound)
	form := strings.HasPrefix(r.Pattern, "POST ") && strings.Contains(r.Pattern, "/frames/")
	page := strings.Contains(r.Pattern, "/frames/") || strings.Contains(r.Pattern, "/panels/")
	life := strings.HasSuffix(r.Pattern, "installed")
	switch {
	case life:
		sign = asAtlassian
	case !strings.Contains(r.Pattern, "/frames/") && !strings.Contains(r.Pattern, "/tokens/"):
		sign, wrong = urlBound, contextBound
	}
	with := func(j *jiratest.Jira, p jiratest.Panel) func(*http.Request) {
		if form {
			return w.filled(j, p, module, w.names.Replace(is.body))
		}
		return w.signed(j, p, sign, 2*time.Second)
	}
	all := []caller{
		{"nobody", 401, func(*http.Request) {}},
		{"an API token", 401, bearer(w.token("local", time.Time{}, "", "admin"))},
		{"an expired token", 401, w.signed(w.jira, who.in, sign, -time.Hour)},
		{"another kind of token", 401, w.signed(w.jira, who.in, wrong, 0)},
		{"another site's secret", 401, w.signed(w.jira, who.in, w.forged, 0)},
	}
	if form {
		all = append(all, caller{"a page's token in the header", 403, w.signed(w.jira, who.in, sign, 2*time.Second)})
	}
	if !life {
		all = append(all, caller{"another site", is.foreign, with(w.other, who.in)})
	}
	if page {
		outsider := who.in
		outsider.Account = "acc-outsider"
		all = append(all, caller{"an outsider", 403, with(w.jira, outsider)})
		outsider.Account = ""
		all = append(all, caller{"somebody who is not signed in", 401, with(w.jira, outsider)})
		if who.elsewhere.Account != "" {
			all = append(all, caller{"somebody of another project", is.outside, with(w.jira, who.elsewhere)})
		}
	}
	return append(all, caller{"who may", is.inside, with(w.jira, who.in)})
}

// filled is the form of a page that a visitor was shown, with the page's own token.
func (w *walker) filled(j *jiratest.Jira, p jiratest.Panel, module connect.Module, body string) func(*http.Request) {
	return func(r *http.Request) {
		w.t.Helper()
		shown, err := http.NewRequestWithContext(r.Context(), http.MethodGet, w.endpoint.url+"/", http.NoBody)
		if err != nil {
			w.t.Fatal(err)
		}
		w.signed(j, p, contextBound, 0)(shown)
		v, err := w.app.connect.Visit(shown, connect.ContextBound, module)
		if err != nil {
			w.t.Fatal(err)
		}
		token, err := w.app.connect.ContextToken(v, module)
		if err != nil {
			w.t.Fatal(err)
		}
		text := connect.ContextField + "=" + token.Reveal() + "&" + body
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
}
