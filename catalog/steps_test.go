package catalog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/store"
)

// tell pushes step definitions, matched, to a commit.
func tell(t *testing.T, h *catalogtest.History, commit behavepro.SHA, id string, d model.Definitions, edit ...func(*catalog.Push)) {
	t.Helper()
	p := &catalog.Push{
		ID: id, Repository: h.Repo.ID, Commit: commit, Build: id, State: catalog.PushMatched, Started: clock, Received: clock, Upload: "upload-" + id, UploadTo: h.Repo.ID,
	}
	for _, e := range edit {
		e(p)
	}
	if err := h.Catalog.PutDefinitions(context.Background(), p, &d); err != nil {
		t.Fatal(err)
	}
	if err := h.Catalog.PutPush(context.Background(), p); err != nil {
		t.Fatal(err)
	}
}

func def(pattern, place string, line, uses int) model.StepDefinition {
	return model.StepDefinition{Pattern: pattern, Type: "CUCUMBER_EXPRESSION", Place: place, Line: line, Uses: uses}
}

// stepLines writes what is told as text.
func stepLines(s *catalog.Steps) []string {
	var out []string
	for _, p := range s.Pushes {
		out = append(out, "push "+p.ID)
	}
	for i := range s.Unused {
		out = append(out, "unused "+s.Unused[i].Pattern+" "+s.Unused[i].At())
	}
	for _, d := range s.Duplicates {
		line := "duplicate " + d.Pattern
		for i := range d.Definitions {
			line += fmt.Sprintf(" %s(%d)", d.Definitions[i].At(), d.Definitions[i].Uses)
		}
		out = append(out, line)
	}
	for _, v := range s.Variants {
		line := "variants"
		for _, way := range v.Ways {
			line += fmt.Sprintf(" %q×%d", way.Text, way.Count)
			for _, at := range way.Places {
				line += fmt.Sprintf(" %s:%d", at.Path, at.Line)
			}
		}
		out = append(out, line)
	}
	return out
}

func TestSteps(t *testing.T) {
	t.Parallel()
	h := catalogtest.New(t, catalogtest.Open(t), "shop", "SHOP")
	old := h.Commit(map[string]string{"a.feature": "Feature: A\n  Scenario: one\n    Given a card\n"})
	tip := h.Commit(map[string]string{"a.feature": "Feature: A\n  Scenario: one\n    Given a card\n"}, old)
	h.Branch("main", map[string]behavepro.SHA{"main": tip})
	steps := func(now time.Time) *catalog.Steps {
		t.Helper()
		s, err := h.Catalog.Steps(context.Background(), h.At("main"), now)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	tell(t, h, old, "of another commit", model.Definitions{All: []model.StepDefinition{def("old", "old.js", 1, 0)}})
	tell(t, h, tip, "without definitions", model.Definitions{})
	tell(t, h, tip, "waits", model.Definitions{All: []model.StepDefinition{def("waits", "waits.js", 1, 0)}}, func(p *catalog.Push) { p.State = catalog.PushWaiting })
	if s := steps(clock); s.TellsDefinitions() || len(stepLines(s)) != 0 || s.Doubt() != "" {
		t.Errorf("nothing is told, but: %q, %q", stepLines(s), s.Doubt())
	}
	tell(t, h, tip, "1", model.Definitions{All: []model.StepDefinition{
		def("a card", "b.js", 2, 3), def("a card", "b.js", 9, 0), def("cash", "b.js", 4, 0), def("gold", "a.js", 7, 0), def("twice", "z.js", 1, 1),
	}})
	want := []string{"push 1", "unused gold a.js:7", "unused cash b.js:4", "unused a card b.js:9", "duplicate a card b.js:2(3) b.js:9(0)"}
	if diff := cmp.Diff(want, stepLines(steps(clock))); diff != "" {
		t.Errorf("one push (-want +got)\n%s", diff)
	}
	// Another suite has the pattern "twice" at a place of its own, which is no duplicate, and uses cash.
	tell(t, h, tip, "2", model.Definitions{All: []model.StepDefinition{def("cash", "b.js", 4, 1), def("twice", "y.js", 1, 1)}, Partial: true},
		func(p *catalog.Push) { p.Received = clock.Add(time.Minute) })
	want = []string{"push 2", "push 1", "unused gold a.js:7", "unused a card b.js:9", "duplicate a card b.js:2(3) b.js:9(0)"}
	s := steps(clock)
	if diff := cmp.Diff(want, stepLines(s)); diff != "" {
		t.Errorf("two pushes (-want +got)\n%s", diff)
	}
	if s.Defined != 6 || !s.Partial || !strings.Contains(s.Doubt(), "cut off") {
		t.Errorf("%d defined, partial %v, doubt %q", s.Defined, s.Partial, s.Doubt())
	}
	tell(t, h, tip, "3", model.Definitions{}, func(p *catalog.Push) { p.Shard, p.Shards = "1", 2 })
	if s := steps(clock); !s.Open || s.Doubt() != "more is to come of a run" {
		t.Errorf("a shard is missing: open %v, doubt %q", s.Open, s.Doubt())
	}
	if s := steps(clock.Add(catalog.QuietTime)); s.Open {
		t.Error("the shard is waited for without end")
	}
}

// TestStepsOfManyPushes: the newest are asked, and the others counted.
func TestStepsOfManyPushes(t *testing.T) {
	t.Parallel()
	h := catalogtest.New(t, catalogtest.Open(t), "shop", "SHOP")
	tip := h.Commit(map[string]string{"a.feature": "Feature: A\n"})
	h.Branch("main", map[string]behavepro.SHA{"main": tip})
	for i := range 203 {
		tell(t, h, tip, fmt.Sprint(i), model.Definitions{All: []model.StepDefinition{def("a card", "a.js", i, 0)}},
			func(p *catalog.Push) { p.Received = clock.Add(time.Duration(i) * time.Second) })
	}
	s, err := h.Catalog.Steps(context.Background(), h.At("main"), clock)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Pushes) != 200 || s.Pushes[0].ID != "202" || s.MorePushes != 3 || s.Defined != 200 || s.Doubt() != "only the newest 200 pushes were asked" {
		t.Errorf("%d pushes, first %s, %d more, %d definitions, doubt %q", len(s.Pushes), s.Pushes[0].ID, s.MorePushes, s.Defined, s.Doubt())
	}
}

func TestStepVariants(t *testing.T) {
	t.Parallel()
	h := catalogtest.New(t, catalogtest.Open(t), "shop", "SHOP")
	tip := h.Commit(map[string]string{
		"a.feature": "Feature: A\n  Background:\n    Given a Card\n\n  Scenario: one\n    When I pay\n    Then it is <paid>\n    Then it is <paid>.\n\n  Scenario: two\n    When I pay\n    And I   pay.\n    And …\n",
		"b.feature": "Feature: B\n  Rule: R\n    Background:\n      Given a card\n\n    Scenario: three\n      * i Pay !\n      When I pay\n      When I pay\n      Then other\n",
	})
	h.Branch("main", map[string]behavepro.SHA{"main": tip})
	s, err := h.Catalog.Steps(context.Background(), h.At("main"), clock)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`variants "I pay"×4 a.feature:6 a.feature:11 b.feature:8 "I   pay."×1 a.feature:12 "i Pay !"×1 b.feature:7`,
		`variants "a Card"×1 a.feature:3 "a card"×1 b.feature:4`,
		`variants "it is <paid>"×1 a.feature:7 "it is <paid>."×1 a.feature:8`,
	}
	if diff := cmp.Diff(want, stepLines(s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestDefinitionsGoWithTheirRepository: those of a repository that was removed are deleted with its other results.
func TestDefinitionsGoWithTheirRepository(t *testing.T) {
	t.Parallel()
	scope := proven(t, "id-shop")
	c := catalog.Open(scope)
	removed := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	left := func() int {
		n := 0
		for _, kind := range catalog.Kinds() {
			if kind.Name != "definitions" {
				continue
			}
			for _, err := range scope.Scan(t.Context(), kind, store.Range{KeysOnly: true}) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
		}
		return n
	}
	if err := c.RemoveRepository(t.Context(), "id-shop", removed); err != nil {
		t.Fatal(err)
	}
	for day := 0; day <= catalog.KeepDays+1; day++ {
		if _, err := c.SweepTenant(t.Context(), removed.AddDate(0, 0, day)); err != nil {
			t.Fatal(err)
		}
		if got, want := left(), boolToInt(day <= catalog.KeepDays); got != want {
			t.Errorf("day %d: %d records, want %d", day, got, want)
		}
	}
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
