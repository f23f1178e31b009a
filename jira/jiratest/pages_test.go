package jiratest_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/jira/jiratest"
)

var allModules = map[string]any{
	"jiraIssueContents": []any{map[string]any{
		"key": "scenarios", "name": map[string]any{"value": "Scenarios"}, "tooltip": map[string]any{"value": "Show scenarios"},
		"target": map[string]any{"type": "web_panel", "url": "/panel?issue={issue.id}"},
		"contentPresentConditions": []any{map[string]any{"condition": "entity_property_equal_to", "params": map[string]any{
			"entity": "issue", "propertyKey": "behavepro", "objectName": "linked", "value": "true",
		}}},
	}},
	"jiraIssueContexts": []any{map[string]any{
		"key": "status", "name": map[string]any{"value": "Behave Pro"}, "content": map[string]any{"type": "label", "label": map[string]any{"value": "Scenarios of it"}},
		"target": map[string]any{"type": "web_panel", "url": "/status"}, "conditions": []any{map[string]any{"condition": "user_is_logged_in"}},
	}},
	"jiraProjectPages":          []any{map[string]any{"key": "docs", "name": map[string]any{"value": "Living documentation"}, "url": "/docs"}},
	"jiraProjectAdminTabPanels": []any{map[string]any{"key": "settings", "name": map[string]any{"value": "Repositories"}, "url": "/settings"}},
	"adminPages":                []any{map[string]any{"key": "sites", "name": map[string]any{"value": "Overview"}, "url": "/admin"}},
}

// look opens a page of the site's as a browser does.
func (s *site) look(t *testing.T, path string) (int, string) {
	t.Helper()
	return ask(t, &http.Client{Transport: s.Transport()}, "GET", s.BaseURL()+path, "")
}

var frameAddress = regexp.MustCompile(`<iframe[^>]* src="([^"]*)"`)

func TestIssueView(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModules(allModules))
	if err := s.EditIssue("SHOP-1", func(i *jiratest.Issue) { i.Summary, i.Description = "<script>alert(1)</script>", "a\n\"b\"" }); err != nil {
		t.Fatal(err)
	}
	status, page := s.look(t, "/browse/SHOP-1?user=acc-dev")
	if status != 200 || strings.Contains(page, "<script>alert") || !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Errorf("%d, with the summary as it is", status)
	}
	if frames := frameAddress.FindAllString(page, -1); len(frames) != 0 || !strings.Contains(page, `data-open="scenarios" title="Show scenarios"`) {
		t.Errorf("nothing links to it, but %v are open", frames)
	}
	if !strings.Contains(page, "Scenarios of it") {
		t.Error("the context has no label")
	}
	for key, body := range map[string]string{
		"behavepro": `{"linked":true}`, "com.atlassian.jira.issue:stub-app:status:status": `{"type":"lozenge","value":{"label":"3 failed","type":"removed"}}`,
	} {
		if status, got := s.ask(t, "PUT", "/rest/api/3/issue/SHOP-1/properties/"+key, body); status != 201 {
			t.Fatal(status, got)
		}
	}
	_, page = s.look(t, "/browse/SHOP-1?user=acc-dev")
	frames := frameAddress.FindAllStringSubmatch(page, -1)
	if len(frames) != 1 || !strings.HasPrefix(html.UnescapeString(frames[0][1]), "https://app.example.com/connect/panel?issue=10002&") || strings.Contains(page, "data-open=") {
		t.Fatalf("the panel is not open: %v", frames)
	}
	if _, token, _ := strings.Cut(html.UnescapeString(frames[0][1]), "&jwt="); token == "" {
		t.Error("its address is not signed")
	} else if claims, err := s.verified(t, token); err != nil || claims["sub"] != "acc-dev" {
		t.Errorf("its token: %v, %v", claims, err)
	}
	if !strings.Contains(page, "3 failed") {
		t.Error("the badge does not show the status")
	}
	if _, page = s.look(t, "/browse/SHOP-1?user=anonymous"); strings.Contains(page, "alert(1)") || strings.Contains(page, "<iframe") {
		t.Error("somebody who is not signed in sees an issue")
	}
}

func TestPermissionsOfPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModules(allModules))
	s.SecurityLevel("insiders", "acc-dev")
	if err := s.EditIssue("SHOP-2", func(i *jiratest.Issue) { i.Security = "insiders" }); err != nil {
		t.Fatal(err)
	}
	moved, err := s.MoveIssue("SHOP-1", "SHOP")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]int{
		"/":                                {"acc-admin": 200, "acc-dev": 200, "acc-reader": 200, "anonymous": 200},
		"/browse/" + moved:                 {"acc-admin": 200, "acc-dev": 200, "acc-reader": 200, "anonymous": 404},
		"/browse/SHOP-2":                   {"acc-admin": 404, "acc-dev": 200, "acc-reader": 404, "anonymous": 404},
		"/browse/SHOP-9":                   {"acc-admin": 404, "acc-dev": 404},
		"/projects/SHOP/page/docs":         {"acc-admin": 200, "acc-dev": 200, "acc-reader": 200, "anonymous": 404},
		"/projects/SHOP/settings/settings": {"acc-admin": 200, "acc-dev": 200, "acc-reader": 404, "anonymous": 404},
		"/projects/SHOP/settings/docs":     {"acc-admin": 404},
		"/projects/SHOP/page/settings":     {"acc-admin": 404},
		"/projects/NONE/page/docs":         {"acc-admin": 404},
		"/admin/sites":                     {"acc-admin": 200, "acc-dev": 404, "anonymous": 404},
		"/admin/none":                      {"acc-admin": 404},
	}
	got := map[string]map[string]int{}
	for path, users := range want {
		got[path] = map[string]int{}
		for user := range users {
			status, page := s.look(t, path+"?user="+user+"&theme=dark")
			got[path][user] = status
			if !strings.Contains(page, `data-color-mode="dark"`) {
				t.Errorf("%s is not dark", path)
			}
			if secret := strings.Contains(page, "Pay with points"); secret && user != "acc-dev" {
				t.Errorf("%s shows %s what only insiders see", path, user)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, page := s.look(t, "/?user=acc-reader"); strings.Contains(page, "/settings/") || strings.Contains(page, "/admin/") || !strings.Contains(page, "/page/docs") {
		t.Error("the links are not those of a reader")
	}
	if status, page := s.look(t, "/?jql="+"key+%3D+SHOP-2"); status != 200 || !strings.Contains(page, "Pay with points") || strings.Contains(page, "Pay by card") {
		t.Error("the search does not narrow")
	}
	if _, page := s.look(t, "/?jql=%22"); !strings.Contains(page, "a quote does not end") {
		t.Error("a wrong search is not explained")
	}
}

func TestOldKeyLeadsToTheIssue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.AddProject(jiratest.Project{Key: "PAY"})
	if _, err := s.MoveIssue("SHOP-1", "PAY"); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.BaseURL()+"/browse/SHOP-1?user=acc-dev", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if to := res.Header.Get("Location"); res.StatusCode != 302 || !strings.HasPrefix(to, "/browse/PAY-1?") {
		t.Errorf("%d to %s", res.StatusCode, to)
	}
}

func TestBridge(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModules(allModules))
	read := func(path string) (status int, out map[string]string) {
		t.Helper()
		status, body := s.look(t, path)
		_ = json.Unmarshal([]byte(body), &out) // of other forms where it is refused
		return status, out
	}
	status, out := read("/_bridge/token?module=scenarios&issue=10002&user=acc-reader")
	claims, err := s.verified(t, out["token"])
	if status != 200 || err != nil || claims["qsh"] != "context-qsh" || claims["sub"] != "acc-reader" {
		t.Errorf("a token: %d %v, %v", status, claims, err)
	}
	status, out = read("/_bridge/frame?module=status&issue=10002&user=anonymous")
	_, token, _ := strings.Cut(out["url"], "&jwt=")
	if claims, err = s.verified(t, token); status != 200 || err != nil || claims["sub"] != nil || !strings.HasPrefix(out["url"], "https://app.example.com/connect/status?") {
		t.Errorf("a frame: %d %s %v, %v", status, out["url"], claims, err)
	}
	if status, _ = read("/_bridge/frame?module=none"); status != 404 {
		t.Errorf("a module that is not there: %d", status)
	}
	for _, name := range []string{"all.js", "host.js", "host.css"} {
		if status, text := s.look(t, "/"+name); status != 200 || len(text) < 500 {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	j := jiratest.Start(t, jiratest.Options{})
	if !strings.HasPrefix(j.BaseURL(), "http://127.0.0.1:") || j.DisplayURL() != j.BaseURL() {
		t.Fatalf("it is at %s", j.BaseURL())
	}
	token, err := j.SignRS256("", nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/_keys/" + kidOf(t, token): 200, "/_keys/none": 404, "/": 200} {
		res, err := http.Get(j.BaseURL() + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		if _ = res.Body.Close(); err != nil || res.StatusCode != want {
			t.Errorf("%s: %d %.60s, %v", path, res.StatusCode, text, err)
		}
	}
	if !strings.HasSuffix(j.KeysURL(), "/_keys") {
		t.Errorf("keys are at %s", j.KeysURL())
	}
	if err := jiratest.New(jiratest.Options{}).Listen("127.0.0.1:none"); err == nil {
		t.Error("listens at no port")
	}
}
