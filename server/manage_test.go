package server

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	gitsync "github.com/behavepro/behavepro/sync"
)

var shownOnce = regexp.MustCompile(`data-copy>([^<]*)<`)

// TestSettingsPages connects, uses and removes a repository by forms alone.
func TestSettingsPages(t *testing.T) {
	t.Parallel()
	const ci = "https://ci.example.com"
	h := startTestServer(t, func(c *Config) { c.OIDCIssuers = []string{ci} })
	h.commit("shop", map[string]string{"features/cart.feature": cart})
	session := h.session(access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.Admin}}, time.Now())
	ask := func(method, path string, form url.Values) answered {
		t.Helper()
		return h.ask(method, path, form.Encode(), func(r *http.Request) {
			r.AddCookie(session)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		})
	}
	write := func(path string, form url.Values, status int, says string) answered {
		t.Helper()
		got := ask(http.MethodPost, path, form)
		if got.status != status || !strings.Contains(html.UnescapeString(got.body), says) {
			t.Fatalf("POST %s: status %d, want %d saying %q\n%s", path, got.status, status, says, got.body)
		}
		return got
	}
	form := url.Values{"url": {filepath.Join(h.repos, "none")}, "projects": {"SHOP"}, "branches": {""}, "path": {"features"}, "credential": {"none"}, "name": {"shop"}}
	write("/settings/connect", form, 422, "No repository at")
	form.Set("url", filepath.Join(h.repos, "shop"))
	form.Set("do", "test")
	write("/settings/connect", form, 200, "it has 1 branch")
	if got := ask(http.MethodGet, "/settings", nil); strings.Contains(got.body, "/repositories/shop") {
		t.Errorf("a test connects:\n%s", got.body)
	}
	form.Set("do", "connect")
	made := write("/settings/connect", form, 200, "is connected")
	write("/settings/connect", form, 422, "A repository is already named shop.")
	secrets := shownOnce.FindAllStringSubmatch(made.body, -1)
	if len(secrets) != 2 || !strings.HasPrefix(secrets[0][1], h.URL()+"/hooks/git/") {
		t.Fatalf("no webhook is shown: %q\n%s", secrets, made.body)
	}
	hook := strings.TrimPrefix(secrets[0][1], h.URL())
	call := func(secret string) int {
		t.Helper()
		return h.ask(http.MethodPost, hook, "{}", header("X-Gitlab-Token", secret)).status
	}
	if got := call(secrets[1][1]); got != 204 {
		t.Errorf("the webhook answers %d", got)
	}
	h.waitFor("the import", func() bool { return strings.Contains(ask(http.MethodGet, "/settings", nil).body, "1 branch read") })
	page := ask(http.MethodGet, "/settings/repositories/shop", nil)
	if !strings.Contains(page.body, secrets[0][1]) || strings.Contains(page.body, secrets[1][1]) {
		t.Errorf("the page shows no webhook, or its secret again:\n%s", page.body)
	}
	write("/settings/repositories/shop/hook", nil, 200, "shown this once")
	if got := call(secrets[1][1]); got == 204 {
		t.Error("the webhook works on after it was replaced")
	}
	write("/settings/repositories/shop/change", url.Values{"name": {"store"}, "branches": {"ma*"}, "path": {""}, "projects": {"SHOP PAY"}}, 303, "")
	write("/settings/repositories/store/credential", url.Values{"credential": {"token"}, "user": {"ci"}, "token": {"x"}}, 303, "")
	write("/settings/repositories/store/sync", nil, 303, "")
	token := shownOnce.FindStringSubmatch(write("/settings/tokens", url.Values{"name": {"ci"}, "projects": {"PAY"}, "can": {"repos:read"}, "expires": {"30"}}, 200, "bp_").body)[1]
	list, err := h.client(behavepro.NewSecret(token)).Repositories(t.Context())
	if err != nil || len(list.Repositories) != 1 || list.Repositories[0].Name != "store" || list.Repositories[0].Path != "" || list.Repositories[0].Branches[0] != "ma*" {
		t.Errorf("the new token sees %+v, %v", list, err)
	}
	revoke := regexp.MustCompile(`action="(/settings/tokens/[a-z0-9]+/revoke)"`).FindStringSubmatch(ask(http.MethodGet, "/settings", nil).body)
	if len(revoke) != 2 {
		t.Fatal("nothing revokes the token")
	}
	write(revoke[1], nil, 303, "")
	if _, err := h.client(behavepro.NewSecret(token)).Repositories(t.Context()); !errors.Is(err, behavepro.ErrUnauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}
	trust := url.Values{"projects": {"SHOP"}, "issuer": {ci}, "repository-id": {"1001"}, "owner-id": {"77"}, "refs": {"main"}, "events": {"push"}}
	write("/settings/trusts", trust, 422, "is no full name of a ref")
	trust.Set("refs", "refs/heads/main")
	write("/settings/trusts", trust, 303, "")
	if all, err := h.admin().Trusts(t.Context()); err != nil || len(all.Trusts) != 1 || all.Trusts[0].RepositoryID != "1001" || all.Trusts[0].Gate {
		t.Errorf("trusted by the page: %+v, %v", all, err)
	}
	end := regexp.MustCompile(`action="(/settings/trusts/[a-z0-9]+/end)"`).FindStringSubmatch(ask(http.MethodGet, "/settings", nil).body)
	if len(end) != 2 {
		t.Fatal("nothing ends the trust")
	}
	write(end[1], nil, 303, "")
	if all, err := h.admin().Trusts(t.Context()); err != nil || len(all.Trusts) != 0 {
		t.Errorf("after its end: %+v, %v", all, err)
	}
	write("/settings/repositories/store/remove", url.Values{"confirm": {"shop"}}, 422, "nothing was removed")
	write("/settings/repositories/store/remove", url.Values{"confirm": {"store"}}, 303, "")
	if got := ask(http.MethodGet, "/settings/repositories/store", nil); got.status != 404 {
		t.Errorf("a removed repository: status %d", got.status)
	}
	for _, secret := range []string{secrets[1][1], token} {
		if strings.Contains(h.log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
}

// TestLocalPathsAreLocal: a path of the server's machine is for the tenant local alone, whatever a page says.
func TestLocalPathsAreLocal(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	h.commit("shop", map[string]string{"a.feature": cart})
	if err := h.app.store.CreateTenant(t.Context(), otherTenant); err != nil {
		t.Fatal(err)
	}
	wish := gitsync.NewRepository{URL: filepath.Join(h.repos, "shop"), Projects: []behavepro.ProjectKey{"SHOP"}, AllowLocal: true}
	for tenant, want := range map[behavepro.TenantID]error{behavepro.Local: nil, otherTenant: behavepro.ErrRefused} {
		m := h.app.manager(access.Principal{Grant: access.Grant{Tenant: tenant}}, h.URL())
		if _, err := m.Test(t.Context(), wish); !errors.Is(err, want) {
			t.Errorf("%s: test: %v", tenant, err)
		}
		if _, err := m.Connect(t.Context(), wish); !errors.Is(err, want) {
			t.Errorf("%s: connect: %v", tenant, err)
		}
	}
}
