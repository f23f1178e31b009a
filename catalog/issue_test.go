package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
)

var clock = time.Unix(1_700_000_000, 123_456_789).UTC()

// report stores and matches a push that says something of scenarios, by name, or of rows, by "name/first cell".
func report(t *testing.T, h *catalogtest.History, commit behavepro.SHA, id string, says map[string]behavepro.Status, edit ...func(*catalog.Push)) {
	t.Helper()
	ctx := context.Background()
	p := &catalog.Push{ID: id, Repository: h.Repo.ID, Commit: commit, Build: id, State: catalog.PushWaiting, Started: clock, Received: clock}
	for _, e := range edit {
		e(p)
	}
	if err := h.Catalog.PutPush(ctx, p); err != nil {
		t.Fatal(err)
	}
	files, err := h.Catalog.Files(ctx, catalog.At{Repository: h.Repo, SHA: commit})
	if err != nil {
		t.Fatal(err)
	}
	p.Counts = model.Counts{Read: len(says), Matched: len(says)}
	err = h.Catalog.PutMatch(ctx, p, func(yield func(*catalog.Outcome) error) error {
		for _, f := range files {
			for i := range f.Feature().Scenarios {
				s, ids := &f.Feature().Scenarios[i], f.Identity.Scenarios[i]
				if status := says[s.Name]; status != "" {
					o := &catalog.Outcome{Lineage: ids.Lineage, Status: status, Wording: gherkin.WordingOf(f.Feature(), i), Raw: string(status), Message: id + " says " + string(status)}
					if err := yield(o); err != nil {
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
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

const outline = `  @SHOP-2
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

func describe(issues []catalog.RepositoryIssue) []string {
	var out []string
	for _, i := range issues {
		out = append(out, fmt.Sprintf("%s %s %s", i.At.Repository.Name, i.At.Ref, i.Status))
		for n := range i.Scenarios {
			s := &i.Scenarios[n]
			var marks []string
			for _, r := range s.View.Results {
				marks = append(marks, r.Push+":"+r.Message)
			}
			for _, r := range s.View.Rows {
				marks = append(marks, fmt.Sprintf("%s=%s", r.Cells[0], r.Status))
			}
			stale := map[bool]string{true: " stale"}[s.View.Stale]
			out = append(out, fmt.Sprintf("  %s %q %s%s %d runs [%s]", s.File.Path, s.Scenario().Name, s.View.Status, stale, len(s.View.Strip), strings.Join(marks, " ")))
		}
	}
	return out
}

func TestIssue(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	h := catalogtest.New(t, c, "shop", "SHOP")
	other := catalogtest.New(t, c, "web", "WEB")
	catalogtest.New(t, c, "unsynced", "SHOP")
	first := h.Commit(map[string]string{"pay.feature": feature("Pay", scenario("@SHOP-1", "card", "a card"), outline)})
	side := h.Commit(map[string]string{"pay.feature": feature("Pay", scenario("@SHOP-1", "card", "a new card"), outline)}, first)
	second := h.Commit(map[string]string{"pay/card.feature": feature("Pay", scenario("@jira:shop-1", "card", "a new card"), outline)}, first)
	h.Branch("main", map[string]behavepro.SHA{"main": second, "old": first, "side": side})
	other.Branch("trunk", map[string]behavepro.SHA{"trunk": other.Commit(map[string]string{"w.feature": feature("W", scenario("@SHOP-1", "web", "web"))})})

	issue := func(key behavepro.IssueKey, ref string) []string {
		found, err := c.Issue(ctx, key, ref, func(r *catalog.Repository) bool { return r.In("SHOP") || key == "shop-1" })
		if err != nil {
			t.Fatal(err)
		}
		for i := range found {
			for j := range found[i].Scenarios {
				views, err := c.Explained(ctx, found[i].At.Repository.ID, []catalog.ScenarioView{found[i].Scenarios[j].View})
				if err != nil {
					t.Fatal(err)
				}
				found[i].Scenarios[j].View = views[0]
			}
		}
		return describe(found)
	}
	check := func(name string, got []string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
	check("nothing pushed", issue("shop-1", ""), "shop main notRun", `  pay/card.feature "card" notRun 0 runs []`, "web trunk notRun", `  w.feature "web" notRun 0 runs []`)

	report(t, h, first, "p1", map[string]behavepro.Status{"card": behavepro.Failed, "tiers/gold": behavepro.Passed, "tiers/bronze": behavepro.Passed})
	check("of an older commit", issue("SHOP-1", "main"), "shop main failed", `  pay/card.feature "card" failed stale 1 runs [p1:p1 says failed]`)
	check("at another ref", issue("SHOP-1", "old"), "shop old failed", `  pay.feature "card" failed 1 runs [p1:p1 says failed]`)
	check("a ref that is not there", issue("SHOP-1", "none"), "shop main failed", `  pay/card.feature "card" failed stale 1 runs [p1:p1 says failed]`)
	check("rows", issue("SHOP-2", ""), "shop main notRun", `  pay/card.feature "tiers" notRun 1 runs [gold=passed silver=notRun bronze=passed]`)
	check("rows that link by themselves", issue("SHOP-3", ""), "shop main passed", `  pay/card.feature "tiers" passed 1 runs [bronze=passed]`)

	report(t, h, side, "p2", map[string]behavepro.Status{"card": behavepro.Passed}, func(p *catalog.Push) { p.Branch = "side" })
	found, err := c.Issue(ctx, "SHOP-1", "main", nil)
	if err != nil || found[0].Scenarios[0].View.Elsewhere == nil || found[0].Scenarios[0].View.Elsewhere.Run.Branch != "side" || found[0].Status != behavepro.Failed {
		t.Errorf("elsewhere: %v %v", describe(found), err)
	}
	report(t, h, second, "p3", map[string]behavepro.Status{"card": behavepro.Passed, "tiers": behavepro.Passed})
	check("of this commit", issue("SHOP-1", "main"), "shop main passed", `  pay/card.feature "card" passed 2 runs [p3:]`)
	check("an outline as a whole", issue("SHOP-2", "main"), "shop main passed", `  pay/card.feature "tiers" passed 2 runs [p3: gold=passed silver=passed bronze=passed]`)

	standing, err := c.Standing(ctx, h.At("main"))
	if err != nil {
		t.Fatal(err)
	}
	want := catalog.Tally{Features: 1, Scenarios: 2, Rows: 3, Passed: 2, Linked: 2}
	if diff := cmp.Diff(want, standing.Tally); diff != "" {
		t.Errorf("tally (-want +got)\n%s", diff)
	}
	var issues []string
	for _, issue := range standing.Issues() {
		issues = append(issues, fmt.Sprint(issue.Key, " ", issue.Tally.Scenarios, " ", issue.Tally.Passed))
	}
	check("issues", issues, "SHOP-1 1 1", "SHOP-2 1 1", "SHOP-3 1 1")
}

func TestScenarioAndItsVersions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	h := catalogtest.New(t, c, "shop", "SHOP")
	rest := scenario("", "rest", "r")
	a := h.Commit(map[string]string{"a.feature": feature("A", scenario("@SHOP-1", "card", "a card"), rest)})
	b := h.Commit(map[string]string{"a.feature": feature("A", scenario("@SHOP-1", "card", "a card"), scenario("", "rest", "changed"))}, a)
	renamed := h.Commit(map[string]string{"a.feature": feature("A", scenario("@SHOP-1", "credit card", "a card"), rest)}, b)
	side := h.Commit(map[string]string{"a.feature": feature("A", scenario("@SHOP-1", "card", "a card"), rest, scenario("", "third", "3"))}, b)
	merged := h.Commit(map[string]string{"a.feature": feature("A", scenario("@SHOP-1", "credit card", "a card"), rest, scenario("", "third", "3"))}, renamed, side)
	moved := h.Commit(map[string]string{"b/c.feature": feature("A", scenario("@SHOP-1", "credit card", "a card"), rest)}, merged)
	reworded := h.Commit(map[string]string{"b/c.feature": feature("A", scenario("@SHOP-1 @slow", "credit card", "any card"), rest)}, moved)
	tip := h.Commit(map[string]string{"b/c.feature": feature("A", rest)}, reworded)
	at := h.Branch("main", map[string]behavepro.SHA{"main": reworded, "gone": tip})
	l := h.Lineage(reworded, "credit card")

	name := map[behavepro.SHA]string{a: "a", b: "b", renamed: "renamed", side: "side", merged: "merged", moved: "moved", reworded: "reworded", tip: "tip"}
	list := func(at catalog.At) []string {
		versions, cut, err := c.Versions(ctx, at, l)
		if err != nil || cut {
			t.Fatal(err, cut)
		}
		var out []string
		for _, v := range versions {
			out = append(out, fmt.Sprintf("%s %s>%s %q %v", name[v.Commit], v.Was, v.Path, v.Name, v.Changes))
		}
		return out
	}
	want := []string{
		`reworded b/c.feature>b/c.feature "credit card" [reworded retagged]`,
		`moved a.feature>b/c.feature "credit card" [moved]`,
		`renamed a.feature>a.feature "credit card" [renamed]`,
		`a >a.feature "card" [added]`,
	}
	if diff := cmp.Diff(want, list(at)); diff != "" {
		t.Errorf("versions (-want +got)\n%s", diff)
	}
	want = append([]string{`tip b/c.feature> "credit card" [removed]`}, want...)
	if diff := cmp.Diff(want, list(h.At("gone"))); diff != "" {
		t.Errorf("versions after removal (-want +got)\n%s", diff)
	}

	h.Revive(l)
	revived := h.Commit(map[string]string{"b/c.feature": feature("A", rest, scenario("@SHOP-1 @slow", "credit card", "any card"))}, tip)
	h.Branch("main", map[string]behavepro.SHA{"main": reworded, "gone": tip, "revived": revived})
	name[revived] = "revived"
	want = append([]string{`revived >b/c.feature "credit card" [added]`}, want...)
	if diff := cmp.Diff(want, list(h.At("revived"))); diff != "" {
		t.Errorf("versions of what came back (-want +got)\n%s", diff)
	}

	report(t, h, a, "p1", map[string]behavepro.Status{"card": behavepro.Passed})
	report(t, h, side, "p2", map[string]behavepro.Status{"card": behavepro.Failed}, func(p *catalog.Push) { p.Started = clock.Add(time.Nanosecond) })
	report(t, h, tip, "p3", map[string]behavepro.Status{"rest": behavepro.Failed})
	history, err := c.Scenario(ctx, at, l)
	if err != nil {
		t.Fatal(err)
	}
	if len(history.Runs) != 2 || history.Runs[0].Run.ID != "p2" || history.Runs[0].Status != behavepro.Failed || !history.Runs[0].Reached || history.Runs[0].Rows[0].Message != "p2 says failed" {
		t.Errorf("runs: %+v", history.Runs)
	}
	if history.File.Path != "b/c.feature" || history.View.Status != behavepro.Failed || !history.View.Stale || history.View.Name != "credit card" {
		t.Errorf("view: %+v", history.View)
	}
	if history, err = c.Scenario(ctx, h.At("gone"), l); err != nil || history.File != nil || len(history.Runs) != 2 {
		t.Errorf("gone: %+v %v", history, err)
	}
	if _, err := c.Scenario(ctx, at, behavepro.Lineage{1}); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("unknown lineage: %v", err)
	}
}

func TestPushes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	commit := catalogtest.BlobOf("commit")
	put := func(repo behavepro.RepositoryID, id string, after time.Duration) *catalog.Push {
		p := &catalog.Push{ID: id, Repository: repo, Commit: commit, State: catalog.PushWaiting, Received: clock.Add(after), Upload: "u" + id, UploadTo: repo}
		if err := c.PutPush(ctx, p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	ids := func(pushes []*catalog.Push, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, p := range pushes {
			out = append(out, p.ID)
		}
		return strings.Join(out, " ")
	}
	equal := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	b := put("r", "b", 2*time.Second)
	a := put("r", "a", time.Second)
	put("s", "c", 3*time.Second)
	put(catalog.ForProjects([]behavepro.ProjectKey{"B", "A"}), "d", 4*time.Second)
	equal("waiting", ids(c.WaitingPushes(ctx, "r")), "a b")
	equal("waiting that may belong to it", ids(c.WaitingFor(ctx, &catalog.Repository{ID: "r", Projects: []behavepro.ProjectKey{"B"}})), "a b d")
	equal("waiting under these projects", ids(c.WaitingPushes(ctx, "project:A,B")), "d")
	equal("all waiting", ids(c.WaitingPushes(ctx, "")), "d a b c")
	equal("of the commit", ids(c.PushesOf(ctx, "r", commit)), "b a")
	equal("of the repository", ids(c.PushesTo(ctx, "r", 1)), "b")
	if err := c.PutPush(ctx, &catalog.Push{ID: "a", Repository: "r", Commit: commit, Received: clock}); !errors.Is(err, behavepro.ErrConflict) {
		t.Errorf("the same push again: %v", err)
	}
	none := func(func(*catalog.Outcome) error) error { return nil }
	again := *a
	if err := c.PutMatch(ctx, a, none); err != nil {
		t.Fatal(err)
	}
	if err := c.PutMatch(ctx, &again, none); !errors.Is(err, behavepro.ErrConflict) {
		t.Errorf("matched by somebody else: %v", err)
	}
	equal("waiting after a match", ids(c.WaitingPushes(ctx, "r")), "b")
	if got, err := c.Push(ctx, "r", commit, "a"); err != nil || got.State != catalog.PushMatched || !got.Received.Equal(clock.Add(time.Second)) {
		t.Errorf("push: %+v %v", got, err)
	}
	for n := range 3 {
		if err := c.PutChunk(ctx, b, n/2, n, []byte{byte(n)}); err != nil {
			t.Fatal(err)
		}
	}
	var chunks []byte
	if err := c.Chunks(ctx, b, func(body []byte) error { chunks = append(chunks, body...); return nil }); err != nil || string(chunks) != "\x00\x01\x02" {
		t.Errorf("chunks %v %v", chunks, err)
	}
}
