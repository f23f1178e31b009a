package api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/web"
	"github.com/behavepro/behavepro/web/problem"
)

func TestFeatures(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got, err := h.client(h.token("repos:read", "SHOP")).Features(t.Context(), "acme/shop", "main")
	if err != nil {
		t.Fatal(err)
	}
	add, many := h.shop.Lineage(h.tip, "Add a thing"), h.shop.Lineage(h.tip, "Many things")
	want := []client.Scenario{
		{Name: "Add a thing", Line: 5, Lineage: add, Issues: []behavepro.IssueKey{"SHOP-1"}, Tags: []string{"@shop", "@SHOP-1", "@slow"}, Rows: []client.Row{}},
		{
			Name: "Many things", Line: 9, Lineage: many, Issues: []behavepro.IssueKey{"SHOP-2"}, Tags: []string{"@shop", "@SHOP-2"},
			Rows: []client.Row{{Line: 13, Cells: map[string]string{"n": "1", "of": "pears"}}, {Line: 14, Cells: map[string]string{"n": "2", "of": "figs"}}},
		},
	}
	if got.Commit != h.tip || got.Ref != "main" || len(got.Features) != 2 || len(got.Problems) != 1 || got.Problems[0].Line != 4 {
		t.Fatalf("got %+v", got)
	}
	if diff := cmp.Diff(want, got.Features[1].Scenarios); diff != "" {
		t.Error(diff)
	}
	text, err := h.client(h.token("repos:read", "SHOP")).Feature(t.Context(), "acme/shop", "", "features/cart.feature")
	if err != nil || text.Feature.Scenarios[0].Text.Steps[0].Text != "a thing" {
		t.Errorf("got %+v, %v", text, err)
	}
	for name, call := range map[string]func(c *client.Client) error{
		"commit": func(c *client.Client) error { _, err := c.Features(t.Context(), "acme/shop", "nowhere"); return err },
		"path": func(c *client.Client) error {
			_, err := c.Feature(t.Context(), "acme/shop", "", "no.feature")
			return err
		},
		"repo": func(c *client.Client) error { _, err := c.Features(t.Context(), "acme/nothing", ""); return err },
	} {
		if err := call(h.client(h.token("repos:read"))); !errors.Is(err, behavepro.ErrNotFound) {
			t.Errorf("unknown %s: got %v", name, err)
		}
	}
}

func TestIssue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	push := &catalog.Push{ID: "p1", Repository: h.shop.Repo.ID, Commit: h.tip, Build: "7", BuildURL: "https://ci.example.com/7", Started: h.now, Received: h.now, State: catalog.PushWaiting}
	if err := h.catalog.PutPush(t.Context(), push); err != nil {
		t.Fatal(err)
	}
	issue, err := h.client(h.token("results:read", "SHOP")).Issue(t.Context(), "shop-1", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(issue.Scenarios) != 1 || issue.Issue != "SHOP-1" {
		t.Fatalf("a token of SHOP sees %+v", issue)
	}
	s := issue.Scenarios[0]
	if s.Repository != "acme/shop" || s.Ref != "main" || s.Status != behavepro.NotRun || s.LastRun != nil || s.Name != "Add a thing" {
		t.Errorf("got %+v", s)
	}
	issue, err = h.client(h.token("results:read")).Issue(t.Context(), "SHOP-1", "", "")
	if err != nil || len(issue.Scenarios) != 2 {
		t.Errorf("a token of all projects sees %d scenarios, %v", len(issue.Scenarios), err)
	}
	issue, err = h.client(h.token("results:read")).Issue(t.Context(), "SHOP-1", "", "acme/pay")
	if err != nil || len(issue.Scenarios) != 1 || issue.Scenarios[0].Repository != "acme/pay" {
		t.Errorf("in one repository: %+v, %v", issue, err)
	}
}

func TestRepositories(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.client(h.token("repos:read,repos:write", "SHOP"))
	list, err := c.Repositories(t.Context())
	if err != nil || len(list.Repositories) != 1 || list.Repositories[0].DefaultBranch != "main" {
		t.Fatalf("got %+v, %v", list, err)
	}
	added, err := c.AddRepository(t.Context(), client.AddRepository{
		URL: "https://git.example.com/x", Name: "x", Projects: []behavepro.ProjectKey{"SHOP"}, Credential: &client.Credential{User: "u", Token: "hidden-git-token"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(added.Hook.URL, "https://behave.example.com/hooks/git/") || added.Hook.Secret == "" || len(added.Warnings) != 1 {
		t.Errorf("got %+v", added)
	}
	if h.syncs.wish.Credential.Token.Reveal() != "hidden-git-token" || h.syncs.wish.AllowLocal {
		t.Errorf("the room was asked for %+v", h.syncs.wish)
	}
	_, err = c.AddRepository(t.Context(), client.AddRepository{URL: "u", Projects: []behavepro.ProjectKey{"PAY"}})
	if !errors.Is(err, behavepro.ErrForbidden) {
		t.Errorf("into another project: %v", err)
	}
	_, err = h.client(h.token("admin")).AddRepository(t.Context(), client.AddRepository{Projects: []behavepro.ProjectKey{"PAY"}})
	if !errors.Is(err, behavepro.ErrInvalid) || !strings.Contains(err.Error(), "no address (give one); no name") {
		t.Errorf("all mistakes at once: %v", err)
	}
	if !h.syncs.wish.AllowLocal {
		t.Error("the admin may name local paths")
	}
	if _, err := c.Repository(t.Context(), "acme/shop", time.Second); err != nil {
		t.Error(err)
	}
	if _, err := c.SyncRepository(t.Context(), "acme/shop"); err != nil {
		t.Error(err)
	}
	if want := []string{"wait id-acme/shop", "sync id-acme/shop"}; cmp.Diff(want, h.syncs.asked) != "" {
		t.Errorf("asked for %v, want %v", h.syncs.asked, want)
	}
	if gone, err := c.RemoveRepository(t.Context(), "x"); err != nil || gone.Repository != "x" {
		t.Errorf("remove: %+v, %v", gone, err)
	}
	if status, _ := h.ask(t, "POST", strings.TrimPrefix(added.Hook.URL, "https://behave.example.com"), "{}", ""); status != http.StatusNotFound {
		t.Errorf("the webhook of a removed repository answers %d", status)
	}
}

// TestSharedRepository: settings of a repository are changed by those who reach all its projects.
func TestSharedRepository(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.shop.Repo.Projects = []behavepro.ProjectKey{"PAY", "SHOP"}
	if err := h.catalog.PutRepository(t.Context(), h.shop.Repo); err != nil {
		t.Fatal(err)
	}
	branches := []string{"main"}
	c := h.client(h.token("repos:read,repos:write", "SHOP"))
	if _, err := c.ChangeRepository(t.Context(), "acme/shop", client.ChangeRepository{Branches: &branches}); !errors.Is(err, behavepro.ErrForbidden) {
		t.Errorf("one of two projects: %v", err)
	}
	r, err := c.Repository(t.Context(), "acme/shop", 0)
	if err != nil || cmp.Diff([]behavepro.ProjectKey{"SHOP"}, r.Projects) != "" {
		t.Errorf("projects out of reach are not told: %+v, %v", r.Projects, err)
	}
	both := h.client(h.token("repos:write", "SHOP", "PAY"))
	if r, err = both.ChangeRepository(t.Context(), "acme/shop", client.ChangeRepository{Branches: &branches}); err != nil || len(r.Branches) != 1 {
		t.Errorf("both projects: %+v, %v", r, err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin := h.client(h.token("admin"))
	made, err := admin.CreateToken(t.Context(), client.CreateToken{Name: "ci", Projects: []behavepro.ProjectKey{"SHOP"}, Repository: "acme/shop", ExpiresSeconds: 3600})
	if err != nil {
		t.Fatal(err)
	}
	if made.Token.Expires == nil || !made.Token.Expires.Equal(h.now.Add(time.Hour)) || len(made.Token.Can) != 3 {
		t.Errorf("got %+v", made.Token)
	}
	if list, err := h.client(made.Value).Repositories(t.Context()); err != nil || len(list.Repositories) != 1 {
		t.Errorf("the token sees %+v, %v", list, err)
	}
	if _, err := admin.CreateToken(t.Context(), client.CreateToken{Name: "x", Can: []string{"everything"}}); !errors.Is(err, behavepro.ErrInvalid) {
		t.Errorf("unknown verb: %v", err)
	}
	for _, want := range []string{"acme/shop", ""} {
		list, err := admin.Tokens(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(list.Tokens, func(tok client.Token) bool { return tok.ID == made.Token.ID })
		if at < 0 || list.Tokens[at].Repository != "id-acme/shop" || list.Tokens[at].RepositoryName != want {
			t.Errorf("the list is %+v, want the name %q", list, want)
		}
		if err := h.catalog.RemoveRepository(t.Context(), "id-acme/shop", h.now); err != nil {
			t.Fatal(err)
		}
	}
	for length, want := range map[int]error{0: behavepro.ErrInvalid, 100: nil, 101: behavepro.ErrInvalid} {
		_, err := admin.CreateToken(t.Context(), client.CreateToken{Name: strings.Repeat("n", length)})
		if !errors.Is(err, want) || want != nil && !strings.Contains(err.Error(), "at most 100 bytes") {
			t.Errorf("a name of %d bytes: %v", length, err)
		}
	}
	if _, err := admin.RevokeToken(t.Context(), made.Token.ID); err != nil {
		t.Error(err)
	}
	if _, err := h.client(made.Value).Repositories(t.Context()); !errors.Is(err, behavepro.ErrUnauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}
	link, err := admin.Link(t.Context())
	if err != nil || !strings.HasPrefix(link.URL, "https://behave.example.com/open?ticket=") {
		t.Errorf("link %+v, %v", link, err)
	}
	if _, err := h.client(h.token("admin", "SHOP")).Link(t.Context()); !errors.Is(err, behavepro.ErrForbidden) {
		t.Errorf("an admin of one project: %v", err)
	}
	if strings.Contains(h.log.String(), made.Value) || strings.Contains(h.log.String(), "ticket=") {
		t.Error("the log tells a secret")
	}
}

func TestGitHook(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	hook, err := h.client(h.token("repos:write", "SHOP")).RotateHook(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	body := `{"ref":"refs/heads/main"}`
	mac := hmac.New(sha256.New, []byte(hook.Secret))
	mac.Write([]byte(body))
	signature := hex.EncodeToString(mac.Sum(nil))
	for name, c := range map[string]struct {
		header, value, body string
		want                int
	}{
		"GitHub":            {"X-Hub-Signature-256", "sha256=" + signature, body, 204},
		"Bitbucket":         {"X-Hub-Signature", "sha256=" + signature, body, 204},
		"Gitea":             {"X-Gitea-Signature", signature, body, 204},
		"GitLab":            {"X-Gitlab-Token", hook.Secret, body, 204},
		"no signature":      {"X-Other", "x", body, 401},
		"another body":      {"X-Hub-Signature-256", "sha256=" + signature, body + " ", 401},
		"a wrong token":     {"X-Gitlab-Token", "guess", body, 401},
		"an empty token":    {"X-Gitlab-Token", "", body, 401},
		"an old sha1":       {"X-Hub-Signature", "sha1=" + signature, body, 401},
		"more than a MB":    {"X-Gitlab-Token", hook.Secret, strings.Repeat(" ", 1<<20+1), 413},
		"what is not hex":   {"X-Gitea-Signature", "zz", body, 401},
		"a cut signature":   {"X-Gitea-Signature", signature[:10], body, 401},
		"the secret itself": {"X-Hub-Signature-256", hook.Secret, body, 401},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+strings.TrimPrefix(hook.URL, "https://behave.example.com"), strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(c.header, c.value)
		if status, text := send(t, req); status != c.want {
			t.Errorf("%s: status %d, want %d (%s)", name, status, c.want, text)
		}
	}
	if len(h.syncs.asked) != 4 {
		t.Errorf("asked for %v", h.syncs.asked)
	}
	if strings.Contains(h.log.String(), hook.Secret) || strings.Contains(h.log.String(), strings.TrimPrefix(hook.URL, "https://behave.example.com/hooks/git/")) {
		t.Error("the log tells the hook's secret or id")
	}
}

func TestEdges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin := h.token("admin")
	for _, c := range []struct {
		method, path, body string
		want               int
		kind               string
	}{
		{"GET", "/api/v1/nothing", "", 404, "not-found"},
		{"DELETE", "/api/v1/version", "", 405, ""},
		{"POST", "/api/v1/repos", `{"url":1}`, 400, "invalid"},
		{"POST", "/api/v1/repos", `{"addres":"x"}`, 400, "invalid"},
		{"POST", "/api/v1/repos", `{}{}`, 400, "invalid"},
		{"POST", "/api/v1/repos", `{"url":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "limit-reached"},
		{"GET", "/api/v1/repos/acme%2Fshop?wait=soon", "", 400, "invalid"},
		{"GET", "/api/v1/issues/nokey", "", 400, "invalid"},
		{"POST", "/api/v1/results", `{}`, 400, "invalid"},
	} {
		status, body := h.ask(t, c.method, c.path, c.body, admin)
		var p problem.Document
		if err := json.Unmarshal([]byte(body), &p); err != nil || status != c.want || p.Status != c.want || p.Detail == "" {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
		if c.kind != "" && p.Type != problem.TypePrefix+c.kind {
			t.Errorf("%s %s: type %s, want %s", c.method, c.path, p.Type, c.kind)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.server.URL+"/api/v1/version", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example.com"
	if status, _ := send(t, req); status != http.StatusMisdirectedRequest {
		t.Errorf("another host: %d", status)
	}
	req.URL.Path = "/healthz"
	if status, _ := send(t, req); status != http.StatusOK {
		t.Errorf("/healthz by any host: %d", status)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(h.log.String()), "\n") {
		if strings.Contains(line, admin) || strings.Contains(line, "acme") || strings.Contains(line, "soon") || !json.Valid([]byte(line)) {
			t.Errorf("log line %s", line)
		}
	}
	if n := strings.Count(h.log.String(), `"msg":"request"`); n != 10 { // health checks are logged for debugging only
		t.Errorf("%d log lines for 10 requests", n)
	}
}

func TestRegisterAsksForAScheme(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	serve := func(*web.Request) error { return nil }
	for name, r := range map[string]web.Route{
		"no scheme":          {Pattern: "GET /x", About: "x", Serve: serve},
		"no verb":            {Pattern: "GET /x", About: "x", Serve: serve, Auth: web.Token, Reach: web.Filtered},
		"no reach":           {Pattern: "GET /x", About: "x", Serve: serve, Auth: web.Token, Verb: access.ReposRead},
		"no repository":      {Pattern: "GET /x", About: "x", Serve: serve, Auth: web.Token, Verb: access.ReposRead, Reach: web.InRepository},
		"ignored repository": {Pattern: "GET /x/{repo}", About: "x", Serve: serve, Auth: web.Token, Verb: access.ReposRead, Reach: web.Filtered},
		"no method":          {Pattern: "/x", About: "x", Serve: serve, Auth: web.Public},
		"an unknown scheme":  {Pattern: "GET /x", About: "x", Serve: serve, Auth: "open"},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: registered", name)
				}
			}()
			h.api.Register(r)
		}()
	}
	h.api.Register(web.Route{Pattern: "GET /boom", About: "Fails.", Auth: web.Public, Serve: func(*web.Request) error { panic("secret text") }})
	status, body := h.ask(t, "GET", "/boom", "", "")
	if status != http.StatusInternalServerError || bytes.Contains([]byte(body), []byte("secret text")) {
		t.Errorf("a panic: %d %s", status, body)
	}
}
