package connect_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

const feature = `Feature: Points

  @SHOP-1
  Scenario: Points are credited
    Given a member

  @SHOP-2
  Scenario: Points <expire> & "go"
    Given a member

  @SEC-1
  Scenario: A voucher is refused
    Given a thief
`

// inside is the app beside a Jira with the projects SHOP and SEC; everybody may see SHOP, only the site's admin SEC.
type inside struct {
	t    *testing.T
	jira *jiratest.Jira
	app  *connect.App
	url  string
	step time.Duration // that the app's clock is ahead

	frames *connect.Frames
	scope  *store.Scope
	known  *jira.Known
}

func (in *inside) rules(context.Context, behavepro.TenantID) (connect.Rules, error) {
	return connect.Rules{Scope: in.scope}, nil
}

func newInside(t *testing.T) *inside {
	t.Helper()
	in := &inside{t: t, jira: jiratest.Start(t, jiratest.Options{}), scope: storetest.NewScope(t, connect.Kinds()[1:]...)}
	in.jira.AddProject(jiratest.Project{Key: "SHOP", Name: "Shop", Browse: []string{"acc-dev", "acc-reader"}, Edit: []string{"acc-dev"}, Administer: []string{"acc-admin"}})
	in.jira.AddProject(jiratest.Project{Key: "SEC", Name: "Security", Browse: []string{"acc-admin"}, Edit: []string{"acc-admin"}, Administer: []string{"acc-admin"}})
	in.jira.SecurityLevel("Board", "acc-dev")
	for _, issue := range []jiratest.Issue{
		{Key: "SHOP-1", Summary: "About SHOP-1", Status: "In Review", Sprint: "Sprint 14", FixVersions: []string{"1.4", "1.5"}, Assignee: "acc-dev"},
		{Key: "SHOP-2", Summary: `<img src=x onerror="go()"> About SHOP-2`, Sprint: "Sprint X", FixVersions: []string{"1.4"}, Security: "Board"},
		{Key: "SHOP-3"},
		{Key: "SEC-1", Summary: "About SEC-1"},
	} {
		if _, _, err := in.jira.AddIssue(issue); err != nil {
			t.Fatal(err)
		}
	}
	c := catalogtest.Open(t)
	shop := catalogtest.New(t, c, "webstore", "SHOP")
	shop.Branch("main", map[string]behavepro.SHA{"main": shop.Commit(map[string]string{"points.feature": feature})})
	other := catalogtest.New(t, c, "vault", "SEC")
	other.Branch("main", map[string]behavepro.SHA{"main": other.Commit(map[string]string{"vault.feature": strings.ReplaceAll(feature, "Points", "Vault")})})

	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	in.url = server.URL
	nothing := func(context.Context, connect.Install) error { return nil }
	var err error
	installs := connect.NewInstalls(storetest.NewStore(t, connect.Kinds()...).Directory())
	in.app, err = connect.New(connect.Options{
		Installs: installs, PublicURL: server.URL, Open: true,
		ExtraSites: []string{in.jira.BaseURL()}, KeyServers: []string{in.jira.KeysURL()}, HTTP: server.Client(),
		OnInstalled: nothing, OnUninstalled: nothing, OnHint: func(context.Context, connect.Install, connect.Hint) error { return nil },
		Now: in.now, Jira: jira.Options{Now: in.now}, Rules: in.rules,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range in.app.Routes() {
		mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, req *http.Request) {
			if err := r.Serve(w, req); err != nil {
				http.Error(w, err.Error(), http.StatusForbidden)
			}
		})
	}
	in.known = &jira.Known{Scope: storetest.NewScope(t, jira.Kinds()...), Catalog: c, Now: in.now}
	frames := &connect.Frames{
		App: in.app, Catalogs: func(context.Context, behavepro.TenantID) (*catalog.Catalog, error) { return c, nil },
		Known: func(context.Context, behavepro.TenantID) (*jira.Known, error) { return in.known, nil },
	}
	in.frames = frames
	for _, r := range frames.Routes() {
		mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, req *http.Request) { _ = r.Serve(w, req) })
	}
	in.jira.MustInstall(t, server.URL+"/atlassian-connect.json")
	all, err := installs.List(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("installs: %v %v", all, err)
	}
	in.known.Client = in.app.Jira(&all[0])
	if err := in.known.Learn(t.Context(), "SHOP-1", "SHOP-2", "SEC-1"); err != nil {
		t.Fatal(err)
	}
	return in
}

func (in *inside) now() time.Time { return time.Now().Add(in.step) }

func (in *inside) open(p jiratest.Panel) (status int, body string, h http.Header) {
	in.t.Helper()
	address, err := in.jira.PanelURL(p)
	if err != nil {
		in.t.Fatal(err)
	}
	return in.get(address)
}

func (in *inside) get(address string) (status int, body string, h http.Header) {
	in.t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		in.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		in.t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

// link is the first address on a page that holds some text.
func (in *inside) link(body, holds string) string {
	in.t.Helper()
	for _, m := range regexp.MustCompile(`(?:href|action)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if address := html.UnescapeString(m[1]); strings.Contains(address, holds) {
			return in.url + address
		}
	}
	in.t.Fatalf("no address with %q on the page:\n%s", holds, body)
	return ""
}

func TestPanelsInJira(t *testing.T) {
	t.Parallel()
	in := newInside(t)
	for _, c := range []struct {
		name   string
		panel  jiratest.Panel
		status int
		says   string
		not    string
	}{
		{"an issue", jiratest.Panel{Module: "scenarios", Account: "acc-reader", Issue: "SHOP-1"}, 200, "Points are credited", "voucher"},
		{"markup", jiratest.Panel{Module: "scenarios", Account: "acc-dev", Issue: "SHOP-2"}, 200, "Points &lt;expire&gt; &amp; &#34;go&#34;", "<expire>"},
		{"beside an issue", jiratest.Panel{Module: "status", Account: "acc-dev", Issue: "SHOP-1"}, 200, "Points are credited", ""},
		{"an issue without scenarios", jiratest.Panel{Module: "scenarios", Account: "acc-reader", Issue: "SHOP-3"}, 200, "No scenarios for SHOP-3 yet", ""},
		{"who may not browse", jiratest.Panel{Module: "scenarios", Account: "acc-outsider", Issue: "SHOP-1"}, 403, "You may not see this in Jira", "credited"},
		{"who is not signed in", jiratest.Panel{Module: "scenarios", Issue: "SHOP-1"}, 401, "not signed in to Jira", "credited"},
		{"a project that is not the repository's", jiratest.Panel{Module: "scenarios", Account: "acc-admin", Issue: "SEC-1"}, 200, "A voucher is refused", "webstore"},
		{"documentation of a project", jiratest.Panel{Module: "documentation", Account: "acc-reader", Project: "SHOP"}, 200, "Proven at", "vault"},
		{"documentation of another", jiratest.Panel{Module: "documentation", Account: "acc-reader", Project: "SEC"}, 403, "You may not see this in Jira", "vault"},
		{"settings for a reader", jiratest.Panel{Module: "settings", Account: "acc-reader", Project: "SHOP"}, 403, "administer this project", "webstore"},
		{"settings for an admin", jiratest.Panel{Module: "settings", Account: "acc-admin", Project: "SHOP"}, 200, "webstore", "vault"},
		{"the site for a reader", jiratest.Panel{Module: "site", Account: "acc-reader"}, 403, "administer this site", "webstore"},
		{"the site for an admin", jiratest.Panel{Module: "site", Account: "acc-admin"}, 200, "vault", ""},
	} {
		status, body, h := in.open(c.panel)
		if status != c.status || !strings.Contains(body, c.says) || c.not != "" && strings.Contains(body, c.not) {
			t.Errorf("%s: status %d, want %d with %q, without %q\n%s", c.name, status, c.status, c.says, c.not, body)
		}
		if policy := h.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors "+in.jira.BaseURL()) || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: policy %s", c.name, policy)
		}
		if strings.Contains(body, "syncd") {
			t.Errorf("%s: the page speaks of a command that nobody in Jira has\n%s", c.name, body)
		}
	}
}

// TestGoingOnInAFrame follows links of a panel: the token opens what the visitor may see and nothing else.
func TestGoingOnInAFrame(t *testing.T) {
	t.Parallel()
	in := newInside(t)
	_, issue, _ := in.open(jiratest.Panel{Module: "scenarios", Account: "acc-reader", Issue: "SHOP-1"})
	docs := in.link(issue, "/frames/scenarios/repositories/webstore?")
	history := in.link(issue, "/repositories/webstore/scenarios/")
	for _, address := range []string{docs, history} {
		if status, body, _ := in.get(address); status != http.StatusOK || !strings.Contains(body, "Points") {
			t.Errorf("%s: %d\n%s", address, status, body)
		}
	}
	_, body, _ := in.get(docs)
	if !strings.Contains(body, `href="`+in.jira.BaseURL()+`/browse/SHOP-1" target="_top"`) {
		t.Errorf("the documentation does not lead to the issue in Jira:\n%s", body)
	}
	own := in.link(issue, "/frames/scenarios/issues/SHOP-1")
	for name, address := range map[string]string{
		"no token":            strings.Split(own, "?")[0],
		"a broken token":      own + "x",
		"another module":      strings.Replace(docs, "/frames/scenarios/", "/frames/documentation/", 1),
		"the site's overview": strings.Replace(docs, "/frames/scenarios/repositories/webstore", "/frames/site/", 1),
	} {
		if status, body, _ := in.get(address); status != http.StatusUnauthorized || strings.Contains(body, "Points are") {
			t.Errorf("%s: status %d\n%s", name, status, body)
		}
	}
	for name, address := range map[string]string{
		"another issue":           strings.Replace(own, "SHOP-1", "SHOP-2", 1),
		"an issue out of reach":   strings.Replace(own, "SHOP-1", "SEC-1", 1),
		"another's repository":    strings.Replace(docs, "webstore", "vault", 1),
		"another's repository id": strings.Replace(docs, "webstore", "id-vault", 1),
	} {
		if status, body, _ := in.get(address); status != http.StatusNotFound || strings.Contains(body, "Vault") {
			t.Errorf("%s: status %d\n%s", name, status, body)
		}
	}
	in.step = 16 * time.Minute
	if status, _, _ := in.get(docs); status != http.StatusUnauthorized {
		t.Errorf("after the token has expired: status %d", status)
	}
	in.step = 0
	if err := in.jira.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status, body, _ := in.get(docs); status != http.StatusGone || strings.Contains(body, "Points are") {
		t.Errorf("after the app was uninstalled: status %d\n%s", status, body)
	}
}
