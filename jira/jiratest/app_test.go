package jiratest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/jira/jiratest"
)

// tokenOf reads the token of a call without trusting it.
func tokenOf(t *testing.T, c jiratest.Call) string {
	t.Helper()
	token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "JWT ")
	if !ok {
		t.Fatalf("%s has no token", c.Path)
	}
	return token
}

// verified checks a token as an app does and returns its claims.
func (s *site) verified(t *testing.T, token string) (jwt.MapClaims, error) {
	t.Helper()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(tok *jwt.Token) (any, error) {
		if kid, ok := tok.Header["kid"].(string); ok {
			return jwt.ParseRSAPublicKeyFromPEM([]byte(key(t, s.Jira, kid)))
		}
		return []byte(s.Secret()), nil
	}, jwt.WithTimeFunc(s.clock.Now), jwt.WithExpirationRequired(), jwt.WithValidMethods([]string{"RS256", "HS256"}))
	return claims, err
}

func qsh(t *testing.T, method, target, base string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	return jiratest.QSH(method, u, base)
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *jiratest.Options, _ *jiratest.Stub) { o.DisplayURL = "https://jira.example.com" })
	first := s.Secret()
	s.MustInstall(t, s.stub.BaseURL+"/atlassian-connect.json")
	second := s.Secret()
	if first == second || len(second) < 32 {
		t.Error("an app that is installed again gets no new secret")
	}
	if err := errors.Join(s.Disable(t.Context()), s.Enable(t.Context())); err != nil {
		t.Error(err)
	}
	if err := s.Uninstall(t.Context()); err != nil {
		t.Error(err)
	}
	var got []string
	for _, c := range s.stub.Calls() {
		claims := jwt.MapClaims{}
		parsed, _, err := jwt.NewParser().ParseUnverified(tokenOf(t, c), claims)
		if err != nil {
			t.Fatal(err)
		}
		alg, kid := parsed.Method.Alg(), parsed.Header["kid"]
		if (alg == "RS256") != (kid != nil) {
			t.Errorf("%s: %s with kid %v", c.Path, alg, kid)
		}
		if claims["iss"] != s.ClientKey() || claims["qsh"] != qsh(t, "POST", c.Path, "") {
			t.Errorf("%s: claims %v", c.Path, claims)
		}
		if alg == "RS256" {
			if _, err := s.verified(t, tokenOf(t, c)); err != nil {
				t.Errorf("%s: %v", c.Path, err)
			}
			if diff := cmp.Diff([]any{s.stub.BaseURL}, claims["aud"]); diff != "" {
				t.Errorf("%s: audience\n%s", c.Path, diff)
			}
		}
		for name, want := range map[string]any{
			"key": "stub-app", "clientKey": s.ClientKey(), "baseUrl": s.BaseURL(), "displayUrl": "https://jira.example.com", "productType": "jira",
			"eventType": strings.TrimPrefix(c.Path, "/"),
		} {
			if c.Body[name] != want {
				t.Errorf("%s: %s is %v, want %v", c.Path, name, c.Body[name], want)
			}
		}
		_, secret := c.Body["sharedSecret"]
		got = append(got, fmt.Sprintf("%s %s %v", c.Path, alg, secret))
	}
	want := []string{
		"/installed RS256 true", "/enabled HS256 false", "/installed RS256 true", "/enabled HS256 false",
		"/disabled HS256 false", "/enabled HS256 false", "/uninstalled RS256 false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s.Secret() != "" {
		t.Error("the secret outlives the app")
	}
	if status, _ := ask(t, &http.Client{Transport: s.Transport()}, "GET", s.BaseURL()+"/rest/api/3/project/SHOP", ""); status != 401 {
		t.Errorf("an app that was uninstalled is answered with %d", status)
	}
}

func TestInstallIsRefused(t *testing.T) {
	t.Parallel()
	const good = `"key":"app","baseUrl":"https://app.example.com","authentication":{"type":"jwt"},"apiMigrations":{"signed-install":true},"lifecycle":{"installed":"/i"}`
	for name, test := range map[string]struct {
		descriptor string
		status     int // of installed
		says       string
	}{
		"good":             {good, 204, ""},
		"the app says no":  {good, 403, "installed was answered with 403"},
		"a redirect":       {good, 302, "installed was answered with 302"},
		"no key":           {strings.Replace(good, `"app"`, `""`, 1), 204, "no app key"},
		"a wrong key":      {strings.Replace(good, `"app"`, `"a b"`, 1), 204, "no app key"},
		"no callback":      {strings.Replace(good, `"installed"`, `"enabled"`, 1), 204, "no installed callback"},
		"unsigned":         {strings.Replace(good, "true", "false", 1), 204, "signed installs"},
		"no JWT":           {strings.Replace(good, "jwt", "none", 1), 204, "not jwt"},
		"no descriptor":    {"", 204, "answered with 404"},
		"broken":           {`"key":`, 204, "its descriptor"},
		"not even a value": {`]`, 204, "its descriptor"},
	} {
		app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path != "/atlassian-connect.json":
				w.WriteHeader(test.status)
			case test.descriptor == "":
				http.NotFound(w, r)
			default:
				_, _ = io.WriteString(w, "{"+test.descriptor+"}")
			}
		})
		j := jiratest.New(jiratest.Options{App: jiratest.Hosts{"app.example.com": app}})
		err := j.Install(t.Context(), "https://app.example.com")
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
		if (j.Secret() != "") != (err == nil) {
			t.Errorf("%s: installed %v", name, j.Secret() != "")
		}
	}
	j := jiratest.New(jiratest.Options{App: jiratest.Hosts{}})
	if err := j.Install(t.Context(), "https://elsewhere.example.com"); err == nil {
		t.Error("installed from nowhere")
	}
}

func TestImportedSiteIsAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	was, calls := s.ClientKey(), len(s.stub.Calls())
	s.Import()
	if s.ClientKey() == was || s.Secret() != "" || len(s.stub.Calls()) != calls {
		t.Error("an import keeps the client key or the app, or tells of it")
	}
	for _, err := range []error{s.Uninstall(t.Context()), s.Enable(t.Context()), s.Fire(t.Context(), "jira:issue_updated", "SHOP-1")} {
		if err == nil {
			t.Error("no app, but no error")
		}
	}
	s.MustInstall(t, s.stub.BaseURL)
}

func withModules(modules map[string]any) func(*jiratest.Options, *jiratest.Stub) {
	return func(_ *jiratest.Options, stub *jiratest.Stub) { stub.Modules = modules }
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModules(map[string]any{"webhooks": []any{
		map[string]any{"event": "jira:issue_updated", "url": "/hooks/issue?id={issue.id}&key={issue.key}&p={project.key}"},
		map[string]any{"event": "jira:issue_updated", "url": "/hooks/other", "filter": "project = OTHER"},
		map[string]any{"event": "jira:issue_deleted", "url": "/hooks/deleted"},
		map[string]any{"event": "project_deleted", "url": "/hooks/project"},
	}}))
	before := len(s.stub.Calls())
	send, err := s.Prepare("jira:issue_deleted", "SHOP-2")
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(s.Fire(t.Context(), "jira:issue_updated", "SHOP-1"), s.DeleteIssue("SHOP-2"), send(t.Context()),
		s.Fire(t.Context(), "project_deleted", "SHOP"), s.Fire(t.Context(), "jira:issue_created", "SHOP-1"))
	if err != nil {
		t.Fatal(err)
	}
	calls := s.stub.Calls()[before:]
	var got []string
	for _, c := range calls {
		claims, err := s.verified(t, tokenOf(t, c))
		if err != nil || claims["iss"] != s.ClientKey() || claims["qsh"] != qsh(t, "POST", c.Path+"?"+c.Query, "") || claims["context"] != nil {
			t.Errorf("%s: %v, %v", c.Path, claims, err)
		}
		if c.Header.Get("X-Atlassian-Webhook-Identifier") == "" {
			t.Errorf("%s has no identifier", c.Path)
		}
		about := ""
		for _, what := range []string{"issue", "project"} {
			if doc, ok := c.Body[what].(map[string]any); ok {
				about = fmt.Sprint(what, " ", doc["id"], " ", doc["key"])
			}
		}
		got = append(got, fmt.Sprintf("%s?%s %v %s", c.Path, c.Query, c.Body["webhookEvent"], about))
	}
	want := []string{
		"/hooks/issue?id=10002&key=SHOP-1&p=SHOP jira:issue_updated issue 10002 SHOP-1",
		"/hooks/deleted? jira:issue_deleted issue 10003 SHOP-2",
		"/hooks/project? project_deleted project 10001 SHOP",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := s.Fire(t.Context(), "jira:issue_updated", "SHOP-99"); err == nil {
		t.Error("fired for an issue that is not there")
	}
	s.stub.Status = 500
	if err := s.Fire(t.Context(), "jira:issue_updated", "SHOP-1"); err == nil {
		t.Error("the app's failure is not told")
	}
}

func TestPanelURL(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModules(map[string]any{
		"jiraIssueContents": []any{map[string]any{"key": "scenarios", "target": map[string]any{"type": "web_panel", "url": "/panel?issue={issue.id}&key={issue.key}"}}},
		"jiraProjectPages":  []any{map[string]any{"key": "docs", "url": "/docs/{project.key}"}},
		"adminPages":        []any{map[string]any{"key": "admin", "url": "/admin"}},
	}))
	tests := map[string]struct {
		panel   jiratest.Panel
		path    string
		context any
	}{
		"an issue": {
			jiratest.Panel{Module: "scenarios", Account: "acc-dev", Issue: "SHOP-1"},
			"https://app.example.com/connect/panel?issue=10002&key=SHOP-1&",
			map[string]any{"license": map[string]any{"active": true}, "user": map[string]any{"accountId": "acc-dev"}, "jira": map[string]any{
				"issue": map[string]any{"id": "10002", "key": "SHOP-1", "issuetype": map[string]any{"id": "10001"}}, "project": map[string]any{"id": "10001", "key": "SHOP"},
			}},
		},
		"a project": {
			jiratest.Panel{Module: "docs", Account: "acc-reader", Project: "SHOP"},
			"https://app.example.com/connect/docs/SHOP?",
			map[string]any{"license": map[string]any{"active": true}, "user": map[string]any{"accountId": "acc-reader"}, "jira": map[string]any{
				"project": map[string]any{"id": "10001", "key": "SHOP"},
			}},
		},
		"nobody": {jiratest.Panel{Module: "admin"}, "https://app.example.com/connect/admin?", map[string]any{"license": map[string]any{"active": true}}},
	}
	for name, test := range tests {
		got, err := s.PanelURL(test.panel)
		if err != nil || !strings.HasPrefix(got, test.path) {
			t.Errorf("%s: %s, %v", name, got, err)
			continue
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		claims, err := s.verified(t, query.Get("jwt"))
		if err != nil || claims["qsh"] != qsh(t, "GET", got, "/connect") || claims["iss"] != s.ClientKey() {
			t.Errorf("%s: %v, %v", name, claims, err)
		}
		if diff := cmp.Diff(test.context, claims["context"]); diff != "" {
			t.Errorf("%s: context\n%s", name, diff)
		}
		if sub, _ := claims["sub"].(string); sub != test.panel.Account {
			t.Errorf("%s: sub %q", name, sub)
		}
		want := []string{"https://shop.atlassian.net", "channel-stub-app__" + test.panel.Module, "none"}
		if diff := cmp.Diff(want, []string{query.Get("xdm_e"), query.Get("xdm_c"), query.Get("lic")}); diff != "" || !query.Has("cp") || !query.Has("cv") {
			t.Errorf("%s: query\n%s", name, diff)
		}
		s.clock.pass(4 * time.Minute)
		if _, err := s.verified(t, query.Get("jwt")); err == nil {
			t.Errorf("%s: valid for more than three minutes", name)
		}
	}
	if _, err := s.PanelURL(jiratest.Panel{Module: "none"}); err == nil {
		t.Error("a module that is not there has an address")
	}
	token, err := s.ContextToken(jiratest.Panel{Module: "scenarios", Account: "acc-dev", Issue: "10002"})
	claims, verr := s.verified(t, token)
	if err = errors.Join(err, verr); err != nil || claims["qsh"] != "context-qsh" || claims["sub"] != "acc-dev" {
		t.Errorf("context token: %v, %v", claims, err)
	}
}

func TestSkewMovesTheSite(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Skew(-time.Hour)
	token, err := s.Sign(s.ContextClaims("acc-dev", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.verified(t, token); !errors.Is(err, jwt.ErrTokenExpired) {
		t.Errorf("a site that is an hour late signs tokens that are %v", err)
	}
	if status, _ := s.ask(t, "GET", "/rest/api/3/project/SHOP", ""); status != 200 {
		t.Errorf("an early token: %d", status)
	}
	s.Skew(time.Hour)
	if status, _ := s.ask(t, "GET", "/rest/api/3/project/SHOP", ""); status != 401 {
		t.Errorf("a late token: %d", status)
	}
}
