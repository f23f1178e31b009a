// Package jiratest is a Jira Cloud to try and test the app in: a site with projects, issues, people and permissions that installs
// a Connect app with real keys, answers its REST calls, sends it webhooks, shows its panels in frames on an origin of its own,
// and goes wrong in every way that a real one does when it is told to.
//
// It promises to be as strict as Jira is: a request that Jira would refuse, it refuses. It keeps everything in memory, and never
// calls anybody but the app.
package jiratest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Options are the settings of a Jira; the zero value works in one process, without a network.
type Options struct {
	BaseURL    string            // what apps are told; "https://shop.atlassian.net", or where Listen listens
	DisplayURL string            // a domain of the site's own; "" for none
	KeysURL    string            // where install keys are; the real host, or BaseURL/_keys where Listen listens
	App        http.RoundTripper // how the app is reached; nil is the network
	Now        func() time.Time
	Limits     Limits // none where zero; CloudLimits are the real ones
}

// Jira is one site. It is safe for concurrent use.
type Jira struct {
	opt   Options
	keys  *keys
	mux   *http.ServeMux
	pages *http.ServeMux

	mu         sync.Mutex
	base       string
	former     []string // hosts that it had before it was renamed
	skew       time.Duration
	clientKey  string
	app        *app
	users      []*User
	projects   []*Project
	issues     map[int64]*Issue
	oldKeys    map[string]int64 // of moved issues
	levels     map[string][]string
	appHidden  map[int64]bool
	properties map[string]map[string]any // of apps, by key
	closed     map[string]string         // accounts whose data has changed, by status
	nextID     int64
	troubles   []*Trouble
	spent      spending
	seen       []Request

	server *http.Server
	ended  chan struct{}
}

// New makes a site with the people Site Admin, Developer, Reader and Outsider, and no projects.
func New(opt Options) *Jira {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	j := &Jira{
		opt: opt, keys: &keys{}, base: strings.TrimSuffix(opt.BaseURL, "/"), clientKey: newID(),
		issues: map[int64]*Issue{}, oldKeys: map[string]int64{}, levels: map[string][]string{}, appHidden: map[int64]bool{},
		properties: map[string]map[string]any{}, closed: map[string]string{}, nextID: 10_000,
		users: []*User{
			{Account: "acc-admin", Name: "Site Admin", SiteAdmin: true},
			{Account: "acc-dev", Name: "Developer"},
			{Account: "acc-reader", Name: "Reader"},
			{Account: "acc-outsider", Name: "Outsider"},
		},
	}
	if j.base == "" {
		j.base = "https://shop.atlassian.net"
	}
	if j.opt.KeysURL == "" {
		j.opt.KeysURL = "https://connect-install-keys.atlassian.com"
	}
	j.mux, j.pages = j.routes(), j.pageRoutes()
	return j
}

// Listen serves the site on an address of this machine, such as 127.0.0.1:0, until Close.
func (j *Jira) Listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	j.mu.Lock()
	if j.opt.BaseURL == "" {
		j.base = "http://" + l.Addr().String()
		j.opt.KeysURL = j.base + "/_keys"
	}
	j.mu.Unlock()
	j.server = &http.Server{Handler: j, ReadHeaderTimeout: 10 * time.Second}
	j.ended = make(chan struct{})
	go func() {
		defer close(j.ended)
		_ = j.server.Serve(l) // ends with Close
	}()
	return nil
}

// Close ends what Listen began.
func (j *Jira) Close() error {
	if j.server == nil {
		return nil
	}
	err := j.server.Close()
	<-j.ended
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// BaseURL is the site's address, as apps are told, without a slash at the end.
func (j *Jira) BaseURL() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.base
}

// DisplayURL is the address that people see.
func (j *Jira) DisplayURL() string {
	if j.opt.DisplayURL != "" {
		return j.opt.DisplayURL
	}
	return j.BaseURL()
}

// KeysURL is where install keys are, without a slash at the end.
func (j *Jira) KeysURL() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.opt.KeysURL
}

// ClientKey is the site's name towards apps.
func (j *Jira) ClientKey() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.clientKey
}

// Now is the site's time, with its skew.
func (j *Jira) Now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.now()
}

func (j *Jira) now() time.Time { return j.opt.Now().Add(j.skew) }

// Skew sets the site's clock off.
func (j *Jira) Skew(by time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.skew = by
}

// Rename gives the site another address. The old one redirects from then on, and refuses what is not a GET; apps are told by
// the next Install.
func (j *Jira) Rename(base string) error {
	to, err := url.Parse(base)
	if err != nil || to.Host == "" {
		return fmt.Errorf("rename: %q is no address", base)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if from, err := url.Parse(j.base); err == nil {
		j.former = append(j.former, from.Host)
	}
	j.base = strings.TrimSuffix(base, "/")
	return nil
}

// Request is one REST call that the site received.
type Request struct {
	Route     string // such as "PUT /rest/api/3/issue/{issue}/properties/{key}"
	Path      string
	Anonymous bool
	Status    int // 0 where there was no answer
}

// Requests lists the REST calls so far.
func (j *Jira) Requests() []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Request(nil), j.seen...)
}

// Count counts the REST calls to a route that were answered with status; 0 stands for any.
func (j *Jira) Count(route string, status int) int {
	n := 0
	for _, r := range j.Requests() {
		if r.Route == route && (status == 0 || r.Status == status) {
			n++
		}
	}
	return n
}

// Forget empties the list of REST calls.
func (j *Jira) Forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seen = nil
}

// ServeHTTP answers REST calls and people's pages.
func (j *Jira) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	base, renamed := j.base, contains(j.former, r.Host)
	date := j.now()
	j.mu.Unlock()
	w.Header().Set("Date", date.UTC().Format(http.TimeFormat))
	if renamed {
		http.Redirect(w, r, base+r.URL.RequestURI(), http.StatusFound)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/rest/") {
		j.serveREST(w, r)
		return
	}
	j.pages.ServeHTTP(w, r)
}

// Transport reaches the site and its install keys inside the process, whatever their addresses are.
func (j *Jira) Transport() http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if keys, err := url.Parse(j.KeysURL()); err == nil && r.URL.Host == keys.Host &&
			!strings.HasPrefix(j.BaseURL(), keys.Scheme+"://"+keys.Host) {
			return Serve(j.Keys()).RoundTrip(r)
		}
		return Serve(j).RoundTrip(r)
	})
}

func (j *Jira) client() *http.Client {
	return &http.Client{
		Transport: j.opt.App, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// TB is what a test is to Start.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
	Context() context.Context
}

// Start makes a site for a test, which listens on the loopback interface until the test ends.
func Start(t TB, opt Options) *Jira {
	t.Helper()
	j := New(opt)
	if err := j.Listen("127.0.0.1:0"); err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Fatalf("%v", err)
		}
	})
	return j
}

// MustInstall installs an app for a test.
func (j *Jira) MustInstall(t TB, appURL string) {
	t.Helper()
	if err := j.Install(t.Context(), appURL); err != nil {
		t.Fatalf("%v", err)
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}
