package server

import (
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/jobs"
	gitsync "github.com/behavepro/behavepro/sync"
	"github.com/behavepro/behavepro/web"
)

// besideJira is a testServer with a Jira that may install the app.
type besideJira struct {
	*testServer
	jira *jiratest.Jira
}

func startBesideJira(t *testing.T, change func(*Config)) *besideJira {
	t.Helper()
	j := startShopJira(t)
	return &besideJira{jira: j, testServer: startTestServer(t, func(c *Config) {
		c.MockJiras = []string{j.BaseURL()}
		if change != nil {
			change(c)
		}
	})}
}

// startShopJira starts a Jira whose project SHOP the outsider may not see.
func startShopJira(t *testing.T) *jiratest.Jira {
	t.Helper()
	j := jiratest.Start(t, jiratest.Options{})
	in := []string{"acc-admin", "acc-dev", "acc-reader"}
	j.AddProject(jiratest.Project{Key: "SHOP", Lead: "acc-dev", Browse: in, Edit: in[:2]})
	j.AddProject(jiratest.Project{Key: "PAY", Lead: "acc-admin", Browse: in[:1], Edit: in[:1]})
	for _, key := range []string{"SHOP-1", "SHOP-2", "PAY-1"} {
		if _, _, err := j.AddIssue(jiratest.Issue{Key: key, Summary: "About " + key}); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// install installs the app into a site and approves it; its tenant is returned.
func (b *besideJira) install(j *jiratest.Jira) behavepro.TenantID {
	b.t.Helper()
	j.MustInstall(b.t, b.endpoint.url)
	return b.approve(j)
}

func (b *besideJira) approve(j *jiratest.Jira) behavepro.TenantID {
	b.t.Helper()
	told, err := b.admin().ApproveTenant(b.t.Context(), hostOf(j), client.ApproveTenant{})
	if err != nil {
		b.t.Fatal(err)
	}
	return told.ID
}

func hostOf(j *jiratest.Jira) string { return strings.TrimPrefix(j.BaseURL(), "http://") }

// connectTo adds a repository of the testServer to a tenant and waits for its import.
func (b *besideJira) connectTo(tenant behavepro.TenantID, repo, name string, project behavepro.ProjectKey) (*client.Client, behavepro.RepositoryID) {
	b.t.Helper()
	added, _, err := b.app.service.Add(b.t.Context(), behavepro.Change{}, tenant, gitsync.NewRepository{
		URL: filepath.Join(b.repos, repo), Name: name, Projects: []behavepro.ProjectKey{project}, AllowLocal: true,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	c := b.client(b.token(tenant, time.Time{}, "", access.Verbs()...))
	if _, err := c.Repository(b.t.Context(), name, 50*time.Second); err != nil {
		b.t.Fatal(err)
	}
	return c, added.ID
}

// open opens a module's page as Jira does.
func (b *besideJira) open(j *jiratest.Jira, p jiratest.Panel) answered {
	b.t.Helper()
	address, err := j.PanelURL(p)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.ask("GET", strings.TrimPrefix(address, b.endpoint.url), "", nil)
}

func (b *besideJira) wantStatus(what string, got answered, status int, holds ...string) {
	b.t.Helper()
	if got.status != status {
		b.t.Errorf("%s: status %d, want %d: %.500s", what, got.status, status, got.body)
	}
	wantTexts(b.t, what, got.body, holds...)
	if status >= http.StatusBadRequest && strings.Contains(got.body, "</b> a cart") {
		b.t.Errorf("%s tells a scenario: %.500s", what, got.body)
	}
}

var reader = jiratest.Panel{Module: string(connect.ScenariosModule), Account: "acc-reader", Issue: "SHOP-1"}

// TestJira installs the app, lets it in, shows an issue's panel, tells Jira the results, and takes the app away.
func TestJira(t *testing.T) {
	t.Parallel()
	b := startBesideJira(t, nil)
	commit := b.commit("shop", map[string]string{"features/cart.feature": cart})
	b.jira.MustInstall(t, b.endpoint.url)
	b.wantStatus("a site that nobody approved", b.open(b.jira, reader), http.StatusForbidden, "waits for the approval")
	tenant := b.approve(b.jira)

	c, _ := b.connectTo(tenant, "shop", "shop", "SHOP")
	if _, err := c.PushResults(t.Context(), client.Upload{
		Push: client.Push{Repository: "shop", Commit: commit, WaitSeconds: 50}, Files: []client.ReportFile{reportFile("r.json", cartPassed)},
	}); err != nil {
		t.Fatal(err)
	}
	panel := b.open(b.jira, reader)
	b.wantStatus("the panel", panel, http.StatusOK, "Pay", "</b> a cart", "passed", b.jira.BaseURL()+"/all.js")
	if policy := panel.header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors "+b.jira.BaseURL()) {
		t.Errorf("the panel may be framed by: %s", policy)
	}
	outsider := reader
	outsider.Account = "acc-outsider"
	b.wantStatus("the panel for an outsider", b.open(b.jira, outsider), http.StatusForbidden)

	b.jira.Skew(-time.Hour)
	b.wantStatus("an expired address", b.open(b.jira, reader), http.StatusUnauthorized)
	b.jira.Skew(0)

	b.waitFor("the results in Jira", func() bool {
		found, err := b.jira.Search("acc-dev", "behavepro.passed > 0")
		return err == nil && slices.Equal(found, []string{"SHOP-1"})
	})
	before := b.jira.Requests()
	if err := b.jira.EditIssue("SHOP-1", func(i *jiratest.Issue) { i.Summary = "Pay at once" }); err != nil {
		t.Fatal(err)
	}
	if err := b.jira.Fire(t.Context(), "jira:issue_updated", "SHOP-1"); err != nil {
		t.Fatal(err)
	}
	b.waitFor("the issue to be read again", func() bool { return b.summary(tenant, "SHOP-1") == "Pay at once" })
	if len(before) == len(b.jira.Requests()) {
		t.Error("a hint was believed without asking Jira")
	}

	if _, err := c.RemoveRepository(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	b.waitFor("the end of the links in Jira", func() bool {
		found, err := b.jira.Search("acc-dev", `behavepro.status = "none"`)
		return err == nil && slices.Equal(found, []string{"SHOP-1"})
	})
	b.connectTo(tenant, "shop", "shop", "SHOP")
	hook, err := c.RotateHook(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	called := func() answered {
		return b.ask("POST", strings.TrimPrefix(hook.URL, b.endpoint.url), "{}", header("X-Gitlab-Token", hook.Secret))
	}
	b.wantStatus("a webhook", called(), http.StatusNoContent)

	if err := b.jira.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Repositories(t.Context()); !errors.Is(err, behavepro.ErrGone) {
		t.Errorf("a token of a site that uninstalled the app: %v, want gone", err)
	}
	b.wantStatus("a webhook of a site that uninstalled the app", called(), http.StatusGone)
	b.waitFor("the jobs to stop", func() bool {
		left, err := b.app.queue.List(t.Context(), func(j *jobs.Job) bool { return j.Tenant == tenant })
		return err == nil && len(left) == 0
	})

	b.jira.Skew(2 * time.Second)          // its tokens tell whole seconds
	b.jira.MustInstall(t, b.endpoint.url) // an install that was approved once stays so
	b.wantStatus("the panel of a site that came back", b.open(b.jira, reader), http.StatusOK, "</b> a cart")
	if _, err := c.Repositories(t.Context()); err != nil {
		t.Errorf("a token of a site that came back: %v", err)
	}
	if logged := b.log.String(); strings.Contains(logged, "jwt=") || strings.Contains(logged, b.jira.Secret()) {
		t.Error("the log tells a token or a secret")
	}
}

// summary is what is known of an issue.
func (b *besideJira) summary(tenant behavepro.TenantID, key behavepro.IssueKey) string {
	b.t.Helper()
	s, err := b.app.approvedSite(b.t.Context(), tenant)
	if err != nil || s == nil {
		b.t.Fatalf("the site: %v, %v", s, err)
	}
	known, err := s.known.ByKey(b.t.Context(), key)
	if err != nil {
		b.t.Fatal(err)
	}
	return known[key].Summary
}

// TestJiraUninstalled: an address that was signed before the app was uninstalled leads nowhere, without saying more.
func TestJiraUninstalled(t *testing.T) {
	t.Parallel()
	b := startBesideJira(t, nil)
	b.install(b.jira)
	address, err := b.jira.PanelURL(reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.jira.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.wantStatus("an old address", b.ask("GET", strings.TrimPrefix(address, b.endpoint.url), "", nil), http.StatusGone, "not installed")
}

// TestJiraTenants approves, joins and deletes sites through the API.
func TestJiraTenants(t *testing.T) {
	t.Parallel()
	b := startBesideJira(t, nil)
	ctx, admin := t.Context(), b.admin()
	b.commit("shop", map[string]string{"features/cart.feature": cart})
	old := b.install(b.jira)
	b.connectTo(old, "shop", "shop", "SHOP")

	b.jira.Import()
	fresh := b.install(b.jira)
	if fresh == old {
		t.Fatal("a site with another client key is the tenant that it was before")
	}
	b.wantStatus("the panel of the new tenant", b.open(b.jira, reader), http.StatusOK)
	if got := b.open(b.jira, reader); strings.Contains(got.body, "</b> a cart") {
		t.Error("a site with another client key sees the data of the one before")
	}
	if kept, err := filepath.Glob(filepath.Join(b.app.conf.Data, "mirrors", "*")); err != nil || len(kept) != 1 {
		t.Errorf("mirrors: %v, %v, want one", kept, err)
	}
	joined, err := admin.JoinTenant(ctx, hostOf(b.jira), client.JoinTenant{Old: string(old)})
	if err != nil || joined.ID != old || joined.Repositories != 1 {
		t.Fatalf("join: %+v, %v", joined, err)
	}
	b.wantStatus("the panel of the joined tenant", b.open(b.jira, reader), http.StatusOK, "</b> a cart")
	if tenants, err := b.app.store.Tenants(ctx); err != nil || slices.Contains(tenants, fresh) {
		t.Errorf("the empty tenant is still there: %v, %v", tenants, err)
	}

	if _, err := admin.DeleteTenant(ctx, string(old), "shop.example.com"); !errors.Is(err, behavepro.ErrInvalid) {
		t.Errorf("delete with another host: %v, want it refused", err)
	}
	if _, err := admin.DeleteTenant(ctx, string(old), hostOf(b.jira)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.app.store.Tenant(ctx, old); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("the tenant is still there: %v", err)
	}
	b.wantStatus("the panel of a deleted site", b.open(b.jira, reader), http.StatusUnauthorized)
	list, err := admin.Tenants(ctx)
	if err != nil || len(list.Tenants) != 1 || list.Tenants[0].ID != behavepro.Local {
		t.Errorf("left: %+v, %v", list, err)
	}
	if left, err := filepath.Glob(filepath.Join(b.app.conf.Data, "mirrors", "*")); err != nil || len(left) > 0 {
		t.Errorf("left of mirrors: %v, %v", left, err)
	}
}

// TestJiraShowsLocal: the first site takes over what a server holds that was used without Jira.
func TestJiraShowsLocal(t *testing.T) {
	t.Parallel()
	b := startBesideJira(t, nil)
	commit := b.commit("shop", map[string]string{"features/cart.feature": cart})
	b.connect("shop", "shop", "SHOP")
	b.push(t.Context(), "shop", commit, cartPassed)
	b.jira.MustInstall(t, b.endpoint.url)
	told, err := b.admin().ApproveTenant(t.Context(), hostOf(b.jira), client.ApproveTenant{Local: true})
	if err != nil || told.ID != behavepro.Local || told.Repositories != 1 || told.State != string(connect.Approved) {
		t.Fatalf("approve: %+v, %v", told, err)
	}
	b.wantStatus("the panel", b.open(b.jira, reader), http.StatusOK, "</b> a cart", "passed")

	// A site that leaves local for a tenant of its own takes nothing along.
	gone := connect.Wish{ClientKey: "gone", BaseURL: "https://gone.atlassian.net", Secret: behavepro.NewSecret("a secret"), Issued: time.Now(), Approved: true}
	old, err := b.app.installs.Put(t.Context(), time.Now(), gone, func(*connect.Install) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.app.installs.Retire(t.Context(), time.Now(), "gone"); err != nil {
		t.Fatal(err)
	}
	if joined, err := b.admin().JoinTenant(t.Context(), hostOf(b.jira), client.JoinTenant{Old: "gone.atlassian.net"}); err != nil || joined.ID != old.Tenant {
		t.Fatalf("join: %+v, %v", joined, err)
	}
	if all, err := b.admin().Repositories(t.Context()); err != nil || len(all.Repositories) != 1 {
		t.Fatalf("local after its site left it: %+v, %v", all, err)
	}
	if _, err := b.admin().ApproveTenant(t.Context(), hostOf(b.jira), client.ApproveTenant{Local: true}); err != nil {
		t.Fatal(err)
	}

	if err := b.jira.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.admin().Repositories(t.Context()); err != nil {
		t.Errorf("the server's own token after the site has gone: %v", err)
	}
	if _, err := b.admin().DeleteTenant(t.Context(), hostOf(b.jira), hostOf(b.jira)); err != nil {
		t.Fatal(err)
	}
	if all, err := b.admin().Repositories(t.Context()); err != nil || len(all.Repositories) != 1 {
		t.Errorf("local after its site was forgotten: %+v, %v", all, err)
	}
}

// TestNoJira: without an address that Jira reaches over https there is no door.
func TestNoJira(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	for _, path := range []string{"/atlassian-connect.json", "/connect/panels/scenarios", "/connect/installed"} {
		if got := h.ask("GET", path, "", nil); got.status != http.StatusNotFound {
			t.Errorf("%s: status %d, want none there", path, got.status)
		}
	}
	h = startTestServer(t, func(c *Config) { c.PublicURL = &url.URL{Scheme: "https", Host: "bdd.example.com"} })
	got := h.ask("GET", "/atlassian-connect.json", "", nil)
	wantTexts(t, "the descriptor", got.body, `"https://bdd.example.com/connect"`, `"pro.behave.connect"`)
}

// TestJiraRefusalsMakeNobodyWait: what Jira did not sign is refused each time, and shuts nobody out who comes from the same address.
func TestJiraRefusalsMakeNobodyWait(t *testing.T) {
	t.Parallel()
	b := startBesideJira(t, nil)
	b.install(b.jira)
	for range 2 * web.MaxFailures {
		b.wantStatus("a made-up token", b.ask("GET", "/connect/panels/scenarios?jwt=a.b.c", "", nil), http.StatusUnauthorized)
	}
	b.wantStatus("the panel", b.open(b.jira, reader), http.StatusOK)
	if _, err := b.client(b.token(behavepro.Local, time.Time{}, "", access.Admin)).Tokens(t.Context()); err != nil {
		t.Errorf("a token that was not seen before: %v", err)
	}
}

// TestJiraDown: results are taken while Jira takes nothing, and it is told of them when it does again.
func TestJiraDown(t *testing.T) {
	t.Parallel()
	b := startBesideJira(t, nil)
	commit := b.commit("shop", map[string]string{"features/cart.feature": cart})
	c, _ := b.connectTo(b.install(b.jira), "shop", "shop", "SHOP")
	b.jira.Break(jiratest.Trouble{Route: "PUT ", Times: 2, Status: http.StatusServiceUnavailable})
	if _, err := c.PushResults(t.Context(), client.Upload{
		Push: client.Push{Repository: "shop", Commit: commit, WaitSeconds: 50}, Files: []client.ReportFile{reportFile("r.json", cartPassed)},
	}); err != nil {
		t.Fatal(err)
	}
	b.wantStatus("the panel", b.open(b.jira, reader), http.StatusOK, "passed")
	b.waitFor("the results in Jira", func() bool {
		found, err := b.jira.Search("acc-dev", "behavepro.passed = 1")
		return err == nil && slices.Equal(found, []string{"SHOP-1"})
	})
}

// TestJiraOpenInstalls: nobody waits where every site is let in; and a server that starts again knows its sites.
func TestJiraOpenInstalls(t *testing.T) {
	t.Parallel()
	var data Config
	b := startBesideJira(t, func(c *Config) {
		c.OpenInstalls, c.AppKey = true, "com.example.own"
		data = *c
	})
	b.jira.MustInstall(t, b.endpoint.url)
	if key, _, err := b.jira.App(); err != nil || key != "com.example.own" {
		t.Errorf("the app's key is %s, %v", key, err)
	}
	b.wantStatus("the panel at once", b.open(b.jira, reader), http.StatusOK)
	address, err := b.jira.PanelURL(reader)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(address, b.endpoint.url)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	again := startTestServer(t, func(c *Config) { *c = data })
	if got := again.ask("GET", path, "", nil); got.status != http.StatusOK {
		t.Errorf("the panel after a new start: status %d: %.300s", got.status, got.body)
	}
	left, err := again.app.queue.List(t.Context(), func(j *jobs.Job) bool { return j.Kind == jira.JobRepair })
	if err != nil || len(left) != 1 {
		t.Errorf("after a new start %d repairs are asked for, %v, want one", len(left), err)
	}
}
