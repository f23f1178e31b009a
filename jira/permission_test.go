package jira_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
)

const check = "POST /rest/api/3/permissions/check"

func TestPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shut := w.AddProject(jiratest.Project{Key: "SHUT", Browse: []string{"acc-dev"}, Edit: []string{"acc-dev"}})
	open := w.AddProject(jiratest.Project{Key: "OPEN", Browse: []string{jiratest.Anonymous}, Edit: []string{}})
	w.SecurityLevel("insiders", "acc-dev")
	plain := w.issue(t, jiratest.Issue{Key: "SHOP-1"})
	secret := w.issue(t, jiratest.Issue{Key: "SHOP-2", Security: "insiders"})
	public := w.issue(t, jiratest.Issue{Key: "OPEN-1"})
	ask := func(account string) jira.Grant {
		got, err := w.client.Permissions(t.Context(), jira.Question{
			Account: account, Global: []jira.Permission{jira.Administer},
			Permissions: []jira.Permission{jira.BrowseProjects, jira.EditIssues, jira.AdministerProjects},
			Issues:      []int64{plain, secret, public, 1}, Projects: []int64{w.project, shut, open, 2},
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	type ids = map[int64]bool
	type by = map[jira.Permission]map[int64]bool
	is := func(all ...int64) ids {
		out := ids{}
		for _, id := range all {
			out[id] = true
		}
		return out
	}
	none := map[jira.Permission]bool{}
	for account, want := range map[string]jira.Grant{
		"acc-admin": {
			Global: map[jira.Permission]bool{jira.Administer: true},
			Issues: by{jira.BrowseProjects: is(plain, public), jira.EditIssues: is(plain, public), jira.AdministerProjects: is(plain, public)},
			Projects: by{
				jira.BrowseProjects: is(w.project, shut, open), jira.EditIssues: is(w.project, shut, open),
				jira.AdministerProjects: is(w.project, shut, open),
			},
		},
		"acc-dev": {
			Global:   none,
			Issues:   by{jira.BrowseProjects: is(plain, secret, public), jira.EditIssues: is(plain, secret), jira.AdministerProjects: is(plain, secret)},
			Projects: by{jira.BrowseProjects: is(w.project, shut, open), jira.EditIssues: is(w.project, shut), jira.AdministerProjects: is(w.project)},
		},
		"acc-reader": {
			Global:   none,
			Issues:   by{jira.BrowseProjects: is(plain, public), jira.EditIssues: is(plain)},
			Projects: by{jira.BrowseProjects: is(w.project, open), jira.EditIssues: is(w.project)},
		},
		"acc-nobody": {Global: none, Issues: by{jira.BrowseProjects: is(public)}, Projects: by{jira.BrowseProjects: is(open)}},
		"":           {Global: none, Issues: by{jira.BrowseProjects: is(public)}, Projects: by{jira.BrowseProjects: is(open)}},
	} {
		if diff := cmp.Diff(want, ask(account)); diff != "" {
			t.Errorf("%q:\n%s", account, diff)
		}
	}
}

// Somebody who is not signed in is asked for without a signature, everybody else with one.
func TestAnonymousIsNotSigned(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]bool{"": true, "acc-dev": false} {
		w := newWorld(t)
		if _, err := w.client.Permissions(t.Context(), browse(account, w.project)); err != nil {
			t.Fatal(err)
		}
		if got := w.Requests(); len(got) != 1 || got[0].Anonymous != want {
			t.Errorf("%q: %+v", account, got)
		}
	}
}

func browse(account string, projects ...int64) jira.Question {
	return jira.Question{Account: account, Permissions: []jira.Permission{jira.BrowseProjects}, Projects: projects}
}

func TestPermissionsAreKeptForAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	may := func(account string) bool {
		got, err := w.client.Permissions(t.Context(), browse(account, w.project))
		if err != nil {
			t.Fatal(err)
		}
		return got.Projects[jira.BrowseProjects][w.project]
	}
	set := func(list ...string) {
		if err := w.EditProject("SHOP", func(p *jiratest.Project) { p.Browse = list }); err != nil {
			t.Fatal(err)
		}
	}
	set("acc-dev")
	if !may("acc-dev") || may("acc-reader") || !may("acc-dev") || may("acc-reader") || w.Count(check, 200) != 2 {
		t.Errorf("%d requests, want 2", w.Count(check, 200))
	}
	set("acc-reader")
	w.clock.pass(9 * time.Second)
	if !may("acc-dev") || may("acc-reader") {
		t.Error("answers were not kept")
	}
	w.clock.pass(time.Second)
	if !may("acc-reader") {
		t.Error("a refusal is kept for longer than 10 s")
	}
	w.clock.pass(50 * time.Second)
	if may("acc-dev") {
		t.Error("a grant is kept for longer than 60 s")
	}
	set("acc-dev")
	if !may("acc-reader") {
		t.Error("the answer was not kept")
	}
	w.clock.pass(-time.Hour)
	if may("acc-reader") {
		t.Error("a clock that was set back lengthens a grant")
	}
}

// The minute begins when the question is asked, not when it is answered.
func TestSlowAnswersAreKeptShorter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := jira.New(jira.Site{BaseURL: w.BaseURL(), HTTP: trip(func(r *http.Request) (*http.Response, error) {
		w.clock.pass(8 * time.Second)
		return w.sign.RoundTrip(r)
	})}, w.options())
	for range 2 {
		if _, err := client.Permissions(t.Context(), browse("acc-dev", w.project)); err != nil {
			t.Fatal(err)
		}
		w.clock.pass(52 * time.Second)
	}
	if n := w.Count(check, 200); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestPermissionsAreAskedInBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := jira.Question{Account: "acc-dev", Global: []jira.Permission{jira.Administer}, Permissions: []jira.Permission{jira.BrowseProjects, jira.EditIssues}}
	var last int64
	for n := range 2500 {
		last = w.issue(t, jiratest.Issue{Key: fmt.Sprintf("SHOP-%d", n+1)})
		q.Issues = append(q.Issues, last)
	}
	q.Projects = []int64{w.project}
	got, err := w.client.Permissions(t.Context(), q)
	if err != nil || len(got.Issues[jira.BrowseProjects]) != 2500 || len(got.Issues[jira.EditIssues]) != 2500 || !got.Projects[jira.EditIssues][w.project] {
		t.Errorf("%d granted, %v", len(got.Issues[jira.BrowseProjects]), err)
	}
	if n := w.Count(check, 200); n != 3 || len(w.Requests()) != 3 {
		t.Errorf("%d requests, want 3", n)
	}
	q.Issues = append(q.Issues, w.issue(t, jiratest.Issue{Key: "SHOP-9999"}))
	if got, err = w.client.Permissions(t.Context(), q); err != nil || len(got.Issues[jira.BrowseProjects]) != 2501 || w.Count(check, 200) != 4 {
		t.Errorf("one more: %d granted with %d requests, %v", len(got.Issues[jira.BrowseProjects]), w.Count(check, 200), err)
	}
}

func TestPermissionsFailClosed(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]jiratest.Trouble{
		"down": {Down: true}, "401": {Status: 401}, "403": {Status: 403}, "404": {Status: 404}, "410": {Status: 410}, "429": {Status: 429},
		"500": {Status: 500}, "503": {Status: 503}, "no JSON": {Status: 200, Body: "welcome"},
		"wrong types": {Status: 200, Body: `{"globalPermissions":"ADMINISTER"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			q := browse("acc-dev", w.project)
			q.Global = []jira.Permission{jira.Administer}
			w.Break(trouble)
			got, err := w.client.Permissions(t.Context(), q)
			if err == nil || got.Global[jira.Administer] || got.Projects[jira.BrowseProjects][w.project] {
				t.Errorf("got %v, %v", got, err)
			}
			w.Heal()
			w.clock.pass(time.Minute)
			if got, err = w.client.Permissions(t.Context(), q); err != nil || !got.Projects[jira.BrowseProjects][w.project] {
				t.Errorf("the error was kept: %v, %v", got, err)
			}
		})
	}
}

// What Jira grants beyond the question is not believed, and what it leaves out is not granted.
func TestOnlyWhatWasAskedIsGranted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Break(jiratest.Trouble{Status: 200, Times: 1, Body: `{"globalPermissions":["ADMINISTER","SYSTEM_ADMIN"],"projectPermissions":[
		{"permission":"BROWSE_PROJECTS","issues":[7],"projects":[8]},{"permission":"EDIT_ISSUES","issues":[7,9]}]}`})
	got, err := w.client.Permissions(t.Context(), jira.Question{Account: "acc-dev", Permissions: []jira.Permission{jira.BrowseProjects}, Issues: []int64{7, 9}})
	want := jira.Grant{Global: map[jira.Permission]bool{}, Issues: map[jira.Permission]map[int64]bool{jira.BrowseProjects: {7: true}}, Projects: map[jira.Permission]map[int64]bool{}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(%v)\n%s", err, diff)
	}
	if got, err = w.client.Permissions(t.Context(), browse("acc-dev", 8)); err != nil || got.Projects[jira.BrowseProjects][8] {
		t.Errorf("an answer to another question was kept: %v, %v", got, err)
	}
}

func TestEmptyQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.client.Permissions(t.Context(), jira.Question{Account: "acc-dev", Permissions: []jira.Permission{jira.BrowseProjects}})
	if err != nil || len(got.Global)+len(got.Issues)+len(got.Projects) != 0 || len(w.Requests()) != 0 {
		t.Errorf("got %v, %v, %d requests", got, err, len(w.Requests()))
	}
}

func TestPermissionBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *jira.Options) { o.Budget = 3 })
	ask := func(n int) error {
		_, err := w.client.Permissions(t.Context(), browse(fmt.Sprintf("acc-%d", n), w.project))
		return err
	}
	for n := range 3 {
		if err := ask(n); err != nil {
			t.Fatal(err)
		}
	}
	err := ask(3)
	until, known := jira.RetryAt(err)
	if !errors.Is(err, behavepro.ErrUnavailable) || !known || until.Sub(w.clock.Now()) > time.Minute || w.Count(check, 0) != 3 {
		t.Errorf("over the budget: %v, %d requests", err, w.Count(check, 0))
	}
	if err := ask(0); err != nil {
		t.Errorf("a kept answer costs nothing, but: %v", err)
	}
	w.clock.pass(time.Minute)
	if err := ask(3); err != nil {
		t.Errorf("in the next minute: %v", err)
	}
}

// held is a transport that lets requests go on when it is told to.
type held struct {
	inner   http.RoundTripper
	arrived chan struct{}
	release chan struct{}
}

func (h *held) RoundTrip(r *http.Request) (*http.Response, error) {
	h.arrived <- struct{}{}
	select {
	case <-h.release:
		return h.inner.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func TestEqualQuestionsAreAskedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := &held{w.sign, make(chan struct{}, 100), make(chan struct{})}
	client := jira.New(jira.Site{BaseURL: w.BaseURL(), HTTP: h}, w.options())
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			got, err := client.Permissions(t.Context(), browse("acc-dev", w.project))
			if err != nil || !got.Projects[jira.BrowseProjects][w.project] {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	<-h.arrived
	close(h.release)
	group.Wait()
	if n := w.Count(check, 0); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// One who gives up takes nobody along.
func TestWhoAsksFirstMayGiveUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := &held{w.sign, make(chan struct{}, 100), make(chan struct{})}
	client := jira.New(jira.Site{BaseURL: w.BaseURL(), HTTP: h}, w.options())
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := client.Permissions(ctx, browse("acc-dev", w.project))
		first <- err
	}()
	<-h.arrived
	go func() {
		got, err := client.Permissions(t.Context(), browse("acc-dev", w.project))
		if err == nil && !got.Projects[jira.BrowseProjects][w.project] {
			err = errors.New("not granted")
		}
		second <- err
	}()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	<-h.arrived
	close(h.release)
	if err := <-second; err != nil {
		t.Errorf("the second: %v", err)
	}
}
