package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/results/report"
)

// TestBoundsOfAPush is at the edge of each: what is within is stored, one more is refused with its number, and nothing of it stays.
func TestBoundsOfAPush(t *testing.T) {
	t.Parallel()
	files := func(n, resultsEach int) map[string]string {
		all := map[string]string{}
		for i := range n {
			one := make([]said, resultsEach)
			for j := range one {
				one[j] = said{"card", 3, "passed"}
			}
			all[fmt.Sprint("r", i, ".json")] = cucumber("features/pay.feature", "Pay", one...)
		}
		return all
	}
	tested := func(n int) map[string]behavepro.SHA {
		all := map[string]behavepro.SHA{}
		for i := range n {
			all[fmt.Sprint(i, ".feature")] = behavepro.SHA{byte(i)}
		}
		return all
	}
	for _, c := range []struct {
		bounds ingest.Bounds
		files  map[string]string
		tested map[string]behavepro.SHA
		says   string
	}{
		{ingest.Bounds{Files: 3}, files(3, 1), nil, ""},
		{ingest.Bounds{Files: 3}, files(4, 1), nil, "more than 3 report files in one push"},
		{ingest.Bounds{Results: 6}, files(2, 3), nil, ""},
		{ingest.Bounds{Results: 5}, files(2, 3), nil, "more than 5 results in one push"},
		{ingest.Bounds{Tested: 2}, files(1, 1), tested(2), ""},
		{ingest.Bounds{Tested: 2}, files(1, 1), tested(3), "more than 2 feature files in the checkout"},
	} {
		k := newKit(t)
		k.Bounds = c.bounds
		push := catalog.Push{Repository: k.Repo.ID, Commit: behavepro.SHA{1}}
		_, _, err := k.Accept(context.Background(), ingest.Upload{Push: push, Tested: c.tested}, reports(c.files), clock)
		if c.says == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.bounds, err)
			}
			continue
		}
		problem, ok := errors.AsType[*behavepro.Problem](err)
		if !ok || !errors.Is(err, behavepro.ErrLimit) || problem.Msg != c.says || problem.Hint == "" {
			t.Errorf("%+v: got %v, want %q and what to do", c.bounds, err, c.says)
		}
		left, err := k.Ingest.Catalog.PushesOf(t.Context(), k.Repo.ID, push.Commit)
		if err != nil || len(left) != 0 {
			t.Errorf("%+v: %d pushes are left, %v", c.bounds, len(left), err)
		}
	}
}

// TestBoundsOfAReport: what one report holds and tells beyond its bounds is left out, which is said; what was read before counts.
func TestBoundsOfAReport(t *testing.T) {
	t.Parallel()
	one := said{"card", 3, "passed"}
	features := strings.TrimSuffix(cucumber("a.feature", "A", one, one), "]") + "," + strings.TrimPrefix(cucumber("b.feature", "B", one), "[")
	junit := `<testsuite>` + strings.Repeat(`<testcase name="card"/>`, 3) + `</testsuite>`
	held := 2 * (512 + len(one.name))                     // of the first feature
	waiting := 2*(512+64) + (128 + 1) + 2*64 + 2*(256+64) // of the run: sources, a pickle, a test case and its step, attempts and their steps
	run := `{"source":{"uri":"a.feature","data":"Feature: A\n Scenario: a\n"}}
{"source":{"uri":"b.feature","data":"Feature: B\n Scenario: b\n"}}
{"pickle":{"id":"p","uri":"a.feature","name":"a","astNodeIds":["n"],"steps":[]}}
{"testCase":{"id":"c","pickleId":"p","testSteps":[{"id":"s","pickleStepId":"x"}]}}
{"testCaseStarted":{"id":"1","testCaseId":"c","attempt":0,"timestamp":{"seconds":1,"nanos":0}}}
{"testStepFinished":{"testCaseStartedId":"1","testStepId":"s","testStepResult":{"status":"FAILED"}}}
{"testCaseStarted":{"id":"2","testCaseId":"c","attempt":1,"timestamp":{"seconds":2,"nanos":0}}}
{"testStepFinished":{"testCaseStartedId":"2","testStepId":"s","testStepResult":{"status":"FAILED"}}}
`
	for _, c := range []struct {
		what, report string
		bounds       report.Bounds
		read         int
		says         string
	}{
		{"two results wait", features, report.Bounds{Held: held}, 3, ""},
		{"a byte more than may", features, report.Bounds{Held: held - 1}, 2, fmt.Sprintf("more than %d bytes of one report wait", held-1)},
		{"a run waits", run, report.Bounds{Held: waiting}, 2, ""},
		{"a byte more of a run", run, report.Bounds{Held: waiting - 1}, 2, fmt.Sprintf("more than %d bytes of one report wait", waiting-1)},
		{"three results", junit, report.Bounds{Results: 3}, 3, ""},
		{"one more than may be", junit, report.Bounds{Results: 2}, 2, "more than 2 results in one report"},
	} {
		k := newKit(t)
		k.Bounds.Report = c.bounds
		up := ingest.Upload{Push: catalog.Push{Repository: k.Repo.ID, Commit: behavepro.SHA{1}}}
		p, _, err := k.Accept(context.Background(), up, reports(map[string]string{"r": c.report}), clock)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if f := p.Files[0]; p.Counts.Read != c.read || !strings.Contains(f.Unreadable, c.says) || (c.says == "") != (f.Unreadable == "") {
			t.Errorf("%s: %d results, unreadable %q; want %d and %q", c.what, p.Counts.Read, f.Unreadable, c.read, c.says)
		}
	}
}

// TestNoRoom: a tenant that stores more than it may takes no push in, and reads as before.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	push := catalog.Push{Repository: k.Repo.ID, Commit: behavepro.SHA{1}}
	k.accept(ingest.Upload{Push: push}, map[string]string{"r.json": payReport})
	k.Ingest.Catalog.Bound(1)
	if err := k.Ingest.Catalog.Measure(t.Context(), clock); err != nil {
		t.Fatal(err)
	}
	_, _, err := k.Accept(context.Background(), ingest.Upload{Push: push}, reports(map[string]string{"s.json": payReport}), clock)
	if !errors.Is(err, behavepro.ErrLimit) || !strings.Contains(err.Error(), "--max-stored") {
		t.Errorf("got %v, want the bound and how it is moved", err)
	}
	if left, err := k.Ingest.Catalog.PushesOf(t.Context(), k.Repo.ID, push.Commit); err != nil || len(left) != 1 {
		t.Errorf("%d pushes are there, %v", len(left), err)
	}
}
