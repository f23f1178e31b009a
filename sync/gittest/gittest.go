// Package gittest makes real Git repositories with the real git and serves them over HTTP, for tests. It needs git on the
// machine.
package gittest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/behavepro/behavepro/internal/testenv"
)

// Mode is what a server offers.
type Mode int

const (
	// Neither offers no filter and no objects by SHA.
	Neither Mode = iota
	// FilterOnly offers a filter but refuses objects by SHA.
	FilterOnly
	// Partial offers both, as GitHub and GitLab do.
	Partial
)

// String names the mode.
func (m Mode) String() string { return [...]string{"neither", "filter only", "partial"}[m] }

// Modes are all of them.
var Modes = []Mode{Neither, FilterOnly, Partial}

// Repo is a repository with a work tree. It is safe for concurrent use as far as git's commands are.
type Repo struct {
	T    testing.TB
	Dir  string
	time atomic.Int64 // of the last command, in seconds since 1970: each has its own
}

// New makes an empty repository with branch main.
func New(t testing.TB) *Repo {
	t.Helper()
	r := &Repo{T: t, Dir: t.TempDir()}
	r.time.Store(1_700_000_000)
	r.Git("init", "-q", "-b", "main")
	return r
}

// Git runs git in the work tree and returns its output without the last newline.
func (r *Repo) Git(args ...string) string {
	r.T.Helper()
	return r.Input("", args...)
}

// Input runs git with standard input.
func (r *Repo) Input(stdin string, args ...string) string {
	r.T.Helper()
	out, err := r.Try(stdin, args...)
	if err != nil {
		r.T.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSuffix(out, "\n")
}

// Try runs git, which may fail.
func (r *Repo) Try(stdin string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = r.Dir, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), Env(r.time.Add(1))...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if err != nil {
		return out.String() + stderr.String(), err
	}
	return out.String(), nil
}

// Env makes git independent of the machine's settings, and its commits repeatable: all are of one time.
func Env(seconds int64) []string {
	return append(testenv.Git(), testenv.At(seconds)...)
}

// Write writes a file of the work tree.
func (r *Repo) Write(path, content string) {
	r.T.Helper()
	full := filepath.Join(r.Dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.T.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
		r.T.Fatal(err)
	}
}

// Commit writes files (a path, a content, …), commits everything and returns the SHA.
func (r *Repo) Commit(message string, files ...string) string {
	r.T.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		r.Write(files[i], files[i+1])
	}
	r.Git("add", "-A")
	r.Git("commit", "-q", "--allow-empty", "-m", message)
	return r.head()
}

// head reads what HEAD is at from git's files, where it is there: of all that is done here, starting git takes longest.
func (r *Repo) head() string {
	r.T.Helper()
	text, err := os.ReadFile(filepath.Join(r.Dir, ".git/HEAD"))
	if err == nil {
		if ref, found := strings.CutPrefix(string(text), "ref: "); found {
			text, err = os.ReadFile(filepath.Join(r.Dir, ".git", strings.TrimSpace(ref)))
		}
	}
	if sha := strings.TrimSpace(string(text)); err == nil && len(sha) == 40 {
		return sha
	}
	return r.Git("rev-parse", "HEAD")
}

// Point makes branches, by a SHA for each; "" deletes one. It writes git's files where that is enough, as head reads them.
func (r *Repo) Point(branches map[string]string) {
	r.T.Helper()
	var gone strings.Builder
	for name, sha := range branches {
		if sha == "" {
			fmt.Fprintf(&gone, "delete refs/heads/%s\n", name)
		} else {
			r.Write(".git/refs/heads/"+name, sha+"\n")
		}
	}
	if gone.Len() > 0 {
		r.Input(gone.String(), "update-ref", "--stdin")
	}
}

// NoBranches deletes all branches; their commits stay.
func (r *Repo) NoBranches() {
	r.T.Helper()
	all := map[string]string{}
	for name := range strings.FieldsSeq(r.Git("for-each-ref", "--format=%(refname:short)", "refs/heads")) {
		all[name] = ""
	}
	r.Point(all)
}

// Blobs reads all blobs, by their SHA.
func (r *Repo) Blobs() map[string]string {
	r.T.Helper()
	blobs := map[string]string{}
	for rest := r.Git("cat-file", "--batch", "--batch-all-objects", "--unordered") + "\n"; rest != ""; {
		var sha, kind string
		var size int
		head, body, _ := strings.Cut(rest, "\n")
		if _, err := fmt.Sscan(head, &sha, &kind, &size); err != nil {
			r.T.Fatalf("git cat-file says %q: %v", head, err)
		}
		if kind == "blob" {
			blobs[sha] = body[:size]
		}
		rest = body[size+1:]
	}
	return blobs
}

// Backend is the program that serves Git's smart HTTP as CGI; calling it by way of git would be one more process.
var Backend = sync.OnceValues(func() (string, error) {
	dir, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return "", fmt.Errorf("git is needed: %w", err)
	}
	return exec.LookPath(filepath.Join(strings.TrimSpace(string(dir)), "git-http-backend"))
})

// Serve serves a repository over smart HTTP from loopback and returns its URL.
func Serve(t testing.TB, dir string, mode Mode) string {
	t.Helper()
	return ServeWith(t, dir, mode, nil)
}

// ServeWith serves a repository behind a handler that may refuse or count requests.
func ServeWith(t testing.TB, dir string, mode Mode, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	if info, err := os.Stat(filepath.Join(dir, ".git")); err == nil && info.IsDir() {
		dir = filepath.Join(dir, ".git")
	}
	exe, err := Backend()
	if err != nil {
		t.Fatal(err)
	}
	settings := []string{"safe.directory=*", "http.receivepack=false"}
	if mode >= FilterOnly {
		settings = append(settings, "uploadpack.allowFilter=true")
	}
	if mode == Partial {
		settings = append(settings, "uploadpack.allowAnySHA1InWant=true")
	}
	env := append(testenv.Git(settings...), "GIT_PROJECT_ROOT="+filepath.Dir(dir), "GIT_HTTP_EXPORT_ALL=1")
	var handler http.Handler = &cgi.Handler{Path: exe, Env: env, Stderr: io.Discard}
	if wrap != nil {
		handler = wrap(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/" + filepath.Base(dir)
}

func (r *Repo) read(path string) string {
	r.T.Helper()
	b, err := os.ReadFile(filepath.Join(r.Dir, path))
	if err != nil {
		r.T.Fatal(err)
	}
	return string(b)
}
