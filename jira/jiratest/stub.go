package jiratest

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/behavepro/behavepro/jira"
)

// Stub is an app that does nothing but being installed, for tests of what is below the app.
type Stub struct {
	Key     string
	BaseURL string
	Scopes  []string       // READ and WRITE where nil
	Modules map[string]any // of the descriptor
	Status  int            // of what it answers; 204 where 0

	mu    sync.Mutex
	calls []Call
}

// Call is one request that a stub received.
type Call struct {
	Method, Path, Query string
	Header              http.Header
	Body                map[string]any
}

// Calls lists the requests so far, those for the descriptor left out.
func (s *Stub) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

func (s *Stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/atlassian-connect.json" {
		scopes := s.Scopes
		if scopes == nil {
			scopes = []string{"READ", "WRITE"}
		}
		reply(w, http.StatusOK, map[string]any{
			"key": s.Key, "name": "Stub", "baseUrl": s.BaseURL, "authentication": map[string]any{"type": "jwt"}, "scopes": scopes,
			"apiMigrations": map[string]any{"signed-install": true, "context-qsh": true}, "modules": s.Modules,
			"lifecycle": map[string]any{"installed": "/installed", "enabled": "/enabled", "disabled": "/disabled", "uninstalled": "/uninstalled"},
		})
		return
	}
	c := Call{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone()}
	if body, err := io.ReadAll(io.LimitReader(r.Body, maxBody)); err == nil && len(body) > 0 {
		_ = json.Unmarshal(body, &c.Body) // what is no JSON is noted without a body
	}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	status := s.Status
	s.mu.Unlock()
	if status == 0 {
		status = http.StatusNoContent
	}
	w.WriteHeader(status)
}

// Stubbed makes a site for a test, without a network, in which a stub is installed, and returns a transport that reaches the site
// and signs as the stub.
func Stubbed(t TB, opt Options) (*Jira, http.RoundTripper) {
	t.Helper()
	stub := &Stub{Key: "stub-app", BaseURL: "https://app.example.com/connect"}
	if opt.App == nil {
		opt.App = Serve(http.StripPrefix("/connect", stub))
	}
	j := New(opt)
	if err := j.Install(t.Context(), stub.BaseURL); err != nil {
		t.Fatalf("%v", err)
	}
	return j, j.AppTransport(j.Transport())
}

// AppTransport signs requests to the site as the app does, and sends them over base.
func (j *Jira) AppTransport(base http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if jira.IsAnonymous(r.Context()) {
			return base.RoundTrip(r)
		}
		token, err := j.appToken(r)
		if err != nil {
			return nil, err
		}
		signed := r.Clone(r.Context())
		signed.Header.Set("Authorization", "JWT "+token)
		return base.RoundTrip(signed)
	})
}

// appToken is signed by the real clock of the app, which the site's skew does not move.
func (j *Jira) appToken(r *http.Request) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.app == nil {
		return "", errNoApp
	}
	now := j.opt.Now()
	return SignHS256(j.app.secret, Claims{
		"iss": j.app.Key, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "qsh": QSH(r.Method, r.URL, j.contextPath()),
	})
}
