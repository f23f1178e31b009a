package main

import (
	"net/http"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// oddServer answers as servers do that are no Git server, or that lead elsewhere.
func oddServer(w http.ResponseWriter, r *http.Request) {
	const refs = "/x/info/refs?service=git-upload-pack"
	odd := strings.Split(r.URL.Path, "/")[1]
	switch odd {
	case "metadata":
		http.Redirect(w, r, "http://169.254.169.254"+refs, http.StatusFound)
	case "mapped":
		http.Redirect(w, r, "http://[::ffff:169.254.169.254]"+refs, http.StatusFound)
	case "loop":
		http.Redirect(w, r, r.URL.String(), http.StatusFound)
	case "locked":
		w.WriteHeader(http.StatusUnauthorized)
	case "down":
		w.WriteHeader(http.StatusServiceUnavailable)
	case "page":
		_, _ = w.Write([]byte("<html>"))
	case "binary":
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		_, _ = w.Write([]byte(strings.Repeat("\x00\xff\x7f0", 1000)))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// makeFile writes a report that is no good: make KIND FILE.
func makeFile(ts *testscript.TestScript, _ bool, args []string) {
	const deep = 100_000
	var text string
	switch args[0] {
	case "deep-json":
		text = `[{"uri":"a.feature","elements":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}]`
	case "deep-messages":
		text = `{"meta":` + strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep) + "}\n"
	case "deep-xml":
		text = "<testsuite>" + strings.Repeat("<a>", deep) + strings.Repeat("</a>", deep) + "</testsuite>"
	case "binary":
		text = strings.Repeat("\x00\x01\xfe\xffPK", 5000)
	default:
		ts.Fatalf("make %s: not known", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}
