package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/server"
	"github.com/behavepro/behavepro/sync/gittest"
)

func TestMain(m *testing.M) {
	net.DefaultResolver = testenv.NoNames // of the tests, and of the syncd of scripts, which this binary is
	testscript.Main(m, map[string]func(){"syncd": main})
}

var builtBehavepro = sync.OnceValues(func() (string, error) {
	syncd, err := exec.LookPath("syncd") // in a folder that TestMain makes, leads PATH with and removes
	if err != nil {
		return "", err
	}
	built, err := testenv.Commands("behavepro")
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(syncd), "behavepro")
	return path, os.Symlink(filepath.Join(built, "behavepro"), path)
})

// builtCommand is the path of behavepro, which is then found by its name as well.
func builtCommand(t *testing.T) string {
	t.Helper()
	path, err := builtBehavepro()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestScripts runs syncd and behavepro in the scripts of testdata/script, with Git over http from a server of Git's own at
// $GIT_URL (below $WORK/served) and by path below $WORK/local, a Jira at $JIRA_URL, and data folders of earlier versions in $FOLDERS.
func TestScripts(t *testing.T) {
	t.Parallel()
	builtCommand(t)
	folders, err := filepath.Abs("testdata/folder")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			server := httptest.NewServer(gitServer(filepath.Join(env.WorkDir, "served")))
			env.Defer(server.Close)
			site := jiratest.New(jiratest.Options{})
			if err := site.Listen("127.0.0.1:0"); err != nil {
				return err
			}
			env.Defer(func() { _ = site.Close() }) // the script has ended
			env.Values[jiraValue] = site
			env.Setenv("JIRA_URL", site.BaseURL())
			env.Setenv("JIRA_HOST", strings.TrimPrefix(site.BaseURL(), "http://"))
			odd := httptest.NewServer(http.HandlerFunc(oddServer))
			env.Defer(odd.Close)
			env.Vars = append(env.Vars, gitEnv...)
			env.Setenv("ODD_URL", odd.URL)
			untrusted := httptest.NewUnstartedServer(http.HandlerFunc(oddServer))
			untrusted.Config.ErrorLog = log.New(io.Discard, "", 0) // that nobody trusts it is meant
			untrusted.StartTLS()
			env.Defer(untrusted.Close)
			env.Setenv("ODD_TLS_URL", untrusted.URL)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("GIT_URL", server.URL)
			env.Setenv("FOLDERS", folders)
			env.Setenv("GIT_CEILING_DIRECTORIES", env.WorkDir)
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "mounts" {
				return false, fmt.Errorf("condition %q is not known", name)
			}
			return exec.CommandContext(t.Context(), "unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", t.TempDir()).Run() == nil, nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "started": started, "get": get, "save": save, "term": term, "make": makeFile, "jira": jiraDoes, "unpack": unpackFolder,
		},
	})
}

// gitEnv makes commits the same everywhere, and hides the user's own settings and CI.
var gitEnv = slices.Concat(testenv.Git(), testenv.At(1_767_323_045), []string{"TZ=UTC", "METRICS=127.0.0.1:0", "BEHAVEPRO_LISTEN=127.0.0.1:0", "BEHAVEPRO_METRICS_LISTEN=off"})

// gitServer serves the bare repositories of a folder as git http-backend does.
func gitServer(root string) http.Handler {
	backend, err := gittest.Backend()
	if err != nil {
		return http.NotFoundHandler()
	}
	return &cgi.Handler{
		Path: backend, InheritEnv: []string{"PATH"},
		Env: append(testenv.Git(), "GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1"),
	}
}

// exits runs a command and checks its exit code: exits 3 behavepro …
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// startTime is how long a daemon may take to start on a busy machine.
const startTime = 30 * time.Second

// started waits until a daemon tells its address in a data folder: started DIR; ! started DIR until it is gone.
func started(ts *testscript.TestScript, neg bool, args []string) {
	for end := time.Now().Add(startTime); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(server.URLFile(ts.MkAbs(args[0]))); (err == nil) != neg {
			return
		}
	}
	ts.Fatalf("the daemon on %s did not get there in %s", args[0], startTime)
}

// get asks a daemon by http and checks the status: get STATUS DIR PATH [HEADER=VALUE…]. A Location is printed as a header.
func get(ts *testscript.TestScript, _ bool, args []string) {
	address, err := os.ReadFile(server.URLFile(ts.MkAbs(args[1])))
	ts.Check(err)
	target := strings.TrimSpace(string(address)) + args[2]
	if strings.HasPrefix(args[2], "http") {
		target = args[2]
	}
	req, err := http.NewRequest(http.MethodGet, target, http.NoBody)
	ts.Check(err)
	for _, h := range args[3:] {
		name, value, _ := strings.Cut(h, "=")
		if req.Header.Set(name, value); name == "Host" {
			req.Host = value
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
	ts.Check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(resp.Header.Write(ts.Stdout()))
	fmt.Fprintf(ts.Stdout(), "\n%s\n", text)
	if want := args[0]; strconv.Itoa(resp.StatusCode) != want {
		ts.Fatalf("GET %s: status %d, want %s: %s", target, resp.StatusCode, want, text)
	}
}

const jiraValue = "jira"

// jiraDoes makes the Jira of a script do something with the app of a daemon: jira install DIR; jira uninstall; jira import, after which
// it is another site at the same address; jira project KEY; jira issue KEY SUMMARY; jira form PROJECT PATH NAME=VALUE…, which sends a form of a
// project's settings as its admin.
func jiraDoes(ts *testscript.TestScript, _ bool, args []string) {
	site := ts.Value(jiraValue).(*jiratest.Jira)
	switch args[0] {
	case "install":
		address, err := os.ReadFile(server.URLFile(ts.MkAbs(args[1])))
		ts.Check(err)
		ts.Check(site.Install(context.Background(), strings.TrimSpace(string(address))))
	case "uninstall":
		ts.Check(site.Uninstall(context.Background()))
	case "import":
		site.Import()
	case "project":
		site.AddProject(jiratest.Project{Key: args[1], Lead: "acc-admin"})
	case "issue":
		_, _, err := site.AddIssue(jiratest.Issue{Key: args[1], Summary: args[2]})
		ts.Check(err)
	case "form":
		sendForm(ts, site, args[1], args[2], args[3:])
	default:
		ts.Fatalf("jira %s is not known", args[0])
	}
}

// formContext finds where the settings in Jira are, and the context that their forms carry.
var formContext = regexp.MustCompile(`"(/[^"]*/frames/settings)/[^"]*\bctx=([^"&]+)`)

// sendForm opens the settings of a project in Jira, and sends a form below them with the context that the page has.
func sendForm(ts *testscript.TestScript, site *jiratest.Jira, project, path string, values []string) {
	page, err := site.PanelURL(jiratest.Panel{Module: "settings", Account: "acc-admin", Project: project})
	ts.Check(err)
	resp, err := http.Get(page)
	ts.Check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	found := formContext.FindSubmatch(text)
	if found == nil {
		ts.Fatalf("no context in the settings of %s: %s", project, text)
	}
	form := url.Values{"ctx": {string(found[2])}}
	for _, v := range values {
		name, value, _ := strings.Cut(v, "=")
		form.Add(name, value)
	}
	host, _, _ := strings.Cut(page, "/connect/")
	sent, err := http.PostForm(host+string(found[1])+path, form)
	ts.Check(err)
	defer sent.Body.Close()
	answer, err := io.ReadAll(sent.Body)
	ts.Check(err)
	if sent.StatusCode != http.StatusOK {
		ts.Fatalf("form %s of %s: %s: %s", path, project, sent.Status, answer)
	}
	_, err = ts.Stdout().Write(answer)
	ts.Check(err)
}

// unpackFolder puts the files of an archive into a folder: unpack ARCHIVE.tar.zst DIR.
func unpackFolder(ts *testscript.TestScript, _ bool, args []string) {
	archive, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer archive.Close()
	plain, err := zstd.NewReader(archive)
	ts.Check(err)
	defer plain.Close()
	to := ts.MkAbs(args[1])
	for in := tar.NewReader(plain); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		ts.Check(err)
		path := filepath.Join(to, header.Name)
		if header.Typeflag == tar.TypeDir {
			ts.Check(os.MkdirAll(path, 0o700))
			continue
		}
		text, err := io.ReadAll(in)
		ts.Check(err)
		ts.Check(os.WriteFile(path, text, 0o600))
	}
}

// save keeps what a pattern's group finds in a file (stdout for the last output) in a variable: save NAME FILE PATTERN.
func save(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if found == nil {
		ts.Fatalf("%s does not match %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[len(found)-1])
}

// term sends SIGTERM to the daemon of a data folder: term DIR.
func term(ts *testscript.TestScript, _ bool, args []string) {
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(filepath.Join(ts.MkAbs(args[0]), "lock"))))
	ts.Check(err)
	ts.Check(syscall.Kill(pid, syscall.SIGTERM))
}
