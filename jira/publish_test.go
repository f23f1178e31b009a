package jira_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

const putProperty = "PUT /rest/api/3/issue/{issue}/properties/{key}"

// desk is a tenant: a site, a store and a publisher between them.
type desk struct {
	*world
	scope   *store.Scope
	catalog *catalog.Catalog
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	scope := storetest.NewScope(t, append(catalog.Kinds(), jira.Kinds()...)...)
	return &desk{newWorld(t), scope, catalog.Open(scope)}
}

func (d *desk) known() *jira.Known {
	return &jira.Known{Scope: d.scope, Catalog: d.catalog, Client: d.client, Now: d.clock.Now}
}

// publisher is a fresh one, as another process would make it.
func (d *desk) publisher() *jira.Publisher {
	return &jira.Publisher{Scope: d.scope, Catalog: d.catalog, Client: d.client, Known: d.known(), Now: d.clock.Now}
}

// publish waits for what is gathered, and writes it.
func (d *desk) publish(t *testing.T) jira.Published {
	t.Helper()
	d.clock.pass(20 * time.Second)
	done, err := d.publisher().Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func (d *desk) changed(t *testing.T, h *catalogtest.History) {
	t.Helper()
	if _, err := d.publisher().RepositoryChanged(t.Context(), h.Repo.ID); err != nil {
		t.Fatal(err)
	}
}

// property is what an issue has in Jira; "" is none.
func (d *desk) property(t *testing.T, key string) string {
	t.Helper()
	i, err := d.Issue(key)
	if err != nil {
		t.Fatal(err)
	}
	if i.Properties[jira.PropertyKey] == nil {
		return ""
	}
	text, err := json.Marshal(i.Properties[jira.PropertyKey])
	if err != nil {
		t.Fatal(err)
	}
	var p jira.Property
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %d = %d+%d+%d+%d stale %d", p.Status, p.Scenarios, p.Passed, p.Failed, p.Skipped, p.NotRun, p.Stale)
}

func (d *desk) expect(t *testing.T, when string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for key := range want {
		got[key] = d.property(t, key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", when, diff)
	}
}

func feature(scenarios ...string) string {
	return "Feature: Pay\n" + strings.Join(scenarios, "")
}

func scenario(tags, name, step string) string {
	return fmt.Sprintf("  %s\n  Scenario: %s\n    Given %s\n", tags, name, step)
}

const tiers = `  @SHOP-2
  Scenario Outline: tiers
    Given <tier>
    Examples:
      | tier   |
      | gold   |
      | silver |
    @SHOP-3
    Examples: new
      | tier   |
      | bronze |
`

// report stores and matches a push that says something of scenarios by name, or of rows by "name/first cell".
func report(t *testing.T, h *catalogtest.History, commit behavepro.SHA, id string, started time.Time, says map[string]behavepro.Status) {
	t.Helper()
	ctx := context.Background()
	p := &catalog.Push{ID: id, Repository: h.Repo.ID, Commit: commit, Build: id, State: catalog.PushWaiting, Started: started, Received: started}
	if err := h.Catalog.PutPush(ctx, p); err != nil {
		t.Fatal(err)
	}
	files, err := h.Catalog.Files(ctx, catalog.At{Repository: h.Repo, SHA: commit})
	if err != nil {
		t.Fatal(err)
	}
	p.Counts = catalog.Counts{Read: len(says), Matched: len(says)}
	err = h.Catalog.PutMatch(ctx, p, func(yield func(*catalog.Outcome) error) error {
		for _, f := range files {
			for i := range f.Feature().Scenarios {
				if err := outcomes(f, i, says, yield); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func outcomes(f *catalog.FeatureFile, i int, says map[string]behavepro.Status, yield func(*catalog.Outcome) error) error {
	s, ids := &f.Feature().Scenarios[i], f.Identity.Scenarios[i]
	if status := says[s.Name]; status != "" {
		if err := yield(&catalog.Outcome{Lineage: ids.Lineage, Status: status, Wording: gherkin.WordingOf(f.Feature(), i)}); err != nil {
			return err
		}
	}
	n := 0
	for ref, row := range gherkin.Rows(s) {
		if status := says[s.Name+"/"+row.Cells[0]]; status != "" {
			o := &catalog.Outcome{Lineage: ids.Lineage, Row: ids.Rows[n], Status: status, Wording: gherkin.RowWording(f.Feature(), i, ref)}
			if err := yield(o); err != nil {
				return err
			}
		}
		n++
	}
	return nil
}

// shop is a repository of SHOP whose scenarios link to SHOP-1 (card, points), SHOP-2 (tiers) and SHOP-3 (a row of tiers).
func (d *desk) shop(t *testing.T) (*catalogtest.History, behavepro.SHA) {
	t.Helper()
	for n := range 4 {
		d.issue(t, jiratest.Issue{Key: fmt.Sprintf("SHOP-%d", n+1)})
	}
	h := catalogtest.New(t, d.catalog, "shop", "SHOP")
	commit := h.Commit(map[string]string{"pay.feature": feature(scenario("@SHOP-1", "card", "a card"), scenario("@SHOP-1 @slow", "points", "points"), tiers)})
	h.Branch("main", map[string]behavepro.SHA{"main": commit})
	return h, commit
}

func TestProperties(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, commit := d.shop(t)
	d.changed(t, h)
	if got := d.publish(t); got.Written != 3 || got.Refused != nil || !got.Next.IsZero() {
		t.Errorf("published %+v", got)
	}
	d.expect(t, "before any results", map[string]string{
		"SHOP-1": "notRun 2 = 0+0+0+2 stale 0", "SHOP-2": "notRun 1 = 0+0+0+1 stale 0", "SHOP-3": "notRun 1 = 0+0+0+1 stale 0", "SHOP-4": "",
	})
	report(t, h, commit, "first", d.clock.Now(), map[string]behavepro.Status{
		"card": "passed", "points": "skipped", "tiers/gold": "passed", "tiers/silver": "failed", "tiers/bronze": "passed",
	})
	d.changed(t, h)
	d.publish(t)
	d.expect(t, "after results", map[string]string{
		"SHOP-1": "skipped 2 = 1+0+1+0 stale 0", "SHOP-2": "failed 1 = 0+1+0+0 stale 0", "SHOP-3": "passed 1 = 1+0+0+0 stale 0",
	})
	second := h.Commit(map[string]string{"pay.feature": feature(scenario("@SHOP-1", "card", "another card"), tiers)}, commit)
	h.Branch("main", map[string]behavepro.SHA{"main": second})
	d.changed(t, h)
	if got := d.publish(t); got.Written != 1 {
		t.Errorf("published %+v, want the one that changed", got)
	}
	d.expect(t, "reworded", map[string]string{"SHOP-1": "passed 1 = 1+0+0+0 stale 1"})
	for jql, want := range map[string]string{
		"behavepro.failed > 0": "SHOP-2", "behavepro.stale >= 1": "SHOP-1", "behavepro.status = passed AND project = SHOP": "SHOP-1 SHOP-3",
		"behavepro.linked = true": "SHOP-1 SHOP-2 SHOP-3", "behavepro.lastResult >= 2026-03-02": "SHOP-1 SHOP-2 SHOP-3", "behavepro.lastResult > 2026-03-03": "",
	} {
		keys, err := d.Search("acc-dev", jql)
		if got := strings.Join(keys, " "); got != want || err != nil {
			t.Errorf("%s finds %q, want %q (%v)", jql, got, want, err)
		}
	}
	for _, r := range d.Requests() {
		if strings.HasPrefix(r.Route, "GET /rest/api/3/issue/{issue}/properties") {
			t.Error("a property was read back")
		}
	}
}

func TestPropertyDocument(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, commit := d.shop(t)
	report(t, h, commit, "first", time.Date(2026, 3, 1, 10, 0, 0, 123, time.UTC), map[string]behavepro.Status{"card": "passed", "points": "failed"})
	p := d.publisher()
	p.Badge = "com.atlassian.jira.issue:stub-app:status:status"
	if _, err := p.Changed(t.Context(), "shop-1"); err != nil {
		t.Fatal(err)
	}
	d.clock.pass(time.Minute)
	if done, err := p.Publish(t.Context()); err != nil || done.Written != 1 {
		t.Fatal(done, err)
	}
	i, err := d.Issue("SHOP-1")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"behavepro": map[string]any{
			"linked": true, "scenarios": 2.0, "passed": 1.0, "failed": 1.0, "skipped": 0.0, "notRun": 0.0, "stale": 0.0, "status": "failed",
			"lastResult": "2026-03-01T10:00:00Z",
		},
		p.Badge: map[string]any{"type": "lozenge", "value": map[string]any{"label": "1 failed", "type": "removed"}},
	}
	if diff := cmp.Diff(want, i.Properties); diff != "" {
		t.Error(diff)
	}
}

func TestLastUnlinkWritesZero(t *testing.T) {
	t.Parallel()
	zero := "none 0 = 0+0+0+0 stale 0"
	for name, unlink := range map[string]func(*desk, *catalogtest.History, behavepro.SHA){
		"the tag goes": func(d *desk, h *catalogtest.History, commit behavepro.SHA) {
			h.Branch("main", map[string]behavepro.SHA{"main": h.Commit(map[string]string{"pay.feature": feature(scenario("@slow", "card", "a card"))}, commit)})
		},
		"the repository goes": func(d *desk, h *catalogtest.History, _ behavepro.SHA) {
			if err := d.catalog.RemoveRepository(t.Context(), h.Repo.ID, d.clock.Now()); err != nil {
				t.Error(err)
			}
		},
		"the repository is connected to another project": func(d *desk, h *catalogtest.History, _ behavepro.SHA) {
			h.Repo.Projects = []behavepro.ProjectKey{"PAY"}
			if err := d.catalog.PutRepository(t.Context(), h.Repo); err != nil {
				t.Error(err)
			}
		},
	} {
		for _, repair := range []bool{false, true} {
			d := newDesk(t)
			h, commit := d.shop(t)
			d.changed(t, h)
			d.publish(t)
			unlink(d, h, commit)
			d.changed(t, h)
			if repair {
				if _, err := d.publisher().Repair(t.Context()); err != nil {
					t.Fatal(err)
				}
			} else {
				d.publish(t)
			}
			d.expect(t, name, map[string]string{"SHOP-1": zero, "SHOP-2": zero, "SHOP-3": zero, "SHOP-4": ""})
			d.Forget()
			d.changed(t, h)
			if got := d.publish(t); got.Written != 0 || d.Count(putProperty, 0) != 0 {
				t.Errorf("%s: written again: %+v", name, got)
			}
		}
	}
}

// A tag links only to issues of the projects that the repository is connected to.
func TestForeignTagsDoNotLink(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, _ = d.shop(t)
	d.AddProject(jiratest.Project{Key: "SEC"})
	d.issue(t, jiratest.Issue{Key: "SEC-1"})
	web := catalogtest.New(t, d.catalog, "web", "WEB")
	files := map[string]string{"w.feature": feature(scenario("@SHOP-1 @SEC-1", "web", "web"))}
	web.Branch("main", map[string]behavepro.SHA{"main": web.Commit(files)})
	d.changed(t, web)
	d.publish(t)
	d.expect(t, "a repository of WEB only", map[string]string{"SHOP-1": "notRun 2 = 0+0+0+2 stale 0", "SEC-1": ""})
	for _, r := range d.Requests() {
		if strings.Contains(r.Path, "SEC") {
			t.Errorf("an issue of a project that nobody connected was asked for: %s", r.Path)
		}
	}
	web.Repo.Projects = []behavepro.ProjectKey{"WEB", "SHOP"}
	if err := d.catalog.PutRepository(t.Context(), web.Repo); err != nil {
		t.Fatal(err)
	}
	d.changed(t, web)
	d.publish(t)
	d.expect(t, "when SHOP's admin accepted it", map[string]string{"SHOP-1": "notRun 3 = 0+0+0+3 stale 0", "SEC-1": ""})
	known, err := d.known().ByKey(t.Context(), "SEC-1")
	if err != nil || len(known) != 0 {
		t.Errorf("an issue of a project that nobody connected is kept: %v, %v", known, err)
	}
}

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

func TestMovedIssueIsFollowed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, _ := d.shop(t)
	d.AddProject(jiratest.Project{Key: "PAY"})
	d.changed(t, h)
	d.publish(t)
	to, err := d.MoveIssue("SHOP-1", "PAY")
	if err != nil {
		t.Fatal(err)
	}
	repair := func() {
		t.Helper()
		if _, err := d.publisher().Repair(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	repair()
	d.expect(t, "PAY has not accepted the repository", map[string]string{to: "none 0 = 0+0+0+0 stale 0"})
	h.Repo.Projects = []behavepro.ProjectKey{"SHOP", "PAY"}
	if err := d.catalog.PutRepository(t.Context(), h.Repo); err != nil {
		t.Fatal(err)
	}
	repair()
	d.expect(t, "it has", map[string]string{to: "notRun 2 = 0+0+0+2 stale 0"})
	byKey, err := d.known().ByKey(t.Context(), "SHOP-1", behavepro.IssueKey(to))
	if err != nil || byKey["SHOP-1"].ID == 0 || byKey["SHOP-1"].ID != byKey[behavepro.IssueKey(to)].ID {
		t.Errorf("both keys lead to it: %v, %v", byKey, err)
	}
	keys, err := d.known().Keys(t.Context(), byKey["SHOP-1"].ID)
	if diff := cmp.Diff([]behavepro.IssueKey{behavepro.IssueKey(to), "SHOP-1"}, keys); diff != "" || err != nil {
		t.Errorf("its keys (%v):\n%s", err, diff)
	}
	// A scenario that names it by both keys counts once.
	both := h.Commit(map[string]string{"pay.feature": feature(scenario("@SHOP-1 @"+to, "card", "a card"))})
	h.Branch("main", map[string]behavepro.SHA{"main": both})
	d.changed(t, h)
	d.publish(t)
	d.expect(t, "named twice", map[string]string{to: "notRun 1 = 0+0+0+1 stale 0"})
}

func TestReusedKeyInheritsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, commit := d.shop(t)
	report(t, h, commit, "r", d.clock.Now(), map[string]behavepro.Status{"card": "failed"})
	d.changed(t, h)
	d.publish(t)
	old, err := d.known().ByKey(t.Context(), "SHOP-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteIssue("SHOP-1"); err != nil {
		t.Fatal(err)
	}
	fresh := d.issue(t, jiratest.Issue{Key: "SHOP-1", Summary: "Another story"})
	due, err := d.publisher().Hinted(t.Context(), jira.Hint{ID: fresh, Key: "SHOP-1"})
	if err != nil || due.IsZero() {
		t.Fatal(due, err)
	}
	byKey, err := d.known().ByKey(t.Context(), "SHOP-1")
	if err != nil || byKey["SHOP-1"].ID != fresh || byKey["SHOP-1"].Summary != "Another story" {
		t.Errorf("the key leads to %+v, %v", byKey, err)
	}
	byID, err := d.known().ByID(t.Context(), old["SHOP-1"].ID)
	if err != nil || len(byID) != 0 {
		t.Errorf("the old issue is still there: %v, %v", byID, err)
	}
	if keys, err := d.known().Keys(t.Context(), old["SHOP-1"].ID); err != nil || len(keys) != 0 {
		t.Errorf("the old issue has keys: %v, %v", keys, err)
	}
	d.publish(t)
	d.expect(t, "the new issue", map[string]string{"SHOP-1": "failed 2 = 0+1+0+1 stale 0"})
}

func TestDeletedIssue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, commit := d.shop(t)
	d.changed(t, h)
	d.publish(t)
	if err := d.DeleteIssue("SHOP-1"); err != nil {
		t.Fatal(err)
	}
	report(t, h, commit, "r", d.clock.Now(), map[string]behavepro.Status{"card": "failed", "tiers/gold": "passed"})
	d.changed(t, h)
	if got := d.publish(t); got.Refused != nil {
		t.Errorf("published %+v", got)
	}
	byKey, err := d.known().ByKey(t.Context(), "SHOP-1")
	if err != nil || len(byKey) != 0 {
		t.Errorf("it is still known: %v, %v", byKey, err)
	}
	d.changed(t, h)
	d.publish(t)
	missing, err := d.known().Missing(t.Context())
	if diff := cmp.Diff([]behavepro.IssueKey{"SHOP-1"}, missing); diff != "" || err != nil {
		t.Errorf("missing (%v):\n%s", err, diff)
	}
	d.Forget()
	d.changed(t, h)
	if d.publish(t); len(d.Requests()) != 0 {
		t.Errorf("asked for again at once: %v", d.Requests())
	}
	d.issue(t, jiratest.Issue{Key: "SHOP-1"})
	d.clock.pass(time.Hour)
	d.changed(t, h)
	d.publish(t)
	if missing, err = d.known().Missing(t.Context()); err != nil || len(missing) != 0 {
		t.Errorf("still missing: %v, %v", missing, err)
	}
	d.expect(t, "when there is one again", map[string]string{"SHOP-1": "failed 2 = 0+1+0+1 stale 0"})
}

// Everything that a property counts is what the pages count.
func TestPropertiesAgreeWithPages(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		d := newDesk(t)
		var keys []string
		for n := range 6 {
			keys = append(keys, fmt.Sprintf("SHOP-%d", n+1))
			d.issue(t, jiratest.Issue{Key: keys[n]})
		}
		for n := range 2 {
			d.randomRepository(t, r, fmt.Sprintf("repo%d", n), keys)
		}
		d.publish(t)
		for _, key := range keys {
			pages, err := d.catalog.Issue(t.Context(), behavepro.IssueKey(key), "", nil)
			if err != nil {
				t.Fatal(err)
			}
			counts, stale, worst := map[behavepro.Status]int{}, 0, behavepro.Status("")
			for _, page := range pages {
				worst = behavepro.Worse(worst, page.Status)
				for i := range page.Scenarios {
					counts[page.Scenarios[i].View.Status]++
					if page.Scenarios[i].View.Stale {
						stale++
					}
				}
			}
			sum := counts[behavepro.Passed] + counts[behavepro.Failed] + counts[behavepro.Skipped] + counts[behavepro.NotRun]
			want := fmt.Sprintf("%s %d = %d+%d+%d+%d stale %d", worst, sum, counts[behavepro.Passed], counts[behavepro.Failed], counts[behavepro.Skipped], counts[behavepro.NotRun], stale)
			if sum == 0 {
				want = ""
			}
			if got := d.property(t, key); got != want {
				t.Errorf("seed %d, %s: %q, want %q", seed, key, got, want)
			}
		}
	}
}

func (d *desk) randomRepository(t *testing.T, r *rand.Rand, name string, keys []string) {
	t.Helper()
	h := catalogtest.New(t, d.catalog, name, "SHOP")
	tag := func() string {
		if r.IntN(3) == 0 {
			return "@plain"
		}
		return "@" + keys[r.IntN(len(keys))]
	}
	write := func(step string) string {
		var all []string
		for n := range 12 {
			if n%3 == 0 {
				all = append(all, fmt.Sprintf("  %s\n  Scenario Outline: o%d\n    Given <a> %s\n    %s\n    Examples:\n      | a |\n      | 1 |\n      | 2 |\n    %s\n    Examples:\n      | a |\n      | 3 |\n", tag(), n, step, tag(), tag()))
			} else {
				all = append(all, scenario(tag()+" "+tag(), fmt.Sprintf("s%d", n), step))
			}
		}
		return feature(all...)
	}
	says := map[string]behavepro.Status{}
	statuses := []behavepro.Status{"", "passed", "passed", "failed", "skipped"}
	for n := range 12 {
		for _, at := range []string{"s%d", "o%d/1", "o%d/2", "o%d/3"} {
			if s := statuses[r.IntN(len(statuses))]; s != "" {
				says[fmt.Sprintf(at, n)] = s
			}
		}
	}
	first := h.Commit(map[string]string{"a.feature": write("one")})
	second := h.Commit(map[string]string{"a.feature": write([]string{"one", "two"}[r.IntN(2)])}, first)
	h.Branch("main", map[string]behavepro.SHA{"main": second})
	report(t, h, []behavepro.SHA{first, second}[r.IntN(2)], "r", d.clock.Now(), says)
	d.changed(t, h)
}
