package main

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/behavepro/behavepro/cmd/syncd/demo"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/internal/testenv"
)

// runningDemo is a demo in a process of its own, whose temporary folder is known.
type runningDemo struct {
	demo.Output
	t   *testing.T
	cmd *exec.Cmd
	tmp string
	err *testenv.Buffer
}

// startDemo starts a demo and waits for its line. dir is where it is called.
func startDemo(t *testing.T, dir string, args ...string) *runningDemo {
	t.Helper()
	d := &runningDemo{t: t, tmp: t.TempDir(), err: &testenv.Buffer{}}
	d.cmd = exec.CommandContext(t.Context(), "syncd", append([]string{"demo"}, args...)...)
	d.cmd.Dir, d.cmd.Stderr, d.cmd.WaitDelay = dir, d.err, time.Minute
	d.cmd.Env = append(os.Environ(), "TMPDIR="+d.tmp, "GIT_DIR=/nowhere", "BEHAVEPRO_DATA=/nowhere/data")
	d.cmd.Cancel = func() error { return d.cmd.Process.Signal(os.Interrupt) }
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(out).Decode(&d.Output); err != nil {
		_ = d.cmd.Wait()
		t.Fatalf("the demo told nothing: %v\n%s", err, d.err)
	}
	return d
}

// end sends a signal and checks that nothing stays.
func (d *runningDemo) end(signal os.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(signal); err != nil {
		d.t.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("the demo ended with %v\n%s", err, d.err)
	}
	checkEmpty(d.t, d.tmp)
}

func checkEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("the demo left %v, %v", left, err)
	}
}

// page opens a link as a browser that has never been there.
func (d *runningDemo) page(link string) string {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := (&http.Client{Jar: jar}).Get(link)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		d.t.Fatalf("GET %s: status %d, %v", link, resp.StatusCode, err)
	}
	return string(text)
}

func wantTexts(t *testing.T, where, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", where, want)
		}
	}
}

// TestDemo looks at the sample on a busy port, and calls the command that the demo prints.
func TestDemo(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	d := startDemo(t, t.TempDir(), "--listen", busy.Addr().String())
	if strings.Contains(d.URL, busy.Addr().String()) {
		t.Errorf("the demo is at %s, which is busy", d.URL)
	}
	before := d.page(d.IssueURL)
	wantTexts(t, "the issue's page", before, "SHOP-12", "Points are credited when an order ships", "passed", "failed", "skipped", "not run", ">stale<", ">flaky<",
		"expected 167 points, got 166", "macOS", "SHOP-12-loyalty-points")
	wantTexts(t, "the living documentation", d.page(d.Documentation), "Rechnung", "Shipping to", "shop/webstore")
	d.checkJira()

	push := exec.CommandContext(t.Context(), builtCommand(t), append(d.Push[1:], "--strict")...)
	push.Dir = t.TempDir()
	if text, err := push.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(d.Push, " "), err, text)
	}
	if after := d.page(d.IssueURL); !strings.Contains(before, "2 not run") || !strings.Contains(after, "1 not run") || !strings.Contains(after, "#332") {
		t.Error("the newest build did not prove the new row")
	}
	d.end(os.Interrupt)
	wantTexts(t, "the error output", d.err.String(), busy.Addr().String()+" is used by another program; the demo is at "+d.URL, d.IssueURL, d.Documentation)
}

var frameAddress = regexp.MustCompile(`(?:src|data-src)="([^"]*/connect/panels/scenarios[^"]*)"`)

// checkJira opens the issue in the pretended Jira, and the panel in its frame, which is on another origin.
func (d *runningDemo) checkJira() {
	d.t.Helper()
	view := d.page(d.JiraURL)
	wantTexts(d.t, "the issue in Jira", view, "SHOP-12", "Earn points")
	found := frameAddress.FindStringSubmatch(view)
	if found == nil {
		d.t.Fatalf("the issue in Jira has no panel:\n%s", view)
	}
	frame := html.UnescapeString(found[1])
	if !strings.HasPrefix(frame, d.URL+"/connect/") || strings.HasPrefix(d.JiraURL, d.URL) {
		d.t.Errorf("the panel is at %s, the server at %s, Jira at %s", frame, d.URL, d.JiraURL)
	}
	wantTexts(d.t, "the panel", d.page(frame), "Points are credited when an order ships", "SHOP-12-loyalty-points", "expected 167 points, got 166")
	outsider := d.JiraURL + "?user=acc-outsider"
	if resp, err := http.Get(outsider); err != nil || resp.StatusCode != http.StatusNotFound {
		d.t.Errorf("the issue for an outsider: %v, %v", resp, err)
	} else {
		_ = resp.Body.Close()
	}
}

// demoRepository makes a repository of the reader's.
func demoRepository(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "my shop")
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-qm", "one"}} {
		git := exec.CommandContext(t.Context(), "git", args...)
		git.Dir, git.Env = dir, append(os.Environ(), gitEnv...)
		if text, err := git.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, text)
		}
	}
	return dir
}

func TestDemoOfRepositoryWithoutTags(t *testing.T) {
	t.Parallel()
	repo := demoRepository(t, map[string]string{"features/cart.feature": "Feature: Cart\n  Scenario: Pay\n    Given a cart\n"})
	d := startDemo(t, repo, "--repo", "features", "--listen", "localhost:0") // a relative path, below the top
	if d.Issue != "" || d.IssueURL != "" || d.Repository != "my-shop" {
		t.Errorf("got issue %q and repository %q, want none and my-shop", d.Issue, d.Repository)
	}
	wantTexts(t, "the living documentation", d.page(d.Documentation), "Cart", "not run")
	d.end(syscall.SIGTERM)
	wantTexts(t, "the error output", d.err.String(), "@DEMO-1", "import of my-shop", "results push")
}

func TestDemoOpensTheIssueWithMostScenarios(t *testing.T) {
	t.Parallel()
	repo := demoRepository(t, map[string]string{
		"a.feature": "@KEY-1\nFeature: A\n  Scenario: One\n    Given a\n",
		"b.feature": "@KEY-2\nFeature: B\n  Scenario: One\n    Given a\n  Scenario: Two\n    Given b\n",
	})
	main := exec.CommandContext(t.Context(), "git", "-C", repo, "worktree", "add", "-q", "-b", "other", filepath.Join(repo, "linked"))
	if text, err := main.CombinedOutput(); err != nil {
		t.Fatalf("git worktree: %v\n%s", err, text)
	}
	d := startDemo(t, t.TempDir(), "--repo", filepath.Join(repo, "linked"), "--listen", "127.0.0.1:0")
	if d.Issue != "KEY-2" || d.Repository != "linked" {
		t.Errorf("got issue %s of %s, want KEY-2 of linked", d.Issue, d.Repository)
	}
	wantTexts(t, "the issue's page", d.page(d.IssueURL), "One", "Two", "not run")
	d.end(syscall.SIGHUP)
}

func TestDemoThatCannotStart(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	for _, test := range []struct {
		name string
		args []string
		code int
		text string
	}{
		{"no folder", []string{"--repo", "./nowhere"}, cli.ExitUsage, "no folder that is there"},
		{"no such path", []string{"--repo", "/no/where"}, cli.ExitUsage, "there is no such folder"},
		{"secret", []string{"--repo", "ftp://me:hunter2@example.com/x"}, cli.ExitUsage, "no address of a repository"},
		{"no repository", []string{"--repo", folder}, cli.ExitFailed, folder},
		{"other machines", []string{"--listen", "0.0.0.0:0"}, cli.ExitUsage, "for this machine only"},
		{"no port", []string{"--listen", "127.0.0.1"}, cli.ExitUsage, "HOST:PORT"},
		{"proxy", []string{"--git-proxy", "me:hunter2"}, cli.ExitUsage, "--git-proxy"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			args := append([]string{"demo", "--listen", "127.0.0.1:0"}, test.args...)
			code := run(t.Context(), args, strings.NewReader(""), &out, &errOut)
			if code != test.code || !strings.Contains(errOut.String(), test.text) || out.Len() > 0 {
				t.Errorf("exit code %d, want %d with %q; got\n%s%s", code, test.code, test.text, out.String(), errOut.String())
			}
			if strings.Contains(errOut.String(), "hunter2") {
				t.Error("a password was printed")
			}
			checkEmpty(t, folder)
		})
	}
}

// interrupted is a writer that ends a context when a text passes.
type interrupted struct {
	at   string
	hit  bool
	stop context.CancelFunc
}

func (w *interrupted) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.at) {
		w.hit = true
		w.stop()
	}
	return len(p), nil
}

func TestDemoInterruptedOnItsWay(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	for _, at := range []string{"sending the results", "making the sample", "Ctrl-C ends"}[:testenv.Rounds(1, 3)] {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		told := &interrupted{at: at, stop: stop}
		if code := run(ctx, []string{"demo", "--listen", "127.0.0.1:0"}, strings.NewReader(""), io.Discard, told); code != cli.ExitDone || !told.hit {
			t.Errorf("interrupted at %q (%t): exit code %d, want 0", at, told.hit, code)
		}
		stop()
		checkEmpty(t, folder)
	}
}
