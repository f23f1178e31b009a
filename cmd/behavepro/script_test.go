package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/behavepro/behavepro/internal/testenv"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"behavepro": main}) }

// TestScripts runs the command in the scripts of testdata/script. A script may hold answers of a server in
// answers/METHOD path (with _ for /), with a first line that is the status.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			server := httptest.NewServer(answers(filepath.Join(env.WorkDir, "answers"), filepath.Join(env.WorkDir, "asked")))
			env.Defer(server.Close)
			env.Vars = append(env.Vars, gitEnv...)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("SERVER", server.URL)
			env.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(env.WorkDir))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
	})
}

// gitEnv makes commits the same everywhere, and hides the user's own settings and CI.
var gitEnv = slices.Concat(testenv.Git(), testenv.At(1_767_323_045), []string{"TZ=UTC"})

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

// answers gives what a script's files say, and writes down what was asked.
func answers(dir, asked string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		log, err := os.OpenFile(asked, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, _ = log.WriteString(r.Method + " " + r.URL.RequestURI() + " " + r.Header.Get("Authorization") + "\n")
			if z, err := zstd.NewReader(r.Body); err == nil && r.Header.Get("Content-Encoding") == "zstd" {
				_, _ = io.Copy(log, z)
				z.Close()
			}
			log.Close()
		}
		text, err := os.ReadFile(filepath.Join(dir, r.Method+strings.ReplaceAll(r.URL.EscapedPath(), "/", "_")))
		if err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
		status, body, _ := strings.Cut(string(text), "\n")
		code, err := strconv.Atoi(status)
		if err != nil {
			code = http.StatusTeapot
		}
		w.Header().Set("Content-Type", "application/json")
		if code >= 400 {
			w.Header().Set("Content-Type", "application/problem+json")
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}
