package jira_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
)

// clock is a time that only sleeping moves.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.slept = c.now.Add(d), append(c.slept, d)
	return nil
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) took() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	slept := c.slept
	c.slept = nil
	return slept
}

// world is a site with a project SHOP, a client of it, and the time.
type world struct {
	*jiratest.Jira
	clock   *clock
	client  *jira.Client
	sign    http.RoundTripper
	project int64
}

func (w *world) options() jira.Options {
	return jira.Options{Now: w.clock.Now, Sleep: w.clock.Sleep, Rand: func() float64 { return 0.5 }}
}

func newWorld(t *testing.T, edit ...func(*jira.Options)) *world {
	t.Helper()
	w := &world{clock: newClock()}
	w.Jira, w.sign = jiratest.Stubbed(t, jiratest.Options{Now: w.clock.Now})
	opt := w.options()
	for _, e := range edit {
		e(&opt)
	}
	w.client = jira.New(jira.Site{BaseURL: w.BaseURL(), HTTP: w.sign}, opt)
	w.project = w.AddProject(jiratest.Project{Key: "SHOP", Name: "Shop", Lead: "acc-dev"})
	return w
}

func (w *world) issue(t *testing.T, i jiratest.Issue) int64 {
	t.Helper()
	id, _, err := w.AddIssue(i)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		trouble jiratest.Trouble
		kind    error
		says    string
		tries   int
	}{
		"400":  {jiratest.Trouble{Status: 400}, behavepro.ErrInvalid, "Bad Request", 1},
		"401":  {jiratest.Trouble{Status: 401}, behavepro.ErrUnauthenticated, "install the app again", 1},
		"403":  {jiratest.Trouble{Status: 403}, behavepro.ErrForbidden, "GET /project/{key}", 1},
		"404":  {jiratest.Trouble{Status: 404}, behavepro.ErrNotFound, "shop.atlassian.net has nothing", 1},
		"409":  {jiratest.Trouble{Status: 409}, behavepro.ErrConflict, "changed meanwhile", 1},
		"410":  {jiratest.Trouble{Status: 410}, behavepro.ErrGone, "closed", 1},
		"413":  {jiratest.Trouble{Status: 413}, behavepro.ErrLimit, "too large", 1},
		"429":  {jiratest.Trouble{Status: 429}, behavepro.ErrUnavailable, "slow down", 4},
		"500":  {jiratest.Trouble{Status: 500}, behavepro.ErrUnavailable, "answered 500", 4},
		"503":  {jiratest.Trouble{Status: 503}, behavepro.ErrUnavailable, "answered 503", 4},
		"down": {jiratest.Trouble{Down: true}, behavepro.ErrUnavailable, "cannot be reached", 4},
		"html": {jiratest.Trouble{Status: 200, Body: "<!doctype html><title>Log in</title>"}, behavepro.ErrUnavailable, "not its API's", 1},
		"huge": {jiratest.Trouble{Status: 200, Body: strings.Repeat(" ", 16<<20+1)}, behavepro.ErrLimit, "larger than 16 MB", 1},
		"said": {jiratest.Trouble{Status: 400, Body: `{"errorMessages":["no\u0007 such` + strings.Repeat("x", 1000) + `"]}`}, behavepro.ErrInvalid, "no  such", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Break(test.trouble)
			_, err := w.client.Project(t.Context(), "SHOP")
			var p *behavepro.Problem
			if !errors.Is(err, test.kind) || !errors.As(err, &p) || !strings.Contains(p.Error(), test.says) || len(p.Error()) > 600 {
				t.Errorf("error %v, want %v with %q", err, test.kind, test.says)
			}
			if got := len(w.Requests()); got != test.tries {
				t.Errorf("%d requests, want %d", got, test.tries)
			}
			w.Heal()
			w.clock.pass(time.Hour)
			if got, err := w.client.Project(t.Context(), "SHOP"); err != nil || got.Key != "SHOP" {
				t.Errorf("after it was healed: %v, %v", got, err)
			}
		})
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *jira.Options) { o.Timeout = 5 * time.Millisecond })
	w.Break(jiratest.Trouble{Hang: true})
	if _, err := w.client.Project(t.Context(), "SHOP"); !errors.Is(err, behavepro.ErrUnavailable) {
		t.Errorf("a site that never answers is %v", err)
	}
	if got := len(w.Requests()); got != 4 {
		t.Errorf("%d requests, want 4", got)
	}
}

func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.client = jira.New(jira.Site{BaseURL: w.BaseURL(), HTTP: trip(func(r *http.Request) (*http.Response, error) {
		cancel()
		return w.sign.RoundTrip(r)
	})}, w.options())
	for range 9 { // more than what leaves a site alone
		if _, err := w.client.Project(ctx, "SHOP"); !errors.Is(err, context.Canceled) || !errors.Is(err, behavepro.ErrUnavailable) {
			t.Fatalf("a call that was given up is %v", err)
		}
	}
	if _, err := w.client.Project(t.Context(), "SHOP"); err != nil {
		t.Errorf("the site was blamed for callers that gave up: %v", err)
	}
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestBackoff(t *testing.T) {
	t.Parallel()
	at := func(r float64) []time.Duration {
		w := newWorld(t, func(o *jira.Options) { o.Rand = func() float64 { return r } })
		w.Break(jiratest.Trouble{Status: 502})
		if _, err := w.client.Project(t.Context(), "SHOP"); err == nil {
			t.Fatal("no error")
		}
		return w.clock.took()
	}
	ms := time.Millisecond
	if diff := cmp.Diff([]time.Duration{700 * ms, 1400 * ms, 2800 * ms}, at(0)); diff != "" {
		t.Errorf("shortest waits:\n%s", diff)
	}
	if diff := cmp.Diff([]time.Duration{1300 * ms, 2600 * ms, 5200 * ms}, at(1)); diff != "" {
		t.Errorf("longest waits:\n%s", diff)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	start := newClock().now
	tests := map[string]struct {
		header http.Header
		slept  []time.Duration
		until  time.Duration // of RetryAt, where the call fails
	}{
		"seconds":          {http.Header{"Retry-After": {"7"}}, []time.Duration{7 * time.Second}, 0},
		"a date":           {http.Header{"Retry-After": {start.Add(9 * time.Second).Format(http.TimeFormat)}}, []time.Duration{9 * time.Second}, 0},
		"reset":            {http.Header{"X-Ratelimit-Reset": {start.Add(12 * time.Second).Format(time.RFC3339)}}, []time.Duration{12 * time.Second}, 0},
		"the later":        {http.Header{"Retry-After": {"2"}, "X-Ratelimit-Reset": {start.Add(12 * time.Second).Format(time.RFC3339)}}, []time.Duration{12 * time.Second}, 0},
		"nothing":          {http.Header{}, []time.Duration{time.Second}, 0},
		"in the past":      {http.Header{"Retry-After": {start.Add(-time.Hour).Format(http.TimeFormat)}}, []time.Duration{time.Second}, 0},
		"nonsense":         {http.Header{"Retry-After": {"soon"}, "X-Ratelimit-Reset": {"later"}}, []time.Duration{time.Second}, 0},
		"longer than 30 s": {http.Header{"Retry-After": {"1800"}}, nil, 30 * time.Minute},
		"absurd":           {http.Header{"Retry-After": {"999999999"}}, nil, 2 * time.Hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Break(jiratest.Trouble{Status: 429, Times: 1, Header: test.header})
			_, err := w.client.Project(t.Context(), "SHOP")
			if diff := cmp.Diff(test.slept, w.clock.took()); diff != "" {
				t.Errorf("slept:\n%s", diff)
			}
			until, known := jira.RetryAt(err)
			if test.until == 0 && err != nil || test.until != 0 && (!known || !until.Equal(start.Add(test.until))) {
				t.Errorf("%v, to be tried again at %v", err, until)
			}
			if test.until != 0 {
				w.Forget()
				if _, err := w.client.Project(t.Context(), "SHOP"); !errors.Is(err, behavepro.ErrUnavailable) || len(w.Requests()) != 0 {
					t.Errorf("inside the pause: %v, %d requests", err, len(w.Requests()))
				}
			}
		})
	}
}

// What a pause holds up is told by its reason.
func TestPausesAreScoped(t *testing.T) {
	t.Parallel()
	asks := map[string]func(*world, context.Context, []int64) error{
		"property of the issue": func(w *world, ctx context.Context, ids []int64) error {
			return w.client.SetIssueProperty(ctx, ids[0], "p", 1)
		},
		"property of another issue": func(w *world, ctx context.Context, ids []int64) error {
			return w.client.SetIssueProperty(ctx, ids[1], "p", 1)
		},
		"a read": func(w *world, ctx context.Context, _ []int64) error {
			_, err := w.client.Project(ctx, "SHOP")
			return err
		},
	}
	tests := map[string][]string{ // reason → what has to wait
		"jira-per-issue-on-write":    {"property of the issue"},
		"jira-burst-based":           {"property of another issue", "property of the issue"},
		"jira-quota-tenant-based":    {"a read", "property of another issue", "property of the issue"},
		"jira-quota-global-based":    {"a read", "property of another issue", "property of the issue"},
		"a reason that is not known": {"a read", "property of another issue", "property of the issue"},
	}
	for reason, want := range tests {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ids := []int64{w.issue(t, jiratest.Issue{Key: "SHOP-1"}), w.issue(t, jiratest.Issue{Key: "SHOP-2"})}
			w.Break(jiratest.Trouble{Status: 429, Times: 1, Header: http.Header{"Retry-After": {"100"}, "Ratelimit-Reason": {reason}}})
			if err := w.client.SetIssueProperty(t.Context(), ids[0], "p", 1); !errors.Is(err, behavepro.ErrUnavailable) {
				t.Fatalf("got %v", err)
			}
			var held []string
			for name, ask := range asks {
				if err := ask(w, t.Context(), ids); errors.Is(err, behavepro.ErrUnavailable) {
					held = append(held, name)
				} else if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			slices.Sort(held)
			if diff := cmp.Diff(want, held); diff != "" {
				t.Errorf("what waits:\n%s", diff)
			}
			w.clock.pass(101 * time.Second)
			if err := w.client.SetIssueProperty(t.Context(), ids[0], "p", 1); err != nil {
				t.Errorf("after the pause: %v", err)
			}
		})
	}
}

func TestCloudLimitsAreRespected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.SetLimits(jiratest.CloudLimits())
	id := w.issue(t, jiratest.Issue{Key: "SHOP-1"})
	for n := range 130 { // more than 20 in 2 s and 100 in 30 s
		if err := w.client.SetIssueProperty(t.Context(), id, "p", n); err != nil {
			t.Fatalf("write %d: %v", n, err)
		}
	}
	if got := w.Count("PUT /rest/api/3/issue/{issue}/properties/{key}", http.StatusTooManyRequests); got == 0 || got > 10 {
		t.Errorf("%d refused writes: either the site has no limits or the client does not wait for them", got)
	}
	i, err := w.Issue("SHOP-1")
	if err != nil || i.Properties["p"] != float64(129) {
		t.Errorf("the last write is %v, %v", i.Properties, err)
	}
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Break(jiratest.Trouble{Down: true})
	ask := func() error { _, err := w.client.Project(t.Context(), "SHOP"); return err }
	for n, want := range []int{4, 1, 0, 0} { // it breaks at the fifth failure, in the second call
		w.Forget()
		if err := ask(); !errors.Is(err, behavepro.ErrUnavailable) || len(w.Requests()) != want {
			t.Errorf("call %d: %d requests, want %d (%v)", n, len(w.Requests()), want, err)
		}
	}
	w.clock.took()
	until, ok := jira.RetryAt(ask())
	if now := w.clock.Now(); !ok || !until.After(now) || until.Sub(now) > 30*time.Second {
		t.Errorf("to be tried again at %v, now is %v", until, now)
	}
	w.clock.pass(31 * time.Second)
	w.Forget()
	if err := ask(); err == nil || len(w.Requests()) != 1 {
		t.Errorf("a probe that fails: %d requests, want 1 (%v)", len(w.Requests()), err)
	}
	w.clock.pass(31 * time.Second)
	w.Heal()
	if err := ask(); err != nil {
		t.Errorf("a probe that succeeds: %v", err)
	}
	w.Break(jiratest.Trouble{Down: true, Times: 1})
	if err := ask(); err != nil {
		t.Errorf("one failure after it was closed: %v", err)
	}
}

func TestOneProbeAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	probing, answer := make(chan struct{}), make(chan struct{})
	asked := 0
	client := jira.New(jira.Site{BaseURL: w.BaseURL(), HTTP: trip(func(r *http.Request) (*http.Response, error) {
		if asked++; asked <= 5 {
			return nil, errors.New("down")
		}
		if asked == 6 {
			close(probing)
			<-answer
		}
		return w.sign.RoundTrip(r)
	})}, w.options())
	ask := func() error { _, err := client.Project(t.Context(), "SHOP"); return err }
	for range 2 {
		if err := ask(); err == nil {
			t.Fatal("no error")
		}
	}
	w.clock.pass(31 * time.Second)
	probe := make(chan error, 1)
	go func() { probe <- ask() }()
	<-probing
	if err := ask(); !errors.Is(err, behavepro.ErrUnavailable) {
		t.Errorf("during the probe: %v", err)
	}
	close(answer)
	if err := <-probe; err != nil {
		t.Errorf("the probe: %v", err)
	}
	if err := ask(); err != nil || asked != 7 {
		t.Errorf("after the probe: %v, %d requests", err, asked)
	}
}

func TestRenamed(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*world, context.Context) error{
		"GET": func(w *world, ctx context.Context) error { _, err := w.client.Project(ctx, "SHOP"); return err },
		"POST": func(w *world, ctx context.Context) error {
			_, err := w.client.Permissions(ctx, jira.Question{Global: []jira.Permission{jira.Administer}})
			return err
		},
		"PUT": func(w *world, ctx context.Context) error { return w.client.SetIssueProperty(ctx, 1, "p", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.Rename("https://store.atlassian.net"); err != nil {
				t.Fatal(err)
			}
			err := ask(w, t.Context())
			if !errors.Is(err, behavepro.ErrUnavailable) || !strings.Contains(err.Error(), "has moved to store.atlassian.net: the site was renamed") {
				t.Errorf("got %v", err)
			}
			if len(w.Requests()) != 0 {
				t.Errorf("the redirect was followed: %v", w.Requests())
			}
		})
	}
}

func TestMethodNotAllowedMeansRenamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Break(jiratest.Trouble{Status: http.StatusMethodNotAllowed})
	if err := w.client.SetIssueProperty(t.Context(), 1, "p", 1); !errors.Is(err, behavepro.ErrUnavailable) || !strings.Contains(err.Error(), "renamed") {
		t.Errorf("got %v", err)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		location string
		follows  bool
	}{
		"same site":      {"/rest/api/3/project/SHOP", true},
		"another host":   {"https://elsewhere.example.com/rest/api/3/project/SHOP", false},
		"another scheme": {"http://shop.atlassian.net/rest/api/3/project/SHOP", false},
		"another port":   {"https://shop.atlassian.net:8443/rest/api/3/project/SHOP", false},
		"for ever":       {"/rest/api/3/project/OLD", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			asked := 0
			client := jira.New(jira.Site{BaseURL: w.BaseURL(), HTTP: trip(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path != "/rest/api/3/project/OLD" {
					if !test.follows {
						t.Errorf("asked %s", r.URL)
					}
					return w.sign.RoundTrip(r)
				}
				asked++
				return &http.Response{StatusCode: 302, Header: http.Header{"Location": {test.location}}, Body: http.NoBody, Request: r}, nil
			})}, w.options())
			got, err := client.Project(t.Context(), "OLD")
			if test.follows && (err != nil || got.Key != "SHOP") || !test.follows && !errors.Is(err, behavepro.ErrUnavailable) {
				t.Errorf("got %v, %v", got, err)
			}
			if asked > 6 {
				t.Errorf("a redirect was followed %d times", asked)
			}
		})
	}
}

func TestClockSkewIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Skew(10 * time.Minute)
	_, err := w.client.Project(t.Context(), "SHOP")
	if !errors.Is(err, behavepro.ErrUnauthenticated) || !strings.Contains(err.Error(), "differs from Jira's by 10m0s") {
		t.Errorf("got %v", err)
	}
}

func TestOurOwnRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := 0
	client := jira.New(jira.Site{BaseURL: w.BaseURL(), HTTP: trip(func(*http.Request) (*http.Response, error) {
		asked++
		return nil, fmt.Errorf("the app was uninstalled: %w", behavepro.ErrGone)
	})}, w.options())
	for range 7 {
		if _, err := client.Project(t.Context(), "SHOP"); !errors.Is(err, behavepro.ErrGone) || errors.Is(err, behavepro.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
	}
	if asked != 7 {
		t.Errorf("asked %d times, want 7: once each", asked)
	}
}

func TestDeadlineIsNotSleptThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Break(jiratest.Trouble{Status: 429, Header: http.Header{"Retry-After": {"25"}}})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := w.client.Project(ctx, "SHOP")
	if _, known := jira.RetryAt(err); !errors.Is(err, behavepro.ErrUnavailable) || !known || len(w.clock.took()) != 0 {
		t.Errorf("got %v", err)
	}
}

func TestWrongAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "shop.example.com", "ftp://shop.example.com", "https://", "https://a b"} {
		if _, err := jira.New(jira.Site{BaseURL: address}, jira.Options{}).Project(t.Context(), "SHOP"); !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestReadsHaveNoBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := jira.New(jira.Site{BaseURL: w.BaseURL() + "/", HTTP: trip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet && (r.Body != nil || r.Header.Get("Content-Type") != "") {
			t.Errorf("%s has a body", r.URL)
		}
		return w.sign.RoundTrip(r)
	})}, w.options())
	if _, err := client.Project(t.Context(), "SHOP"); err != nil {
		t.Error(err)
	}
}
