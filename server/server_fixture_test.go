package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/testenv"
	gitsync "github.com/behavepro/behavepro/sync"
)

// testServer is a daemon in this process, with a folder for repositories.
type testServer struct {
	*Server
	t     *testing.T
	repos string
	log   *testenv.Buffer
}

// startTestServer starts a server on a new folder; change may change its configuration.
func startTestServer(t *testing.T, change func(*Config)) *testServer {
	t.Helper()
	h := &testServer{t: t, repos: t.TempDir(), log: &testenv.Buffer{}}
	c := Config{
		Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", LocalRoot: h.repos,
		Poll: gitsync.DefaultPoll, MaxStored: catalog.MaxStored, Version: client.Version{Version: "test"},
		Log: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&c)
	}
	var err error
	if h.Server, err = Start(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

// git runs git in a repository of the testServer, which it makes first where it is not there.
func (h *testServer) git(repo string, args ...string) string {
	h.t.Helper()
	dir := filepath.Join(h.repos, repo)
	if _, err := os.Stat(dir); err != nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			h.t.Fatal(err)
		}
		h.git(repo, "init", "-q")
	}
	cmd := exec.CommandContext(h.t.Context(), "git", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), gitEnv...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, text)
	}
	return strings.TrimSpace(string(text))
}

// commit writes files into a repository and commits them.
func (h *testServer) commit(repo string, files map[string]string) behavepro.SHA {
	h.t.Helper()
	h.git(repo, "status")
	for name, text := range files {
		path := filepath.Join(h.repos, repo, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			h.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	h.git(repo, "add", ".")
	h.git(repo, "commit", "-qm", "a commit of "+repo)
	sha, err := behavepro.ParseSHA(h.git(repo, "rev-parse", "HEAD"))
	if err != nil {
		h.t.Fatal(err)
	}
	return sha
}

// client speaks with a token.
func (h *testServer) client(token behavepro.Secret) *client.Client {
	h.t.Helper()
	c, err := client.New(client.Options{URL: h.endpoint.local, Token: token, UserAgent: "test", Patience: 10 * time.Second})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(c.Close)
	return c
}

func (h *testServer) admin() *client.Client {
	h.t.Helper()
	token, err := h.AdminToken()
	if err != nil {
		h.t.Fatal(err)
	}
	return h.client(token)
}

// connect adds a repository of the testServer and waits for its import.
func (h *testServer) connect(repo, name string, projects ...behavepro.ProjectKey) client.AddedRepository {
	h.t.Helper()
	added, err := h.admin().AddRepository(h.t.Context(), client.AddRepository{URL: filepath.Join(h.repos, repo), Name: name, Projects: projects})
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.admin().Repository(h.t.Context(), name, 50*time.Second); err != nil {
		h.t.Fatal(err)
	}
	return added
}

// token makes a token of any tenant, whatever the API would say.
func (h *testServer) token(tenant behavepro.TenantID, expires time.Time, project behavepro.ProjectKey, verbs ...access.Verb) behavepro.Secret {
	h.t.Helper()
	wish := access.NewToken{Name: "test", Expires: expires, Grant: access.Grant{Tenant: tenant, Verbs: verbs, Projects: []behavepro.ProjectKey{project}}}
	if project == "" {
		wish.Projects, wish.AllProjects = nil, true
	}
	secret, _, err := h.app.registry.Create(h.t.Context(), behavepro.Change{At: time.Now().Add(-time.Hour)}, wish)
	if err != nil {
		h.t.Fatal(err)
	}
	return secret
}

// session makes a session with a grant that began at a time and lasts an hour, and returns its cookie.
func (h *testServer) session(grant access.Grant, began time.Time) *http.Cookie {
	h.t.Helper()
	ticket, err := h.app.registry.NewTicket(h.t.Context(), access.Ticket{Grant: grant, Until: began.Add(time.Minute)})
	if err != nil {
		h.t.Fatal(err)
	}
	cookie, _, err := h.app.registry.Redeem(h.t.Context(), ticket.Reveal(), began, time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	return &http.Cookie{Name: h.endpoint.cookie(), Value: cookie.Reveal()}
}

// answered is what came back of a request.
type answered struct {
	status int
	header http.Header
	body   string
}

// ask sends a request and follows no redirect.
func (h *testServer) ask(method, path, body string, change func(*http.Request)) answered {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.endpoint.local+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answered{resp.StatusCode, resp.Header, string(text)}
}

// reportFile is a report file of an upload.
func reportFile(name, text string) client.ReportFile {
	return client.ReportFile{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// push sends a report and waits for its match.
func (h *testServer) push(ctx context.Context, repo string, commit behavepro.SHA, text string) client.Accounting {
	h.t.Helper()
	acc, err := h.admin().PushResults(ctx, client.Upload{
		Push: client.Push{Repository: repo, Commit: commit, WaitSeconds: 50}, Files: []client.ReportFile{reportFile("report.json", text)},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return acc
}

// waitFor asks until it is so; a minute is long enough for any machine.
func (h *testServer) waitFor(what string, so func() bool) {
	h.t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(time.Minute); !so(); <-ticker.C {
		if time.Now().After(end) {
			h.t.Fatalf("waited a minute for %s\n%s", what, h.log.String())
		}
	}
}

func wantTexts(t *testing.T, where, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", where, want)
		}
	}
}
