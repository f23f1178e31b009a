package server

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/api/oidc/oidctest"
	"github.com/behavepro/behavepro/api/openapitest"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/outbound"
	"github.com/behavepro/behavepro/web"
)

// row is what a route is asked, and what callers get. A status of inside that is no success proves all the same that the door
// opened: the refusal is about what was asked.
type row struct {
	path    string // {name} stands for what the walk found: repo, lineage, push, token, hook, ticket
	body    string
	inside  int // a caller who may
	outside int // of another project, with the verb
	foreign int // of another tenant, with the verb
}

// walk has a row for every route of the daemon.
var walk = map[string]row{
	"GET /healthz":                                 {path: "/healthz", inside: 200},
	"GET /readyz":                                  {path: "/readyz", inside: 200},
	"GET /api/v1/version":                          {path: "/api/v1/version", inside: 200},
	"GET /api/v1/openapi.json":                     {path: "/api/v1/openapi.json", inside: 200},
	"GET /api/v1/repos":                            {path: "/api/v1/repos", inside: 200, outside: 200, foreign: 200},
	"POST /api/v1/repos":                           {path: "/api/v1/repos", body: `{"url":"/elsewhere","projects":["SHOP"]}`, inside: 422, outside: 403, foreign: 422},
	"GET /api/v1/repos/{repo}":                     {path: "/api/v1/repos/{repo}", inside: 200, outside: 404, foreign: 404},
	"PATCH /api/v1/repos/{repo}":                   {path: "/api/v1/repos/{repo}", body: `{"branches":["main"]}`, inside: 200, outside: 404, foreign: 404},
	"DELETE /api/v1/repos/{repo}":                  {path: "/api/v1/repos/{repo}", inside: 200, outside: 404, foreign: 404},
	"POST /api/v1/repos/{repo}/sync":               {path: "/api/v1/repos/{repo}/sync", inside: 202, outside: 404, foreign: 404},
	"PUT /api/v1/repos/{repo}/credential":          {path: "/api/v1/repos/{repo}/credential", body: `{"token":"x"}`, inside: 200, outside: 404, foreign: 404},
	"POST /api/v1/repos/{repo}/hook":               {path: "/api/v1/repos/{repo}/hook", inside: 200, outside: 404, foreign: 404},
	"GET /api/v1/repos/{repo}/features":            {path: "/api/v1/repos/{repo}/features", inside: 200, outside: 404, foreign: 404},
	"GET /api/v1/repos/{repo}/feature":             {path: "/api/v1/repos/{repo}/feature?path=features/cart.feature", inside: 200, outside: 404, foreign: 404},
	"GET /api/v1/repos/{repo}/results":             {path: "/api/v1/repos/{repo}/results?commit=main", inside: 200, outside: 404, foreign: 404},
	"GET /api/v1/issues/{key}":                     {path: "/api/v1/issues/SHOP-1", inside: 200, outside: 200, foreign: 200},
	"GET /api/v1/repos/{repo}/steps":               {path: "/api/v1/repos/{repo}/steps", inside: 200, outside: 404, foreign: 404},
	"GET /api/v1/repos/{repo}/history":             {path: "/api/v1/repos/{repo}/history?path=features/cart.feature&name=Pay", inside: 200, outside: 404, foreign: 404},
	"GET /api/v1/runs/{id}":                        {path: "/api/v1/runs/{push}", inside: 200, outside: 404, foreign: 404},
	"POST /api/v1/runs/complete":                   {path: "/api/v1/runs/complete", body: `{"repository":"walled","commit":"{commit}","run":"nightly"}`, inside: 200, outside: 404, foreign: 404},
	"GET /api/v1/gate":                             {path: "/api/v1/gate?issue=SHOP-1", inside: 200, outside: 200, foreign: 200},
	"POST /api/v1/results":                         {path: "/api/v1/results", body: "multipart", inside: 200, outside: 404, foreign: 404},
	"GET /api/v1/results/{id}":                     {path: "/api/v1/results/{push}", inside: 200, outside: 404, foreign: 404},
	"POST /api/v1/results/{id}/attachments":        {path: "/api/v1/results/{push}/attachments", body: `{"hashes":[]}`, inside: 200, outside: 404, foreign: 404},
	"PUT /api/v1/results/{id}/attachments/{hash}":  {path: "/api/v1/results/{push}/attachments/" + strings.Repeat("0", 64), body: "x", inside: 400, outside: 404, foreign: 404},
	"GET /api/v1/evidence/{project}":               {path: "/api/v1/evidence/SHOP", inside: 200, outside: 403, foreign: 200},
	"PATCH /api/v1/evidence/{project}":             {path: "/api/v1/evidence/SHOP", body: `{"days":90}`, inside: 200, outside: 403, foreign: 200},
	"GET /api/v1/tokens":                           {path: "/api/v1/tokens", inside: 200, outside: 403, foreign: 200},
	"POST /api/v1/tokens":                          {path: "/api/v1/tokens", body: `{"name":"x","projects":["SHOP"]}`, inside: 201, outside: 403, foreign: 201},
	"DELETE /api/v1/tokens/{id}":                   {path: "/api/v1/tokens/{token}", inside: 200, outside: 403, foreign: 404},
	"GET /api/v1/trusts":                           {path: "/api/v1/trusts", inside: 200, outside: 403, foreign: 200},
	"POST /api/v1/trusts":                          {path: "/api/v1/trusts", body: `{"projects":["SHOP"],"issuer":"https://ci.example.com","repositoryId":"1","ownerId":"2","refs":["refs/heads/*"],"events":["push"]}`, inside: 201, outside: 403, foreign: 201},
	"DELETE /api/v1/trusts/{id}":                   {path: "/api/v1/trusts/none", inside: 404, outside: 403, foreign: 404},
	"POST /api/v1/links":                           {path: "/api/v1/links", inside: 201, outside: 403, foreign: 201},
	"POST /api/v1/admin-token":                     {path: "/api/v1/admin-token", inside: 204, outside: 403, foreign: 403},
	"POST /api/v1/backup":                          {path: "/api/v1/backup", inside: 200, outside: 403, foreign: 403},
	"GET /api/v1/tenants":                          {path: "/api/v1/tenants", inside: 200, outside: 403, foreign: 403},
	"POST /api/v1/tenants/{id}/approve":            {path: "/api/v1/tenants/none/approve", body: "{}", inside: 404, outside: 403, foreign: 403},
	"POST /api/v1/tenants/{id}/join":               {path: "/api/v1/tenants/none/join", body: `{"old":"none"}`, inside: 404, outside: 403, foreign: 403},
	"DELETE /api/v1/tenants/{id}":                  {path: "/api/v1/tenants/none?site=none", inside: 404, outside: 403, foreign: 403},
	"POST /hooks/git/{id}":                         {path: "/hooks/git/{hook}", body: "{}", inside: 204},
	"PUT /REST/1.0/bdd/report":                     {path: "/REST/1.0/bdd/report", body: cartPassed, inside: 200, outside: 202, foreign: 202}, // waits under the caller's own projects
	"PUT /rest/behavepro/1.0/bdd":                  {path: "/rest/behavepro/1.0/bdd", body: cartPassed, inside: 200, outside: 202, foreign: 202},
	"PUT /rest/behavepro/1.0/bdd/report":           {path: "/rest/behavepro/1.0/bdd/report", body: cartPassed, inside: 200, outside: 202, foreign: 202},
	"GET /cli/{name}":                              {path: "/cli/none", inside: 404},
	"GET /open":                                    {path: "/open?ticket={ticket}", inside: 303},
	"GET /{$}":                                     {path: "/", inside: 200, outside: 200, foreign: 200},
	"GET /issues":                                  {path: "/issues?key=SHOP-1", inside: 303, outside: 303, foreign: 303},
	"GET /issues/{key}":                            {path: "/issues/SHOP-1", inside: 200, outside: 200, foreign: 200},
	"GET /repositories":                            {path: "/repositories", inside: 200, outside: 200, foreign: 200},
	"GET /repositories/{repo}":                     {path: "/repositories/{repo}", inside: 200, outside: 404, foreign: 404},
	"GET /repositories/{repo}/steps":               {path: "/repositories/{repo}/steps", inside: 200, outside: 404, foreign: 404},
	"GET /repositories/{repo}/problems":            {path: "/repositories/{repo}/problems", inside: 200, outside: 404, foreign: 404},
	"GET /repositories/{repo}/scenarios/{lineage}": {path: "/repositories/{repo}/scenarios/{lineage}", inside: 200, outside: 404, foreign: 404},
	"GET /repositories/{repo}/attachments/{hash}":  {path: "/repositories/{repo}/attachments/" + strings.Repeat("0", 64), inside: 404, outside: 404, foreign: 404},
	"GET /assets/{name}":                           {path: "/assets/none.css", inside: 404},

	"GET /settings":                                 {path: "/settings", inside: 200, outside: 200, foreign: 200},
	"GET /settings/connect":                         {path: "/settings/connect", inside: 200, outside: 200, foreign: 200},
	"POST /settings/connect":                        {path: "/settings/connect", body: "url=/elsewhere&projects=SHOP&do=connect", inside: 422, outside: 403, foreign: 422},
	"GET /settings/repositories/{repo}":             {path: "/settings/repositories/{repo}", inside: 200, outside: 404, foreign: 404},
	"POST /settings/repositories/{repo}/sync":       {path: "/settings/repositories/{repo}/sync", inside: 303, outside: 404, foreign: 404},
	"POST /settings/repositories/{repo}/change":     {path: "/settings/repositories/{repo}/change", body: "name=walled&branches=main&path=&projects=SHOP", inside: 303, outside: 404, foreign: 404},
	"POST /settings/repositories/{repo}/credential": {path: "/settings/repositories/{repo}/credential", body: "credential=none", inside: 303, outside: 404, foreign: 404},
	"POST /settings/repositories/{repo}/hook":       {path: "/settings/repositories/{repo}/hook", inside: 200, outside: 404, foreign: 404},
	"POST /settings/repositories/{repo}/remove":     {path: "/settings/repositories/{repo}/remove", body: "confirm=another", inside: 422, outside: 404, foreign: 404},
	"POST /settings/repositories/{repo}/offers":     {path: "/settings/repositories/{repo}/offers", body: "project=SEC&do=offer", inside: 400, outside: 404, foreign: 404}, // there is no site
	"POST /settings/offers/{repo}":                  {path: "/settings/offers/{repo}", body: "project=SHOP&do=accept", inside: 404, outside: 404, foreign: 404},            // nothing is offered
	"GET /settings/evidence/{project}":              {path: "/settings/evidence/SHOP", inside: 200, outside: 404, foreign: 200},
	"POST /settings/evidence/{project}":             {path: "/settings/evidence/SHOP", body: "keep=all&masks=&days=", inside: 303, outside: 404, foreign: 303},
	"GET /settings/tokens":                          {path: "/settings/tokens", inside: 200, outside: 200, foreign: 200},
	"POST /settings/tokens":                         {path: "/settings/tokens", body: "name=x&projects=SHOP&can=repos:read&expires=0", inside: 200, outside: 403, foreign: 200},
	"POST /settings/tokens/{id}/revoke":             {path: "/settings/tokens/{other-token}/revoke", inside: 303, outside: 404, foreign: 404},
	"GET /settings/trusts":                          {path: "/settings/trusts", inside: 200, outside: 403, foreign: 200},
	"POST /settings/trusts":                         {path: "/settings/trusts", body: "projects=SHOP&issuer={issuer}&repository-id=1&owner-id=2&refs=refs/heads/main&events=push", inside: 303, outside: 403, foreign: 303},
	"POST /settings/trusts/{id}/end":                {path: "/settings/trusts/none/end", inside: 404, outside: 403, foreign: 404},
}

// forAll reports whether a page of settings is for those who administer all projects.
func forAll(pattern string) bool { return strings.Contains(pattern, "/settings/trusts") }

// settles reports whether a route is one of the pages of settings, which ask for more than other pages.
func settles(r *web.Route) bool { return strings.Contains(r.Pattern, " /settings") }

const otherTenant behavepro.TenantID = "other"

// caller is somebody at a door.
type caller struct {
	who  string
	want int
	with func(*http.Request)
}

// TestDoors asks every route as everybody who must not get in, and then as somebody who may. A route without a row fails.
func TestDoors(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	routes := w.app.newHandler(w.endpoint, nil, nil).Routes()
	slices.SortStableFunc(routes, func(a, b web.Route) int { // what removes the repository comes last
		return strings.Compare(removes(&a), removes(&b))
	})
	known := maps.Clone(walk)
	maps.Copy(known, jiraWalk())
	w.rows = maps.Clone(known)
	for i := range routes {
		r := &routes[i]
		if _, ok := known[r.Pattern]; !ok {
			t.Errorf("route %s (%s) has no row here", r.Pattern, r.Auth)
			continue
		}
		delete(known, r.Pattern)
		if takes := r.Verb == access.ResultsWrite && !strings.HasPrefix(r.Pattern, "GET ") && !strings.Contains(r.Pattern, "/attachments"); takes != slices.Contains(pushRoutes, r.Pattern) {
			t.Errorf("route %s: whether it takes results in is %v, the metrics say %v", r.Pattern, takes, !takes)
		}
		for _, c := range w.callers(r) {
			w.try(r, &c)
		}
	}
	for pattern := range known {
		t.Errorf("row %s has no route", pattern)
	}
}

func removes(r *web.Route) string {
	switch r.Pattern {
	case "DELETE /api/v1/repos/{repo}", "POST /connect/uninstalled":
		return "last"
	}
	return ""
}

// walker is a testServer with everything that routes name.
type walker struct {
	*besideJira
	rows   map[string]row
	other  *jiratest.Jira // of another tenant
	commit behavepro.SHA
	names  *strings.Replacer
	spec   *openapitest.Checker
	ci     *oidctest.Issuer
	hook   behavepro.Secret
	served string // URL of a repository that the server may fetch over http; "" is none
	tried  int
}

func newWalker(t *testing.T) *walker {
	t.Helper()
	spec, err := openapitest.NewChecker(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	w := &walker{other: startShopJira(t), spec: spec, ci: oidctest.Start(t)}
	w.besideJira = startBesideJira(t, func(c *Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		c.MockJiras = append(c.MockJiras, w.other.BaseURL())
		c.OIDCIssuers = []string{w.ci.URL}
		c.Outbound = outbound.Policy{Networks: c.TrustedProxies}
	})
	w.commit = w.testServer.commit("shop", map[string]string{"features/cart.feature": cart})
	w.testServer.commit("pay", map[string]string{"features/pay.feature": "Feature: Pay\n  Scenario: Other\n    Given it\n"})
	shop := w.connect("shop", "walled", "SHOP")
	w.connect("pay", "pay", "PAY")
	acc := w.push(t.Context(), "walled", w.commit, cartPassed)
	features, err := w.admin().Features(t.Context(), "walled", "")
	if err != nil {
		t.Fatal(err)
	}
	made, err := w.admin().CreateToken(t.Context(), client.CreateToken{Name: "goes", Projects: []behavepro.ProjectKey{"SHOP"}})
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.admin().CreateToken(t.Context(), client.CreateToken{Name: "goes too", Projects: []behavepro.ProjectKey{"SHOP"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, trust := range []client.AddTrust{
		{Name: "SHOP's job", Projects: []behavepro.ProjectKey{"SHOP"}, RepositoryID: "1001", Gate: true},
		{Name: "PAY's job", Projects: []behavepro.ProjectKey{"PAY"}, RepositoryID: "1002", Gate: true},
		{Name: "a job that pushes only", Projects: []behavepro.ProjectKey{"SHOP"}, RepositoryID: "1004"},
	} {
		trust.Issuer, trust.OwnerID, trust.Refs, trust.Events = w.ci.URL, "77", []string{"refs/heads/*"}, []string{"push"}
		if _, err := w.admin().AddTrust(t.Context(), trust); err != nil {
			t.Fatal(err)
		}
	}
	payHook, err := w.admin().RotateHook(t.Context(), "pay")
	if err != nil {
		t.Fatal(err)
	}
	w.hook = behavepro.NewSecret(payHook.Secret)
	if err := w.app.store.CreateTenant(t.Context(), otherTenant); err != nil {
		t.Fatal(err)
	}
	ticket, err := w.app.registry.NewTicket(t.Context(), access.Ticket{Grant: grant(behavepro.Local, "SHOP"), Until: time.Now().Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	names := append(w.letIn(), "{repo}", string(shop.Repository.ID), "{lineage}", features.Features[0].Scenarios[0].Lineage.String(),
		"{push}", url.PathEscape(acc.ID), "{token}", made.Token.ID, "{other-token}", other.Token.ID, "{hook}", payHook.URL[strings.LastIndexByte(payHook.URL, '/')+1:],
		"{ticket}", ticket.Reveal(), "{commit}", w.commit.String(), "{issuer}", w.ci.URL)
	w.names = strings.NewReplacer(names...)
	return w
}

func grant(tenant behavepro.TenantID, project behavepro.ProjectKey, verbs ...access.Verb) access.Grant {
	if len(verbs) == 0 {
		verbs = []access.Verb{access.ResultsRead, access.ReposRead}
	}
	return access.Grant{Tenant: tenant, Projects: []behavepro.ProjectKey{project}, Verbs: verbs}
}

// callers are those who try a route, the one who may last.
func (w *walker) callers(r *web.Route) []caller {
	is := w.rows[r.Pattern]
	nobody := func(*http.Request) {}
	switch r.Auth {
	case web.Public:
		return []caller{{"nobody", is.inside, nobody}}
	case web.Token:
		return w.tokenCallers(r, is)
	case web.Session:
		return w.sessionCallers(r, is)
	case web.Hook:
		return []caller{
			{"nobody", 401, nobody},
			{"a wrong secret", 401, header("X-Gitlab-Token", "wrong")},
			{"a wrong signature", 401, header("X-Hub-Signature-256", "sha256=00")},
			{"an API token", 401, bearer(w.token(behavepro.Local, time.Time{}, "", access.Admin))},
			{"its secret", is.inside, header("X-Gitlab-Token", w.hook.Reveal())},
		}
	case web.Signed:
		return w.signedCallers(r, is)
	}
	w.t.Errorf("route %s: nobody walks the door %s", r.Pattern, r.Auth)
	return nil
}

func (w *walker) tokenCallers(r *web.Route, is row) []caller {
	all := []access.Verb{access.ResultsRead, access.ResultsWrite, access.ReposRead, access.ReposWrite}
	with := all
	if r.Verb == access.Admin {
		with = []access.Verb{access.Admin}
	}
	project, foreign := behavepro.ProjectKey("SHOP"), behavepro.ProjectKey("SHOP")
	if r.Reach == web.WholeTenant {
		project, foreign = "", ""
	}
	job, otherJob := 403, 403 // of a CI service; the routes for them are few
	if r.Job {
		job, otherJob = is.inside, is.outside
	}
	if r.Job && r.Reach == web.InPush {
		job = 404 // it pushed another one
	}
	pushing := job
	if r.Verb != access.ResultsWrite {
		pushing = 403
	}
	without := slices.DeleteFunc(slices.Clone(all), func(v access.Verb) bool { return v == r.Verb })
	return []caller{
		{"nobody", 401, func(*http.Request) {}},
		{"a wrong token", 401, bearer(behavepro.NewSecret("bp_aaaaaaaaaaaaaaaaaaaa_bbbb"))},
		{"a session", 401, w.cookie(grant(behavepro.Local, "SHOP", access.Admin), time.Now())},
		{"an expired token", 401, bearer(w.token(behavepro.Local, time.Now().Add(-time.Minute), project, with...))},
		{"a token without the verb", 403, bearer(w.token(behavepro.Local, time.Time{}, project, without...))},
		{"a token of another project", is.outside, bearer(w.token(behavepro.Local, time.Time{}, "PAY", with...))},
		{"a token of another tenant", is.foreign, bearer(w.token(otherTenant, time.Time{}, foreign, with...))},
		{"a CI job that nobody trusts", 403, w.jobToken("1003", w.endpoint.url)},
		{"a CI job for another server", 401, w.jobToken("1001", "https://elsewhere.example.com")},
		{"a CI job for another tenant", 403, w.jobToken("1001", w.endpoint.url+"/"+string(otherTenant))},
		{"a CI job of another project", otherJob, w.jobToken("1002", w.endpoint.url)},
		{"a token with a job that pushes only", pushing, w.jobToken("1004", w.endpoint.url)},
		{"a token with a job", job, w.jobToken("1001", w.endpoint.url)},
		{"a token with the verb", is.inside, bearer(w.token(behavepro.Local, time.Time{}, project, r.Verb))},
	}
}

func (w *walker) sessionCallers(r *web.Route, is row) []caller {
	now := time.Now()
	var may []access.Verb
	if settles(r) {
		may = []access.Verb{access.Admin}
	}
	of := func(tenant behavepro.TenantID) access.Grant {
		g := grant(tenant, "SHOP", may...)
		if forAll(r.Pattern) {
			g.Projects, g.AllProjects = nil, true
		}
		return g
	}
	return []caller{
		{"nobody", 401, func(*http.Request) {}},
		{"a wrong cookie", 401, header("Cookie", w.endpoint.cookie()+"=wrong")},
		{"an API token", 401, bearer(w.token(behavepro.Local, time.Time{}, "", access.Admin))},
		{"an expired session", 401, w.cookie(grant(behavepro.Local, "SHOP"), now.Add(-2*time.Hour))},
		{"a session without the verb", 403, w.cookie(grant(behavepro.Local, "SHOP", access.ResultsWrite), now)},
		{"a session of another project", is.outside, w.cookie(grant(behavepro.Local, "PAY", may...), now)},
		{"a session of another tenant", is.foreign, w.cookie(of(otherTenant), now)},
		{"a session", is.inside, w.cookie(of(behavepro.Local), now)},
	}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func bearer(token behavepro.Secret) func(*http.Request) {
	return header("Authorization", "Bearer "+token.Reveal())
}

// jobToken is the ID token of a CI job of a repository, for an audience.
func (w *walker) jobToken(repository, audience string) func(*http.Request) {
	claims := w.ci.GitHub(audience, w.commit.String(), time.Now())
	claims["repository_id"] = repository
	return bearer(behavepro.NewSecret(w.ci.Sign(claims)))
}

// cookie opens a session that began then and lasts an hour.
func (w *walker) cookie(g access.Grant, began time.Time) func(*http.Request) {
	c := w.session(g, began)
	return func(r *http.Request) { r.AddCookie(c) }
}

// try asks a route as a caller. Only who may is told anything of the repository.
func (w *walker) try(r *web.Route, c *caller) {
	w.t.Helper()
	is := w.rows[r.Pattern]
	method, _, _ := strings.Cut(r.Pattern, " ")
	body, media := w.told(is.body), "application/json"
	if settles(r) || strings.Contains(r.Pattern, "/settings/") && r.Auth == web.Signed {
		media = "application/x-www-form-urlencoded"
	}
	if body == "multipart" {
		media = "multipart/form-data; boundary=b"
		body = "--b\r\nContent-Disposition: form-data; name=\"push\"\r\n\r\n" + `{"repository":"` + w.names.Replace("{repo}") + `","commit":"` + w.commit.String() + `"}` +
			"\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.json\"\r\n\r\n" + cartPassed + "\r\n--b--\r\n"
	}
	w.tried++
	got := w.ask(method, w.names.Replace(is.path), body, func(req *http.Request) {
		req.Header.Set("Content-Type", media)
		req.Header.Set("X-COMMIT-ID", w.commit.String())
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", w.tried%250)) // too many failures from one address close it
		c.with(req)
	})
	if got.status != c.want {
		w.t.Errorf("%s as %s: status %d, want %d: %.300s", r.Pattern, c.who, got.status, c.want, got.body)
	}
	if openapitest.Described(r) {
		if err := w.spec.Answer(r, got.status, got.header, []byte(got.body)); err != nil {
			w.t.Errorf("as %s: %v: %.300s", c.who, err, got.body)
		}
	}
	inside := strings.HasPrefix(c.who, "a token with ") || c.who == "a session" || c.who == "who may"
	for _, secret := range []string{"walled", "features/cart.feature", filepath.Join(w.repos, "shop")} {
		if !inside && strings.Contains(got.body, secret) && !strings.Contains(is.path+is.body, secret) {
			w.t.Errorf("%s as %s tells %q: %.300s", r.Pattern, c.who, secret, got.body)
		}
	}
}
