package client_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/web/problem"
)

func serve(t *testing.T, answers ...http.HandlerFunc) (*client.Client, *atomic.Int32) {
	t.Helper()
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := int(n.Add(1)) - 1
		answers[min(i, len(answers)-1)](w, r)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(client.Options{URL: server.URL, Token: behavepro.NewSecret("bp_a_b"), FirstWait: time.Millisecond, Patience: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, &n
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, text)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, kind := range map[string]error{
		"https://behave.example.com":         nil,
		"https://behave.example.com/prefix/": nil,
		"http://127.0.0.1:8080":              nil,
		"http://localhost:8080":              nil,
		"http://[::1]:8080":                  nil,
		"http://behave.example.com":          behavepro.ErrRefused,
		"http://127.0.0.1.example.com":       behavepro.ErrRefused,
		"http://10.0.0.1":                    behavepro.ErrRefused,
		"https://user:pass@example.com":      behavepro.ErrInvalid,
		"ftp://example.com":                  behavepro.ErrInvalid,
		"behave.example.com":                 behavepro.ErrInvalid,
		"":                                   behavepro.ErrInvalid,
	} {
		if _, err := client.New(client.Options{URL: address}); !errors.Is(err, kind) || (kind == nil) != (err == nil) {
			t.Errorf("%q: got %v, want %v", address, err, kind)
		}
	}
}

func TestRepeats(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []http.HandlerFunc
		call    func(*client.Client) error
		sent    int32
		kind    error
	}{
		"read, busy twice":   {[]http.HandlerFunc{status(503), status(429), answer(`{}`)}, list(t), 3, nil},
		"read, bad gateway":  {[]http.HandlerFunc{status(502), status(504), answer(`{}`)}, list(t), 3, nil},
		"read, refused":      {[]http.HandlerFunc{status(403)}, list(t), 1, behavepro.ErrForbidden},
		"read, server fails": {[]http.HandlerFunc{status(500)}, list(t), 1, behavepro.ErrCorrupt},
		"add, busy":          {[]http.HandlerFunc{status(503), answer(`{}`)}, add(t), 2, nil},
		"add, bad gateway":   {[]http.HandlerFunc{status(502)}, add(t), 1, behavepro.ErrUnavailable},
		"redirect": {[]http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example.com", http.StatusFound)
		}}, list(t), 1, behavepro.ErrRefused},
		"not ours": {[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }}, list(t), 1, behavepro.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl, n := serve(t, c.answers...)
			if err := c.call(cl); !errors.Is(err, c.kind) || (c.kind == nil) != (err == nil) {
				t.Errorf("got %v, want %v", err, c.kind)
			}
			if n.Load() != c.sent {
				t.Errorf("%d requests, want %d", n.Load(), c.sent)
			}
		})
	}
}

func list(t *testing.T) func(*client.Client) error {
	return func(c *client.Client) error { _, err := c.Repositories(t.Context()); return err }
}

func add(t *testing.T) func(*client.Client) error {
	return func(c *client.Client) error {
		_, err := c.AddRepository(t.Context(), client.AddRepository{URL: "x"})
		return err
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, k := range problem.Kinds() {
		c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusBadRequest) // the type counts, not the status
			fmt.Fprintf(w, `{"type":%q,"detail":"what happened","hint":"what to do"}`, problem.TypePrefix+k.Name)
		})
		_, err := c.Repositories(t.Context())
		if !errors.Is(err, k.Err) || err.Error() != "what happened (what to do)" {
			t.Errorf("%s: got %v", k.Name, err)
		}
	}
}

// TestUploadRepeats: each try sends the files anew, from their beginning.
func TestUploadRepeats(t *testing.T) {
	t.Parallel()
	var bodies []string
	take := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			z, err := zstd.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			defer z.Close()
			text, err := io.ReadAll(z)
			if err != nil {
				t.Error(err)
			}
			bodies = append(bodies, string(text[strings.Index(string(text), "\n"):]))
			if r.Header.Get("Idempotency-Key") != "k" {
				t.Error("no Idempotency-Key")
			}
			next(w, r)
		}
	}
	c, _ := serve(t, take(status(502)), take(answer(`{"state":"matched"}`)))
	opened := 0
	acc, err := c.PushResults(t.Context(), client.Upload{IdempotencyKey: "k", Files: []client.ReportFile{{Name: "r", Open: func() (io.ReadCloser, error) {
		opened++
		return io.NopCloser(strings.NewReader("the report")), nil
	}}}})
	if err != nil || acc.State != client.StateMatched {
		t.Fatalf("got %+v, %v", acc, err)
	}
	if opened != 2 || len(bodies) != 2 || !strings.Contains(bodies[0], "the report") || !strings.Contains(bodies[1], "the report") {
		t.Errorf("opened %d times, sent %q", opened, bodies)
	}
}

func TestUploadOfAMissingFile(t *testing.T) {
	t.Parallel()
	c, n := serve(t, answer(`{}`))
	_, err := c.PushResults(t.Context(), client.Upload{Files: []client.ReportFile{{Name: "r", Open: func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }}}})
	if !errors.Is(err, fs.ErrNotExist) || n.Load() > 1 {
		t.Errorf("got %v after %d requests", err, n.Load())
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	same := []string{
		"https://git.example.com/acme/shop", "https://user:secret@Git.example.com/acme/shop.git", "ssh://git@git.example.com:2222/acme/shop.git/",
		"git@git.example.com:acme/shop.git",
	}
	for _, address := range same {
		if got := client.Place(address); got != "git.example.com/acme/shop" {
			t.Errorf("Place(%q) = %q", address, got)
		}
		if got := client.WithoutSecrets(address); strings.Contains(got, "secret") {
			t.Errorf("WithoutSecrets(%q) = %q", address, got)
		}
	}
	for _, address := range []string{"", "https://git.example.com", "://x"} {
		if got := client.Place(address); got != "" {
			t.Errorf("Place(%q) = %q", address, got)
		}
	}
	if got := client.WithoutSecrets("https://u:p%zz@h/x"); got != "" {
		t.Errorf("an address that cannot be read is kept: %q", got)
	}
	if client.Place("/srv/git/shop.git") != client.Place("file:///srv/git/shop") {
		t.Error("a path and its file URL differ")
	}
}
