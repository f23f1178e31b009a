package sync

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/behavepro/behavepro/sync/gittest"
)

// demanding serves Git below /team/_git/, as Azure DevOps does: a request that does not offer multi_ack, or multi_ack_detailed where
// detailed is all that it speaks, is refused.
func demanding(detailed bool, answered *atomic.Int64) func(http.Handler) http.Handler {
	return func(git http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			path, below := strings.CutPrefix(req.URL.Path, "/team/_git")
			if !below {
				http.NotFound(w, req)
				return
			}
			req.URL.Path = path
			if req.Method == http.MethodGet {
				rec := httptest.NewRecorder()
				git.ServeHTTP(rec, req)
				body := rec.Body.Bytes()
				if detailed { // the same length, so that the lines of the answer stay whole
					body = bytes.Replace(body, []byte("\x00multi_ack "), []byte("\x00multi_xxx "), 1)
				}
				w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
				w.WriteHeader(rec.Code)
				_, _ = w.Write(body)
				return
			}
			body, err := io.ReadAll(req.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			text := body
			if req.Header.Get("Content-Encoding") == "gzip" {
				z, err := gzip.NewReader(bytes.NewReader(body))
				if err == nil {
					text, err = io.ReadAll(z)
				}
				if err != nil {
					http.Error(w, err.Error(), http.StatusBadRequest)
					return
				}
			}
			want, _, _ := strings.Cut(string(text), "\n")
			if strings.Contains(want, "multi_ack_detailed") != detailed || !strings.Contains(want, "multi_ack") {
				http.Error(w, "multi_ack is needed", http.StatusBadRequest)
				return
			}
			req.Body = io.NopCloser(bytes.NewReader(body))
			rec := httptest.NewRecorder()
			git.ServeHTTP(rec, req)
			if bytes.Contains(rec.Body.Bytes(), []byte(" continue\n")) || bytes.Contains(rec.Body.Bytes(), []byte(" common\n")) {
				answered.Add(1)
			}
			w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
			_, _ = w.Write(rec.Body.Bytes())
		})
	}
}

// TestMultiACK: a server that insists on multi_ack is synced like any other, at first and later, where it answers several haves of
// branches that it has and of one that it lost.
func TestMultiACK(t *testing.T) {
	t.Parallel()
	for _, mode := range gittest.Modes {
		for name, detailed := range map[string]bool{"multi_ack": false, "multi_ack_detailed": true} {
			t.Run(mode.String()+", "+name, func(t *testing.T) {
				t.Parallel()
				r := gittest.New(t)
				r.Commit("one", "a.feature", cart)
				for _, branch := range []string{"b1", "b2", "b3"} {
					r.Git("checkout", "-qb", branch)
					r.Commit(branch, branch+".feature", cart+"\n# "+branch+"\n")
				}
				r.Git("checkout", "-q", "main")
				var answered atomic.Int64
				plain := gittest.ServeWith(t, r.Dir, mode, demanding(detailed, &answered))
				at := strings.LastIndex(plain, "/")
				b := newBench(t)
				repo := b.add("r", plain[:at]+"/team/_git"+plain[at:])
				b.sync(repo)
				for round := range 3 {
					main := r.Commit("more", "a.feature", cart+strings.Repeat("\n  Scenario: more\n    Given x\n", round+1))
					r.Git("checkout", "-q", "b3")
					r.Git("reset", "-q", "--hard", "b2")
					branch := r.Commit("again", "new.feature", cart+strings.Repeat("\n# new", round+1)+"\n")
					r.Git("checkout", "-q", "main")
					b.sync(repo)
					if got, want := b.names(repo, main), "a.feature"; got != want {
						t.Errorf("main: got %q, want %q", got, want)
					}
					if got, want := b.names(repo, branch), "a.feature b1.feature b2.feature new.feature"; got != want {
						t.Errorf("b3: got %q, want %q", got, want)
					}
				}
				if answered.Load() == 0 {
					t.Error("no answer acknowledged more than one have: it proves nothing")
				}
			})
		}
	}
}
