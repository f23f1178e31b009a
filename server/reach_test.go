package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	gitsync "github.com/behavepro/behavepro/sync"
)

// TestReachOnAllSurfaces compares what pages, API and command line show and allow of one repository: to the project that connected it,
// to one that accepted it, to a stranger, and to another tenant.
func TestReachOnAllSurfaces(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	commit := h.commit("shop", map[string]string{"features/cart.feature": cart})
	shop := h.connect("shop", "walled", "SHOP")
	push := h.push(t.Context(), "walled", commit, cartPassed)
	sharedWith := []behavepro.ProjectKey{"PAY"}
	if _, err := h.app.service.Change(t.Context(), behavepro.Change{}, behavepro.Local, shop.Repository.ID, gitsync.RepositoryChange{Guests: &sharedWith}); err != nil {
		t.Fatal(err)
	}
	if err := h.app.store.CreateTenant(t.Context(), otherTenant); err != nil {
		t.Fatal(err)
	}
	if _, err := h.admin().Repository(t.Context(), "walled", 50*time.Second); err != nil { // the change asked for a sync
		t.Fatal(err)
	}
	admin := access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.Admin}}
	form := (&reacher{testServer: h, t: t, page: h.session(admin, time.Now())}).get("/settings/repositories/" + string(shop.Repository.ID)).body
	if !strings.Contains(form, `name="projects" type="text" value="SHOP"`) {
		t.Errorf("saving the settings would make a project that accepted the repository one of its owners:\n%s", form)
	}
	for _, c := range []struct {
		who          string
		tenant       behavepro.TenantID
		project      behavepro.ProjectKey
		read         bool
		push, change int // status
	}{
		{"a stranger", behavepro.Local, "SEC", false, 404, 404},
		{"another tenant", otherTenant, "SHOP", false, 404, 404},
		{"a project that accepted it", behavepro.Local, "PAY", true, 404, 403},
		{"a project that connected it", behavepro.Local, "SHOP", true, 200, 200},
	} {
		r := &reacher{testServer: h, t: t, repository: shop.Repository.ID, commit: commit, push: push.ID}
		r.page = r.session(access.Grant{Tenant: c.tenant, Projects: []behavepro.ProjectKey{c.project}, Verbs: []access.Verb{access.Admin}}, time.Now())
		r.token = r.testServer.token(c.tenant, time.Time{}, c.project, access.ResultsRead, access.ResultsWrite, access.ReposRead, access.ReposWrite)
		for surface, reads := range map[string]map[string]bool{"page": r.pagesShow(), "API": r.apiShows(), "command line": r.cliShows()} {
			for what, got := range reads {
				if got != c.read {
					t.Errorf("%s: %s of the %s: reached %v, want %v", c.who, what, surface, got, c.read)
				}
			}
		}
		for surface, got := range r.changes() {
			if got != c.change {
				t.Errorf("%s: change by %s: status %d, want %d", c.who, surface, got, c.change)
			}
		}
		if got := r.pushes(); got != c.push {
			t.Errorf("%s: a push of results: status %d, want %d", c.who, got, c.push)
		}
	}
}

// reacher tries to reach one repository by a session and by a token of equal reach.
type reacher struct {
	*testServer
	t          *testing.T
	page       *http.Cookie
	token      behavepro.Secret
	repository behavepro.RepositoryID
	commit     behavepro.SHA
	push       string
}

func (r *reacher) get(path string) answered {
	r.t.Helper()
	return r.ask(http.MethodGet, path, "", func(req *http.Request) { req.AddCookie(r.page) })
}

func (r *reacher) call(method, path, body string) answered {
	r.t.Helper()
	return r.ask(method, path, body, func(req *http.Request) {
		bearer(r.token)(req)
		req.Header.Set("Content-Type", "application/json")
	})
}

func (r *reacher) pagesShow() map[string]bool {
	one := "/repositories/" + string(r.repository)
	return map[string]bool{
		"the list":     strings.Contains(r.get("/repositories").body, "walled"),
		"the features": r.get(one).status == http.StatusOK,
		"the problems": r.get(one+"/problems").status == http.StatusOK,
		"the settings": r.get("/settings"+one).status == http.StatusOK,
		"an issue":     strings.Contains(r.get("/issues/SHOP-1").body, "walled"),
	}
}

func (r *reacher) apiShows() map[string]bool {
	one := "/api/v1/repos/" + string(r.repository)
	return map[string]bool{
		"the list":     strings.Contains(r.call("GET", "/api/v1/repos", "").body, "walled"),
		"itself":       r.call("GET", one, "").status == http.StatusOK,
		"the features": r.call("GET", one+"/features", "").status == http.StatusOK,
		"the results":  r.call("GET", one+"/results?commit=main", "").status == http.StatusOK,
		"a run":        r.call("GET", "/api/v1/runs/"+url.PathEscape(r.push), "").status == http.StatusOK,
		"an issue":     strings.Contains(r.call("GET", "/api/v1/issues/SHOP-1", "").body, "walled"),
		"a gate":       strings.Contains(r.call("GET", "/api/v1/gate?issue=SHOP-1", "").body, `"verdict":"open"`),
	}
}

func (r *reacher) cliShows() map[string]bool {
	var list client.RepositoryList
	text, code := r.run("repos", "list", "--json")
	if err := json.Unmarshal([]byte(text), &list); err != nil || code != 0 {
		r.t.Errorf("repos list: exit %d, %v\n%s", code, err, text)
	}
	_, show := r.run("repos", "show", "walled")
	_, features := r.run("features", "list", "--repo", "walled")
	issue, _ := r.run("issues", "show", "SHOP-1", "--json")
	_, gate := r.run("gate", "--issue", "SHOP-1")
	return map[string]bool{
		"the list":     slices.ContainsFunc(list.Repositories, func(one client.Repository) bool { return one.ID == r.repository }),
		"itself":       show == 0,
		"the features": features == 0,
		"an issue":     strings.Contains(issue, "walled"),
		"a gate":       gate == 0,
	}
}

// run runs behavepro with the token and returns its output and exit code.
func (r *reacher) run(args ...string) (stdout string, code int) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), builtCommand(r.t), args...)
	cmd.Dir, cmd.Env = r.t.TempDir(), append(os.Environ(), "BEHAVEPRO_URL="+r.endpoint.local, "BEHAVEPRO_TOKEN="+r.token.Reveal())
	text, err := cmd.Output()
	if cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// changes tries to change the settings on each surface and returns the status that a caller of the API would get.
func (r *reacher) changes() map[string]int {
	form := r.ask(http.MethodPost, "/settings/repositories/"+string(r.repository)+"/change", "name=walled&branches=main&path=&projects=SHOP", func(req *http.Request) {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.AddCookie(r.page)
	}).status
	if form == http.StatusSeeOther {
		form = http.StatusOK
	}
	cli := http.StatusOK
	switch _, code := r.run("repos", "set", "walled", "--branches", "main"); code {
	case 0:
	case 4:
		cli = http.StatusForbidden
	default:
		cli = http.StatusNotFound
	}
	return map[string]int{"page": form, "API": r.call("PATCH", "/api/v1/repos/"+string(r.repository), `{"branches":["main"]}`).status, "command line": cli}
}

func (r *reacher) pushes() int {
	return r.call("POST", "/api/v1/runs/complete", `{"repository":"walled","commit":"`+r.commit.String()+`","run":"nightly"}`).status
}
