package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/results/match"
)

var clock = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

const payFeature = `@SHOP-1
Feature: Pay
  Scenario: card
    Given a card

  Scenario: cash
    Given cash

  Scenario Outline: tiers
    Given <tier>
    Examples:
      | tier   |
      | gold   |
      | silver |
`

// said is one result of a report: a scenario's name, its line and its status.
type said struct {
	name   string
	line   int
	status string
}

// cucumber writes a Cucumber JSON report.
func cucumber(uri, feature string, all ...said) string {
	var elements []any
	for _, s := range all {
		result := map[string]any{"status": s.status, "duration": 1000}
		if s.status == "failed" {
			result["error_message"] = s.name + " broke"
		}
		elements = append(elements, map[string]any{
			"type": "scenario", "keyword": "Scenario", "name": s.name, "line": s.line, "id": feature + ";" + s.name,
			"steps": []any{map[string]any{"keyword": "Given ", "name": "a step", "line": s.line + 1, "result": result}},
		})
	}
	out, _ := json.Marshal([]any{map[string]any{"uri": uri, "keyword": "Feature", "name": feature, "id": feature, "line": 1, "elements": elements}})
	return string(out)
}

var payReport = cucumber("features/pay.feature", "Pay", said{"card", 3, "passed"}, said{"cash", 6, "failed"}, said{"tiers", 13, "passed"}, said{"gone", 40, "passed"})

func reports(files map[string]string) ingest.NextFile {
	names := slices.Sorted(maps.Keys(files))
	return func() (string, io.Reader, error) {
		if len(names) == 0 {
			return "", nil, io.EOF
		}
		name := names[0]
		names = names[1:]
		return name, strings.NewReader(files[name]), nil
	}
}

type kit struct {
	t *testing.T
	*catalogtest.History
	ingest.Ingest
}

func newKit(t *testing.T) *kit {
	c := catalogtest.Open(t)
	return &kit{t, catalogtest.New(t, c, "shop", "SHOP"), ingest.Ingest{Catalog: c}}
}

func (k *kit) accept(up ingest.Upload, files map[string]string) (*catalog.Push, bool) {
	k.t.Helper()
	if up.Push.Repository == "" {
		up.Push.Repository = k.Repo.ID
	}
	p, repeated, err := k.Accept(context.Background(), up, reports(files), clock)
	if err != nil {
		k.t.Fatal(err)
	}
	return p, repeated
}

func (k *kit) match(p *catalog.Push) *catalog.Push {
	k.t.Helper()
	if err := k.Match(context.Background(), p); err != nil {
		k.t.Fatal(err)
	}
	return p
}

func (k *kit) account(p *catalog.Push) []string {
	k.t.Helper()
	var out []string
	err := k.Account(context.Background(), p, func(a match.Accounted) bool {
		out = append(out, fmt.Sprintf("%s %s:%d:%d %s %s", a.Name, a.Path, a.Line, a.Row, a.Status, a.Accounting))
		return true
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return out
}

func (k *kit) equal(what string, got, want any) {
	k.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		k.t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

// TestStartOfAPush says when a push began where clocks are wrong: neither the tests' nor the client's is believed when it is more than a
// day ahead of the server's.
func TestStartOfAPush(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	const note = "a start more than a day in the future was not believed: check the clocks"
	for _, test := range []struct {
		name         string
		client, test time.Duration // before (-) or after the server's clock; 0 tells none
		want         time.Duration
		noted        bool
	}{
		{"none", 0, 0, 0, false},
		{"the client's", -time.Hour, 0, -time.Hour, false},
		{"the tests' first", -time.Hour, -2 * time.Hour, -2 * time.Hour, false},
		{"the client a day ahead", day, 0, day, false},
		{"the client more than a day ahead", day + time.Second, 0, 0, true},
		{"the tests a day ahead", -time.Hour, day, day, false},
		{"the tests more than a day ahead", -time.Hour, day + time.Second, -time.Hour, true},
		{"both more than a day ahead", day + time.Second, day + time.Second, 0, true},
	} {
		k := newKit(t)
		commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
		up := ingest.Upload{Push: catalog.Push{Commit: commit}}
		if test.client != 0 {
			up.Push.Started = clock.Add(test.client)
		}
		report := `[{"uri":"features/pay.feature","elements":[{"type":"scenario","name":"card","line":3,`
		if test.test != 0 {
			report += `"start_timestamp":"` + clock.Add(test.test).Format(time.RFC3339) + `",`
		}
		p, _ := k.accept(up, map[string]string{"a.json": report + `"steps":[{"result":{"status":"passed"}}]}]}]`})
		k.equal(test.name, []any{p.Started, slices.Contains(p.Notes, note)}, []any{clock.Add(test.want), test.noted})
	}
}

func TestLifeOfAPush(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	later := k.Commit(map[string]string{"features/pay.feature": payFeature}, commit)
	k.Branch("main", map[string]behavepro.SHA{"main": later})
	up := ingest.Upload{Push: catalog.Push{Commit: commit, Build: "7", Attempt: 1, Started: clock.Add(-time.Hour)}}
	p, repeated := k.accept(up, map[string]string{"a.json": payReport})
	k.equal("repeated", repeated, false)
	k.equal("stored", []any{p.State, p.Counts, p.Started}, []any{catalog.PushWaiting, model.Counts{Read: 4, Waiting: 4}, clock.Add(-time.Hour)})
	k.equal("accounting while waiting", k.account(p)[0], "card features/pay.feature:3:0 passed waiting")

	k.match(p)
	k.equal("counts", p.Counts, model.Counts{Read: 4, Matched: 3, Unmatched: 1, Passed: 2, Failed: 1})
	want := []string{
		"card features/pay.feature:3:0 passed matched", "cash features/pay.feature:6:0 failed matched",
		"tiers features/pay.feature:9:13 passed matched", "gone features/pay.feature:40:0 passed unmatched",
	}
	k.equal("accounting", k.account(p), want)
	found, err := k.Ingest.Catalog.Issue(ctx, "SHOP-1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var views []catalog.ScenarioView
	for _, s := range found[0].Scenarios {
		views = append(views, s.View)
	}
	if views, err = k.Ingest.Catalog.Explained(ctx, k.Repo.ID, views); err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, v := range views {
		shown = append(shown, fmt.Sprintf("%s %s", v.Name, v.Status))
		for _, r := range v.Results {
			shown = append(shown, fmt.Sprintf("  %s: %s", r.Step, r.Message))
		}
	}
	k.equal("issue", shown, []string{"card passed", "  : ", "cash failed", "  Given a step: cash broke", "tiers notRun"})

	again, repeated := k.accept(up, map[string]string{"b.json": payReport})
	k.equal("the same push again", []any{repeated, again.ID, again.State}, []any{true, p.ID, catalog.PushMatched})
	k.equal("and its accounting", k.account(again), want)
	up.Push.Attempt = 2
	if other, repeated := k.accept(up, map[string]string{"a.json": payReport}); repeated || other.ID == p.ID {
		t.Error("another attempt is another push")
	}
	pushes, err := k.Ingest.Catalog.PushesOf(ctx, k.Repo.ID, commit)
	if err != nil || len(pushes) != 2 {
		t.Errorf("pushes: %v %v", pushes, err)
	}
	waiting, err := k.Ingest.Catalog.WaitingPushes(ctx, "")
	if err != nil || len(waiting) != 1 || waiting[0].Attempt != 2 {
		t.Errorf("waiting: %v %v", waiting, err)
	}
}

func TestKeyOfAClient(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	up := ingest.Upload{Push: catalog.Push{Commit: commit}, Key: "mine"}
	p, _ := k.accept(up, map[string]string{"a.json": payReport})
	again, repeated := k.accept(up, map[string]string{"a.json": "something else"})
	k.equal("same key", []any{repeated, again.ID, again.Counts.Read}, []any{true, p.ID, 4})
	up.Key = "another"
	if _, repeated := k.accept(up, map[string]string{"a.json": payReport}); repeated {
		t.Error("another key is another push")
	}
}

func TestMatchIsIdempotent(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	k.Branch("main", map[string]behavepro.SHA{"main": commit})
	p, _ := k.accept(ingest.Upload{Push: catalog.Push{Commit: commit}}, map[string]string{"a.json": payReport})
	one, two := *p, *p
	k.match(&one)
	k.match(&two) // as by another job that read the push while it was waiting
	k.equal("push", two, one)
	k.match(&two)
	history, err := k.Ingest.Catalog.Scenario(ctx, k.At("main"), k.Lineage(commit, "card"))
	if err != nil || len(history.Runs) != 1 {
		t.Errorf("runs: %+v %v", history, err)
	}
}

func TestWaitsForItsCommit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	base := k.Commit(map[string]string{"x.feature": "Feature: X"})
	k.Branch("main", map[string]behavepro.SHA{"main": base})
	coming := newKit(t) // the same history elsewhere tells the commit that is to come
	coming.Commit(map[string]string{"x.feature": "Feature: X"})
	commit := coming.Commit(map[string]string{"features/pay.feature": payFeature}, base)
	p, _ := k.accept(ingest.Upload{Push: catalog.Push{Commit: commit, Branch: "topic", Build: "9"}}, map[string]string{"a.json": payReport})
	k.match(p)
	k.equal("state", p.State, catalog.PushWaiting)

	problems := func() (messages []string) {
		all, err := k.Ingest.Catalog.Problems(ctx, k.Repo.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			messages = append(messages, p.Message)
		}
		return messages
	}
	if err := k.Sweep(ctx, clock.Add(23*time.Hour)); err != nil || len(problems()) != 0 {
		t.Errorf("within a day: %v %v", err, problems())
	}
	for range 2 {
		if err := k.Sweep(ctx, clock.Add(25*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if got := problems(); len(got) != 1 || !strings.Contains(got[0], "4 results of build 9 wait for commit "+commit.Short()) || !strings.Contains(got[0], "branch topic is not there") {
		t.Errorf("problems: %q", got)
	}
	if got := k.Commit(map[string]string{"features/pay.feature": payFeature}, base); got != commit {
		t.Fatalf("commit %s, want %s", got, commit)
	}
	if err := k.Rematch(ctx, k.Repo); err != nil {
		t.Fatal(err)
	}
	got, err := k.Ingest.Catalog.Push(ctx, p.Repository, p.Commit, p.ID)
	if err != nil || got.Counts.Matched != 3 || len(problems()) != 0 {
		t.Errorf("after the sync: %+v %v %v", got, err, problems())
	}
}

func TestPushUnderProjects(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	c := k.Ingest.Catalog
	foreign := catalogtest.New(t, c, "foreign", "WEB")
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	k.Branch("main", map[string]behavepro.SHA{"main": commit})
	foreign.Commit(map[string]string{"features/pay.feature": payFeature})
	projects := []behavepro.ProjectKey{"SHOP"}
	p, _ := k.accept(ingest.Upload{Push: catalog.Push{Repository: catalog.ForProjects(projects), Projects: projects, Commit: commit}}, map[string]string{"a.json": payReport})
	k.match(p)
	k.equal("counts", p.Counts, model.Counts{Read: 4, Matched: 3, Unmatched: 1, Passed: 2, Failed: 1})
	k.equal("shown", p.Shown, []behavepro.RepositoryID{k.Repo.ID})
	k.equal("accounting", len(k.account(p)), 4)
	standing, err := c.Standing(ctx, k.At("main"))
	if err != nil || standing.Tally.Passed != 1 || standing.Tally.Failed != 1 {
		t.Errorf("standing: %+v %v", standing.Tally, err)
	}
	k.match(p)
	if again, repeated := k.accept(ingest.Upload{Push: catalog.Push{Repository: catalog.ForProjects(projects), Projects: projects, Commit: commit}}, map[string]string{"a.json": payReport}); !repeated || again.State != catalog.PushMatched {
		t.Errorf("again: %v %+v", repeated, again)
	}
	if err := k.Sweep(ctx, clock.Add(25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if waiting, err := c.WaitingPushes(ctx, ""); err != nil || len(waiting) != 0 {
		t.Errorf("after a day nothing is asked any more: %v %v", waiting, err)
	}
}

func TestTestedTextDiffers(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	merged := strings.Replace(payFeature, "    Given cash\n", "    Given no cash\n", 1)
	head := k.Commit(map[string]string{"features/pay.feature": payFeature})
	base := k.Commit(map[string]string{"features/pay.feature": "\n\n" + merged})
	k.Branch("main", map[string]behavepro.SHA{"main": base, "topic": head})
	report := cucumber("features/pay.feature", "Pay", said{"card", 5, "passed"}, said{"cash", 8, "failed"})
	upload := func(blob behavepro.SHA) ingest.Upload {
		return ingest.Upload{Push: catalog.Push{Commit: head}, Key: blob.String(), Tested: map[string]behavepro.SHA{"features/pay.feature": blob, "other.feature": blob}}
	}
	p, _ := k.accept(upload(catalogtest.BlobOf("\n\n"+merged)), map[string]string{"a.json": report})
	k.equal("known text", k.account(k.match(p)), []string{
		"card features/pay.feature:3:0 passed matched", "cash features/pay.feature:8:0 failed unmatched",
	})
	p, _ = k.accept(upload(catalogtest.BlobOf("nobody knows")), map[string]string{"a.json": report})
	k.equal("unknown text", k.account(k.match(p)), []string{
		"card features/pay.feature:5:0 passed unmatched", "cash features/pay.feature:8:0 failed unmatched",
	})
	p, _ = k.accept(upload(catalogtest.BlobOf(payFeature)), map[string]string{"a.json": payReport})
	k.equal("same text", k.match(p).Counts.Matched, 3)
}

func TestRetriesAndNotes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	k.Branch("main", map[string]behavepro.SHA{"main": commit})
	files := map[string]string{
		"1.json": cucumber("features/pay.feature", "Pay", said{"card", 3, "failed"}),
		"2.json": cucumber("features/pay.feature", "Pay", said{"card", 3, "passed"}, said{"cash", 6, "odd"}),
		"3.txt":  "not a report",
	}
	p, _ := k.accept(ingest.Upload{Push: catalog.Push{Commit: commit}}, files)
	k.match(p)
	k.equal("counts", p.Counts, model.Counts{Read: 3, Matched: 2, RetryOf: 1, Passed: 1, Failed: 1})
	k.equal("unreadable", p.Files[2].Unreadable != "", true)
	k.equal("notes", p.Notes, []string{`status "odd" is not known: 1 results with it count as failed`})
	standing, err := k.Ingest.Catalog.Standing(ctx, k.At("main"))
	if err != nil {
		t.Fatal(err)
	}
	_, view, _ := standing.Scenario(k.Lineage(commit, "card"))
	k.equal("flaky", []any{view.Status, view.Flaky}, []any{behavepro.Passed, true})
}

func TestBrokenUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scope := newKit(t)
	commit := catalogtest.BlobOf("commit")
	broken := errors.New("connection lost")
	for _, next := range []ingest.NextFile{
		func() (string, io.Reader, error) { return "", nil, broken },
		func() (string, io.Reader, error) {
			return "a.json", io.MultiReader(strings.NewReader(payReport[:len(payReport)/2]), failing{broken}), nil
		},
		func() (string, io.Reader, error) {
			return "a.json", io.MultiReader(strings.NewReader("junk"), failing{broken}), nil
		},
	} {
		_, _, err := scope.Accept(ctx, ingest.Upload{Push: catalog.Push{Repository: scope.Repo.ID, Commit: commit}}, next, clock)
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	}
	waiting, err := scope.Ingest.Catalog.WaitingPushes(ctx, "")
	if err != nil || len(waiting) != 0 {
		t.Errorf("left behind: %v %v", waiting, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestManyResults(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	var text strings.Builder
	text.WriteString("Feature: Big\n")
	var all []said
	for n := range 6000 {
		name := fmt.Sprintf("scenario %d", n)
		fmt.Fprintf(&text, "  Scenario: %s\n    Given step %d\n", name, n)
		all = append(all, said{name, 2 + 2*n, "passed"})
	}
	commit := k.Commit(map[string]string{"big.feature": text.String()})
	k.Branch("main", map[string]behavepro.SHA{"main": commit})
	p, _ := k.accept(ingest.Upload{Push: catalog.Push{Commit: commit}}, map[string]string{"a.json": cucumber("big.feature", "Big", all...)})
	if p.Files[0].Parts < 3 {
		t.Errorf("%d parts", p.Files[0].Parts)
	}
	k.match(p)
	standing, err := k.Ingest.Catalog.Standing(ctx, k.At("main"))
	if err != nil || standing.Tally.Passed != 6000 {
		t.Errorf("standing: %+v %v", standing, err)
	}
}

func TestSweepDropsAbandonedUploads(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	c := k.Ingest.Catalog
	commit := catalogtest.BlobOf("commit")
	p, _ := k.accept(ingest.Upload{Push: catalog.Push{Commit: commit}}, map[string]string{"a.json": payReport})
	marker := func(upload string) *catalog.Push {
		m := &catalog.Push{ID: upload, Repository: k.Repo.ID, Commit: commit, Received: clock, State: catalog.PushUploading, Upload: upload, UploadTo: k.Repo.ID}
		if err := c.PutPush(ctx, m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	marker(p.Upload) // a crash between the push and the end of its upload
	lost := marker("upload-lost")
	if err := c.PutChunk(ctx, lost, 0, 0, []byte("x")); err != nil {
		t.Fatal(err)
	}
	chunks := func(p *catalog.Push) (n int) {
		if err := c.Chunks(ctx, p, func([]byte) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := k.Sweep(ctx, clock.Add(time.Hour)); err != nil || chunks(lost) != 1 {
		t.Errorf("an upload that may still run was dropped: %v", err)
	}
	if err := k.Sweep(ctx, clock.Add(25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	k.equal("chunks", []int{chunks(lost), chunks(p)}, []int{0, 1})
	if waiting, err := c.WaitingPushes(ctx, ""); err != nil || len(waiting) != 1 || waiting[0].ID != p.ID {
		t.Errorf("waiting: %v %v", waiting, err)
	}
}

func TestPushShownByTwoRepositories(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	c := k.Ingest.Catalog
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	fork := catalogtest.New(t, c, "fork", "SHOP")
	// The fork shows the same commit, of which it follows another folder.
	files := map[string]string{"other/gone.feature": "Feature: Gone\n  Scenario: gone\n    Given x\n"}
	fork.CommitAs(commit, files)
	projects := []behavepro.ProjectKey{"SHOP"}
	report := map[string]string{"a.json": payReport, "b.json": cucumber("other/gone.feature", "Gone", said{"gone", 2, "passed"})}
	p, _ := k.accept(ingest.Upload{Push: catalog.Push{Repository: catalog.ForProjects(projects), Projects: projects, Commit: commit}}, report)
	k.match(p)
	k.equal("counted once", p.Counts, model.Counts{Read: 5, Matched: 4, Unmatched: 1, Passed: 3, Failed: 1})
	for repo, want := range map[behavepro.RepositoryID]int{k.Repo.ID: 3, fork.Repo.ID: 1} {
		pushes, err := c.PushesOf(ctx, repo, commit)
		if err != nil || len(pushes) != 1 || pushes[0].Counts.Matched != want {
			t.Errorf("%s: %+v %v", repo, pushes, err)
		}
	}
	k.equal("accounting", k.account(p)[4], "gone other/gone.feature:2:0 passed matched")
}

func TestManyMatchAtOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	k.Branch("main", map[string]behavepro.SHA{"main": commit})
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			up := ingest.Upload{Push: catalog.Push{Repository: k.Repo.ID, Commit: commit, Attempt: n / 2}}
			p, _, err := k.Accept(ctx, up, reports(map[string]string{"a.json": payReport}), clock)
			if err == nil {
				err = k.Match(ctx, p)
			}
			if err == nil {
				err = k.Rematch(ctx, k.Repo)
			}
			if err == nil {
				_, err = k.Ingest.Catalog.Standing(ctx, k.At("main"))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	pushes, err := k.Ingest.Catalog.PushesOf(ctx, k.Repo.ID, commit)
	if err != nil || len(pushes) != 4 {
		t.Errorf("pushes: %v %v", pushes, err)
	}
	standing, err := k.Ingest.Catalog.Standing(ctx, k.At("main"))
	if err != nil || standing.Runs.Builds() != 4 || standing.Tally.Failed != 1 {
		t.Errorf("standing: %+v %v", standing, err)
	}
}
