package jiratest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/jira/jiratest"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// site is a Jira with the stub installed, the project SHOP (10001) and the issues SHOP-1 (10002) and SHOP-2 (10003).
type site struct {
	*jiratest.Jira
	clock *clock
	app   *http.Client
	stub  *jiratest.Stub
}

func newSite(t *testing.T, edit ...func(*jiratest.Options, *jiratest.Stub)) *site {
	t.Helper()
	s := &site{clock: &clock{at: start}, stub: &jiratest.Stub{Key: "stub-app", BaseURL: "https://app.example.com/connect"}}
	opt := jiratest.Options{Now: s.clock.Now, App: jiratest.Serve(http.StripPrefix("/connect", s.stub))}
	for _, e := range edit {
		e(&opt, s.stub)
	}
	s.Jira = jiratest.New(opt)
	s.MustInstall(t, s.stub.BaseURL)
	s.app = &http.Client{Transport: s.AppTransport(s.Transport())}
	s.AddProject(jiratest.Project{Key: "SHOP", Name: "Shop", Lead: "acc-dev"})
	for _, i := range []jiratest.Issue{
		{Key: "SHOP-1", Summary: "Pay by card", Status: "Done", StatusCategory: "done", FixVersions: []string{"2.0"}, Assignee: "acc-dev"},
		{Key: "SHOP-2", Summary: "Pay with points", Sprint: "Spring"},
	} {
		if _, _, err := s.AddIssue(i); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// ask sends a request and returns the status and the document, as JSON without its self links.
func ask(t *testing.T, client *http.Client, method, target, body string) (int, string) {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, reader)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(text))
}

func (s *site) ask(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	return ask(t, s.app, method, s.BaseURL()+path, body)
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	api := "/rest/api/3"
	addon := "/rest/atlassian-connect/1/addons/stub-app/properties"
	long := `"` + strings.Repeat("x", 32_767) + `"`
	tests := []struct {
		method, path, body string
		status             int
		has                string // in the answer
	}{
		{"POST", api + "/issue/bulkfetch", `{"issueIdsOrKeys":["SHOP-2","10002","SHOP-9"],"fields":["summary"]}`, 200, `"issueErrors":[{"errorMessage":"Issue does not exist or you do not have permission to see it.","id":"SHOP-9"}],"issues":[{"fields":{"summary":"Pay by card"},"id":"10002","key":"SHOP-1",`},
		{"POST", api + "/issue/bulkfetch", `{"issueIdsOrKeys":[]}`, 400, "Between 1 and 100"},
		{"POST", api + "/issue/bulkfetch", `{"issueIdsOrKeys":["1"` + strings.Repeat(`,"1"`, 100) + `]}`, 400, "Between 1 and 100"},
		{"POST", api + "/issue/bulkfetch", `{`, 400, "no valid JSON"},
		{"GET", api + "/issue/SHOP-1", "", 200, `"fixVersions":[{"name":"2.0"}]`},
		{"GET", api + "/issue/shop-1?fields=status", "", 200, `"fields":{"status":{"name":"Done","statusCategory":{"key":"done"}}}`},
		{"GET", api + "/issue/SHOP-9", "", 404, "does not exist"},
		{"GET", api + "/issue/SHOP-1", `{}`, 403, "no body"},
		{"GET", api + "/issue/SHOP-1/properties/p", "", 404, "does not exist"},
		{"PUT", api + "/issue/SHOP-1/properties/p", `{"a":{"b":2}}`, 201, ""},
		{"PUT", api + "/issue/10002/properties/p", `{"a":{"b":3}}`, 200, ""},
		{"GET", api + "/issue/SHOP-1/properties/p", "", 200, `{"key":"p","value":{"a":{"b":3}}}`},
		{"PUT", api + "/issue/SHOP-1/properties/p", long, 400, "too large"},
		{"PUT", api + "/issue/SHOP-1/properties/p", ``, 400, "no valid JSON"},
		{"PUT", api + "/issue/SHOP-1/properties/p", `"` + strings.Repeat("x", 1<<20) + `"`, 413, "too large"},
		{"PUT", api + "/issue/1/properties/p", `1`, 404, "does not exist"},
		{"GET", api + "/issue/1/properties/p", ``, 404, "does not exist"},
		{"DELETE", api + "/issue/SHOP-1/properties/p", "", 403, "scope DELETE"},
		{"POST", api + "/search/jql", `{"jql":"project = SHOP"}`, 200, `{"isLast":true,"issues":[{"id":"10002","key":"SHOP-1",`},
		{"POST", api + "/search/jql", `{"jql":"p.a.b > 2","fields":["*all"]}`, 200, `"key":"SHOP-1"`},
		{"POST", api + "/search/jql", `{"jql":""}`, 400, "unbounded"},
		{"POST", api + "/search/jql", `{"jql":"project = SHOP","nextPageToken":"x"}`, 400, "token"},
		{"POST", api + "/search/jql", `[]`, 400, "no valid JSON"},
		{"GET", api + "/search/jql?jql=key%3DSHOP-2&fields=summary,assignee", "", 200, `"fields":{"assignee":null,"summary":"Pay with points"}`},
		{"POST", api + "/search/approximate-count", `{"jql":"project = SHOP"}`, 200, `{"count":2}`},
		{"POST", api + "/search/approximate-count", `{"jql":""}`, 400, "unbounded"},
		{"POST", api + "/search/approximate-count", `x`, 400, "no valid JSON"},
		{"POST", api + "/search", `{"jql":"project = SHOP"}`, 410, "search/jql"},
		{"GET", api + "/search?jql=project%3DSHOP", "", 410, "search/jql"},
		{"POST", api + "/permissions/check", `{"accountId":"acc-reader","globalPermissions":["ADMINISTER"],"projectPermissions":[{"permissions":["BROWSE_PROJECTS","WHATEVER"],"issues":[10002,7],"projects":[10001,7]}]}`, 200, `{"globalPermissions":[],"projectPermissions":[{"issues":[10002],"permission":"BROWSE_PROJECTS","projects":[10001]},{"issues":[],"permission":"WHATEVER","projects":[]}]}`},
		{"POST", api + "/permissions/check", `{"accountId":"acc-admin","globalPermissions":["ADMINISTER"]}`, 200, `{"globalPermissions":["ADMINISTER"],"projectPermissions":[]}`},
		{"POST", api + "/permissions/check", `{"projectPermissions":[{"permissions":["BROWSE_PROJECTS"],"issues":[1` + strings.Repeat(",1", 1000) + `]}]}`, 400, "At most 1000"},
		{"POST", api + "/permissions/check", `x`, 400, "no valid JSON"},
		{"GET", api + "/project/search?startAt=0&maxResults=1&expand=lead", "", 200, `{"isLast":true,"maxResults":1,"startAt":0,"total":1,"values":[{"id":"10001","key":"SHOP","lead":{"accountId":"acc-dev","displayName":"Developer"},"name":"Shop","projectTypeKey":"software","simplified":false,"style":"classic"}]}`},
		{"GET", api + "/project/search?startAt=1", "", 200, `"values":[]`},
		{"GET", api + "/project/SHOP", "", 200, `"id":"10001"`},
		{"GET", api + "/project/10001", "", 200, `"key":"SHOP"`},
		{"GET", api + "/project/NONE", "", 404, "No project"},
		{"PUT", api + "/project/SHOP/properties/p", `1`, 201, ""},
		{"PUT", api + "/project/NONE/properties/p", `1`, 404, "No project"},
		{"GET", api + "/project/SHOP/properties/p", "", 200, `{"key":"p","value":1}`},
		{"GET", api + "/project/NONE/properties/p", "", 404, "No project"},
		{"GET", api + "/user/bulk?accountId=acc-dev&accountId=acc-none", "", 200, `"values":[{"accountId":"acc-dev","accountType":"atlassian","active":true,"displayName":"Developer"}]`},
		{"GET", api + "/user/bulk", "", 400, "accountId"},
		{"GET", api + "/field", "", 200, `"custom":"com.pyxis.greenhopper.jira:gh-sprint"`},
		{"GET", api + "/serverInfo", "", 200, `"baseUrl":"https://shop.atlassian.net"`},
		{"POST", "/rest/atlassian-connect/latest/report-accounts", `{"accounts":[{"accountId":"acc-dev","updatedAt":"2026-03-02T09:00:00Z"}]}`, 204, ""},
		{"POST", "/rest/atlassian-connect/latest/report-accounts", `{"accounts":[]}`, 400, "Between 1 and 90"},
		{"POST", "/rest/atlassian-connect/latest/report-accounts", `x`, 400, "no valid JSON"},
		{"PUT", addon + "/p", `true`, 201, ""},
		{"PUT", addon + "/p", `false`, 200, ""},
		{"GET", addon + "/p", "", 200, `{"key":"p","value":false}`},
		{"DELETE", addon + "/p", "", 204, ""},
		{"DELETE", addon + "/p", "", 404, "does not exist"},
		{"GET", api + "/nothing", "", 404, ""},
		{"PATCH", api + "/issue/SHOP-1", "", 405, ""},
	}
	s := newSite(t)
	for _, test := range tests {
		status, got := s.ask(t, test.method, test.path, test.body)
		if status != test.status || !strings.Contains(got, test.has) {
			t.Errorf("%s %s %.80s\n got %d %.300s\nwant %d %s", test.method, test.path, test.body, status, got, test.status, test.has)
		}
	}
	asked := map[string]bool{}
	for _, r := range s.Requests() {
		asked[r.Route] = true
	}
	for _, route := range jiratest.Routes() {
		if !asked[route] {
			t.Errorf("%s has no row in this test", route)
		}
	}
}

func TestPagesOfSearch(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for n := range 130 {
		if _, _, err := s.AddIssue(jiratest.Issue{Key: fmt.Sprintf("SHOP-%d", n+10)}); err != nil {
			t.Fatal(err)
		}
	}
	type page struct {
		Issues        []struct{ Key string }
		NextPageToken string
		IsLast        bool
	}
	read := func(query map[string]any) page {
		t.Helper()
		body, err := json.Marshal(query)
		if err != nil {
			t.Fatal(err)
		}
		status, got := s.ask(t, "POST", "/rest/api/3/search/jql", string(body))
		var p page
		if err := json.Unmarshal([]byte(got), &p); err != nil || status != 200 {
			t.Fatalf("%d %s", status, got)
		}
		return p
	}
	query := map[string]any{"jql": "project = SHOP", "fields": []string{"summary"}, "maxResults": 500}
	var sizes []int
	for {
		p := read(query)
		sizes = append(sizes, len(p.Issues))
		if p.IsLast != (p.NextPageToken == "") {
			t.Errorf("last %v with token %q", p.IsLast, p.NextPageToken)
		}
		if p.IsLast {
			break
		}
		query["nextPageToken"] = p.NextPageToken
	}
	if diff := cmp.Diff([]int{100, 32}, sizes); diff != "" {
		t.Errorf("pages with fields:\n%s", diff)
	}
	if p := read(map[string]any{"jql": "project = SHOP", "maxResults": 5000}); len(p.Issues) != 132 {
		t.Errorf("ids only: %d issues", len(p.Issues))
	}
	if p := read(map[string]any{"jql": "project = SHOP"}); len(p.Issues) != 50 {
		t.Errorf("without a size: %d issues", len(p.Issues))
	}
}

func TestSignaturesOfTheApp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := "/rest/api/3/project/SHOP"
	u, err := url.Parse(s.BaseURL() + path)
	if err != nil {
		t.Fatal(err)
	}
	now := start.Unix()
	good := func() jwt.MapClaims {
		return jwt.MapClaims{"iss": "stub-app", "iat": now, "exp": now + 180, "qsh": jiratest.QSH("GET", u, "")}
	}
	with := func(name string, value any) jwt.MapClaims {
		c := good()
		if value == nil {
			delete(c, name)
		} else {
			c[name] = value
		}
		return c
	}
	hs256 := func(c jwt.MapClaims) string {
		token, err := jiratest.SignHS256(s.Secret(), jiratest.Claims(c))
		if err != nil {
			t.Fatal(err)
		}
		return "JWT " + token
	}
	sign := func(method jwt.SigningMethod, key any) string {
		token, err := jwt.NewWithClaims(method, good()).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return "JWT " + token
	}
	rs256, err := s.SignRS256("", jiratest.Claims(good()))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		header string
		status int
	}{
		"good":                    {hs256(good()), 200},
		"for this site":           {hs256(with("aud", s.ClientKey())), 200},
		"just valid":              {hs256(with("exp", now+1)), 200},
		"none":                    {"", 401},
		"another scheme":          {strings.Replace(hs256(good()), "JWT", "Bearer", 1), 401},
		"no token":                {"JWT abc", 401},
		"for another site":        {hs256(with("aud", []string{"elsewhere"})), 401},
		"another issuer":          {hs256(with("iss", s.ClientKey())), 401},
		"no issuer":               {hs256(with("iss", nil)), 401},
		"expired":                 {hs256(with("exp", now)), 401},
		"no expiry":               {hs256(with("exp", nil)), 401},
		"no start":                {hs256(with("iat", nil)), 401},
		"lasts too long":          {hs256(with("exp", now+181)), 401},
		"another request":         {hs256(with("qsh", jiratest.QSH("POST", u, ""))), 401},
		"a context's":             {hs256(with("qsh", jiratest.ContextQSH)), 401},
		"no qsh":                  {hs256(with("qsh", nil)), 401},
		"not signed":              {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), 401},
		"another algorithm":       {sign(jwt.SigningMethodHS512, []byte(s.Secret())), 401},
		"another secret":          {sign(jwt.SigningMethodHS256, []byte("guess")), 401},
		"signed with install key": {"JWT " + rs256, 401},
	}
	for name, test := range tests {
		req, err := http.NewRequestWithContext(t.Context(), "GET", u.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.header != "" {
			req.Header.Set("Authorization", test.header)
		}
		res, err := s.Transport().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != test.status {
			text, _ := io.ReadAll(res.Body)
			t.Errorf("%s: %d, want %d (%s)", name, res.StatusCode, test.status, text)
		}
	}
}

func TestContextPathIsNotSigned(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *jiratest.Options, _ *jiratest.Stub) { o.BaseURL = "https://shop.example.com/jira" })
	client := &http.Client{Transport: s.AppTransport(jiratest.Serve(http.StripPrefix("/jira", s.Jira)))}
	if status, got := ask(t, client, "GET", s.BaseURL()+"/rest/api/3/project/SHOP", ""); status != 200 {
		t.Errorf("%d %s", status, got)
	}
}

func TestAnonymousQuestions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	plain := &http.Client{Transport: s.Transport()}
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/rest/api/3/permissions/check", `{"projectPermissions":[{"permissions":["BROWSE_PROJECTS"],"projects":[10001]}]}`, 200},
		{"POST", "/rest/api/3/permissions/check", `{"accountId":"acc-dev"}`, 403},
		{"GET", "/rest/api/3/serverInfo", "", 200},
		{"GET", "/rest/api/3/project/SHOP", "", 401},
	} {
		if status, got := ask(t, plain, test.method, s.BaseURL()+test.path, test.body); status != test.status {
			t.Errorf("%s %s: %d %s", test.path, test.body, status, got)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string][3]int{
		"NONE": {403, 403, 403}, "READ": {404, 403, 403}, "write": {404, 201, 403}, "DELETE": {404, 201, 204}, "ADMIN": {404, 201, 204},
	} {
		s := newSite(t, func(_ *jiratest.Options, stub *jiratest.Stub) { stub.Scopes = []string{scope} })
		path := "/rest/api/3/issue/SHOP-1/properties/p"
		for n, method := range []string{"GET", "PUT", "DELETE"} {
			body := ""
			if method == "PUT" {
				body = "1"
			}
			if status, _ := s.ask(t, method, path, body); status != want[n] {
				t.Errorf("%s with %s: %d, want %d", method, scope, status, want[n])
			}
		}
	}
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := "/rest/api/3/project/SHOP"
	s.Break(jiratest.Trouble{Route: "GET /rest/api/3/project/", Status: 503, Times: 2, Header: http.Header{"Retry-After": {"9"}}})
	for n, want := range []int{503, 503, 200} {
		if status, _ := s.ask(t, "GET", path, ""); status != want {
			t.Errorf("request %d: %d, want %d", n, status, want)
		}
	}
	s.Break(jiratest.Trouble{Route: "PUT ", Status: 500})
	if status, _ := s.ask(t, "GET", path, ""); status != 200 {
		t.Errorf("a route that is not in trouble: %d", status)
	}
	s.Break(jiratest.Trouble{Down: true})
	if _, err := s.app.Get(s.BaseURL() + path); err == nil {
		t.Error("a site that is down answers")
	}
	s.Heal()
	s.Break(jiratest.Trouble{Slow: time.Microsecond})
	if status, _ := s.ask(t, "GET", path, ""); status != 200 {
		t.Errorf("a slow answer: %d", status)
	}
	s.Heal()
	if got := s.Count("GET /rest/api/3/project/{project}", 200); got != 3 {
		t.Errorf("%d successes, want 3", got)
	}
	if got := s.Count("GET /rest/api/3/project/{project}", 0); got != 6 {
		t.Errorf("%d calls, want 6", got)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	property := "/rest/api/3/issue/SHOP-1/properties/p"
	tests := map[string]struct {
		limits jiratest.Limits
		reason string
		after  int           // as many pass
		wait   time.Duration // then they pass again
	}{
		"burst":     {jiratest.Limits{Burst: map[string]int{"PUT": 5}}, "jira-burst-based", 5, time.Second},
		"per issue": {jiratest.Limits{Issue: []jiratest.Window{{Max: 3, Per: 2 * time.Second}}}, "jira-per-issue-on-write", 3, 2 * time.Second},
		"quota":     {jiratest.Limits{Points: 7}, "jira-quota-tenant-based", 7, time.Hour},
		"the cloud": {jiratest.CloudLimits(), "jira-per-issue-on-write", 20, 2 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.SetLimits(test.limits)
			for n := range test.after {
				if status, got := s.ask(t, "PUT", property, "1"); status != 200 && status != 201 {
					t.Fatalf("write %d: %d %s", n, status, got)
				}
			}
			req, err := http.NewRequestWithContext(t.Context(), "PUT", s.BaseURL()+property, bytes.NewReader([]byte("1")))
			if err != nil {
				t.Fatal(err)
			}
			res, err := s.app.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			want := map[string]string{
				"Ratelimit-Reason": test.reason, "Retry-After": fmt.Sprint(int(test.wait.Seconds())), "X-Ratelimit-Remaining": "0",
				"X-Ratelimit-Reset": start.Add(test.wait).Format(time.RFC3339),
			}
			got := map[string]string{}
			for name := range want {
				got[name] = res.Header.Get(name)
			}
			if diff := cmp.Diff(want, got); diff != "" || res.StatusCode != 429 {
				t.Errorf("%d\n%s", res.StatusCode, diff)
			}
			s.clock.pass(test.wait)
			if status, got := s.ask(t, "PUT", property, "1"); status != 200 {
				t.Errorf("later: %d %s", status, got)
			}
		})
	}
}

func TestRenamedSite(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.BaseURL()
	if err := s.Rename("https://store.atlassian.net/"); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"GET", "POST"} {
		req, err := http.NewRequestWithContext(t.Context(), method, old+"/rest/api/3/search/jql?jql=x", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Transport().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if to := res.Header.Get("Location"); res.StatusCode != 302 || to != "https://store.atlassian.net/rest/api/3/search/jql?jql=x" {
			t.Errorf("%s: %d to %s", method, res.StatusCode, to)
		}
	}
	if status, got := s.ask(t, "GET", "/rest/api/3/project/SHOP", ""); status != 200 {
		t.Errorf("at the new address: %d %s", status, got)
	}
	if err := s.Rename("nowhere"); err == nil {
		t.Error("renamed to what is no address")
	}
}
