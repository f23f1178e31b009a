package jira_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/jira/jiratest"
)

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
