package jira_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
)

func TestChangesAreGathered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, _ := d.shop(t)
	p := d.publisher()
	start := d.clock.Now()
	publish := func() jira.Published {
		t.Helper()
		done, err := p.Publish(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	due, err := p.RepositoryChanged(t.Context(), h.Repo.ID)
	if err != nil || !due.Equal(start.Add(2*time.Second)) {
		t.Errorf("due %v, %v", due, err)
	}
	if got := publish(); got.Written != 0 || !got.Next.Equal(due) {
		t.Errorf("at once: %+v", got)
	}
	for range 20 { // somebody changes something every second
		d.clock.pass(time.Second)
		if due, err = p.RepositoryChanged(t.Context(), h.Repo.ID); err != nil {
			t.Fatal(err)
		}
		if d.clock.Now().Before(start.Add(15*time.Second)) && publish().Written != 0 {
			t.Errorf("written after %v", d.clock.Now().Sub(start))
		}
	}
	if !due.Equal(start.Add(15 * time.Second)) {
		t.Errorf("due %v after the first change, want 15 s", due.Sub(start))
	}
	if got := publish(); got.Written != 3 || !got.Next.IsZero() {
		t.Errorf("after 15 s: %+v", got)
	}
	if got := publish(); got.Written+got.Unchanged != 0 {
		t.Errorf("nothing changed: %+v", got)
	}
}

func TestPublishIsIdempotent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, _ := d.shop(t)
	d.changed(t, h)
	d.publish(t)
	d.Forget()
	for range 3 {
		d.changed(t, h)
		if got := d.publish(t); got.Written != 0 || got.Unchanged != 3 {
			t.Errorf("published %+v", got)
		}
	}
	if n := len(d.Requests()); n != 0 {
		t.Errorf("%d requests for nothing", n)
	}
	if err := d.publisher().Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.changed(t, h)
	if got := d.publish(t); got.Written != 3 {
		t.Errorf("after a new install %+v", got)
	}
}

func TestPublishWhileJiraIsDown(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]jiratest.Trouble{
		"down": {Down: true}, "503": {Status: 503}, "429": {Status: 429}, "401": {Status: 401}, "410": {Status: 410}, "500 for writes": {Route: "PUT ", Status: 500},
		"busy for writes": {Route: "PUT ", Status: 429, Header: http.Header{"Retry-After": {"600"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			h, _ := d.shop(t)
			d.changed(t, h)
			d.Break(trouble)
			for range 3 {
				d.clock.pass(20 * time.Second)
				if done, err := d.publisher().Publish(t.Context()); err == nil || done.Written != 0 {
					t.Errorf("published %+v, %v", done, err)
				}
			}
			d.Heal()
			d.clock.pass(time.Hour)
			if got := d.publish(t); got.Written != 3 {
				t.Errorf("when it is back: %+v", got)
			}
		})
	}
}

func TestPublishGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h := catalogtest.New(t, d.catalog, "shop", "SHOP")
	var all []string
	for n := range 40 {
		key := fmt.Sprintf("SHOP-%d", n+1)
		d.issue(t, jiratest.Issue{Key: key})
		all = append(all, scenario("@"+key, "s"+key, "x"))
	}
	h.Branch("main", map[string]behavepro.SHA{"main": h.Commit(map[string]string{"a.feature": feature(all...)})})
	d.changed(t, h)
	d.clock.pass(time.Minute)
	stop := &stopping{inner: d.sign, after: 25}
	client := d.client
	d.client = jira.New(jira.Site{BaseURL: d.BaseURL(), HTTP: stop}, d.options())
	done, err := d.publisher().Publish(t.Context())
	if err == nil || done.Written == 0 || done.Written >= 40 {
		t.Fatalf("published %+v, %v", done, err)
	}
	d.client = client
	d.Forget()
	if again := d.publish(t); again.Written != 40-done.Written || d.Count(putProperty, 0) != 40-done.Written {
		t.Errorf("first %+v, then %+v", done, again)
	}
}

// stopping is a network that breaks after some writes.
type stopping struct {
	inner http.RoundTripper
	mu    sync.Mutex
	after int
}

func (s *stopping) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPut {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.after--; s.after < 0 {
			return nil, errors.New("broken")
		}
	}
	return s.inner.RoundTrip(r)
}

// What changes while properties are written is written next.
func TestChangeDuringPublish(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, commit := d.shop(t)
	d.changed(t, h)
	d.clock.pass(time.Minute)
	once := false
	p := d.publisher()
	p.Client = jira.New(jira.Site{BaseURL: d.BaseURL(), HTTP: trip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && !once {
			once = true
			report(t, h, commit, "late", d.clock.Now(), map[string]behavepro.Status{"card": "failed"})
			d.changed(t, h)
		}
		return d.sign.RoundTrip(r)
	})}, d.options())
	p.Known.Client = p.Client
	if _, err := p.Publish(t.Context()); err != nil || !once {
		t.Fatal(once, err)
	}
	if got := d.publish(t); got.Written != 1 {
		t.Errorf("then %+v", got)
	}
	d.expect(t, "at last", map[string]string{"SHOP-1": "failed 2 = 0+1+0+1 stale 0"})
}

func TestOneIssueBlocksNoOther(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, _ := d.shop(t)
	d.changed(t, h)
	d.clock.pass(time.Minute)
	p := d.publisher()
	p.Client = jira.New(jira.Site{BaseURL: d.BaseURL(), HTTP: trip(func(r *http.Request) (*http.Response, error) {
		i, err := d.Issue("SHOP-2")
		if err == nil && r.Method == http.MethodPut && strings.Contains(r.URL.Path, fmt.Sprint(i.ID)) {
			return &http.Response{StatusCode: 403, Body: http.NoBody, Request: r}, nil
		}
		return d.sign.RoundTrip(r)
	})}, d.options())
	done, err := p.Publish(t.Context())
	if err != nil || done.Written != 2 || !slices.Equal(done.Refused, []behavepro.IssueKey{"SHOP-2"}) {
		t.Errorf("published %+v, %v", done, err)
	}
	if done, err := d.publisher().Repair(t.Context()); err != nil || done.Written != 1 {
		t.Errorf("repaired %+v, %v", done, err)
	}
}

// A repository that cannot be read is no reason to take back what is known of it, nor to leave others alone.
func TestUnreadableRepository(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, _ := d.shop(t)
	d.changed(t, h)
	d.publish(t)
	h.Repo.Links = []string{"("}
	if err := d.catalog.PutRepository(t.Context(), h.Repo); err != nil {
		t.Fatal(err)
	}
	d.AddProject(jiratest.Project{Key: "PAY"})
	d.issue(t, jiratest.Issue{Key: "PAY-1"})
	pay := catalogtest.New(t, d.catalog, "pay", "PAY")
	pay.Branch("main", map[string]behavepro.SHA{"main": pay.Commit(map[string]string{"p.feature": feature(scenario("@PAY-1", "pay", "pay"))})})
	d.changed(t, pay)
	d.clock.pass(time.Minute)
	done, err := d.publisher().Publish(t.Context())
	if !errors.Is(err, behavepro.ErrInvalid) || done.Written != 1 {
		t.Errorf("published %+v, %v", done, err)
	}
	d.expect(t, "after it", map[string]string{"SHOP-1": "notRun 2 = 0+0+0+2 stale 0", "PAY-1": "notRun 1 = 0+0+0+1 stale 0"})
}
