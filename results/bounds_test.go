package results_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results"
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
		bounds results.Bounds
		files  map[string]string
		tested map[string]behavepro.SHA
		says   string
	}{
		{results.Bounds{Files: 3}, files(3, 1), nil, ""},
		{results.Bounds{Files: 3}, files(4, 1), nil, "more than 3 report files in one push"},
		{results.Bounds{Results: 6}, files(2, 3), nil, ""},
		{results.Bounds{Results: 5}, files(2, 3), nil, "more than 5 results in one push"},
		{results.Bounds{Tested: 2}, files(1, 1), tested(2), ""},
		{results.Bounds{Tested: 2}, files(1, 1), tested(3), "more than 2 feature files in the checkout"},
	} {
		k := newKit(t)
		k.Bounds = c.bounds
		push := catalog.Push{Repository: k.Repo.ID, Commit: behavepro.SHA{1}}
		_, _, err := k.Accept(context.Background(), results.Upload{Push: push, Tested: c.tested}, reports(c.files), clock)
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

// TestNoRoom: a tenant that stores more than it may takes no push in, and reads as before.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	push := catalog.Push{Repository: k.Repo.ID, Commit: behavepro.SHA{1}}
	k.accept(results.Upload{Push: push}, map[string]string{"r.json": payReport})
	k.Ingest.Catalog.Bound(1)
	if err := k.Ingest.Catalog.Measure(t.Context(), clock); err != nil {
		t.Fatal(err)
	}
	_, _, err := k.Accept(context.Background(), results.Upload{Push: push}, reports(map[string]string{"s.json": payReport}), clock)
	if !errors.Is(err, behavepro.ErrLimit) || !strings.Contains(err.Error(), "--max-stored") {
		t.Errorf("got %v, want the bound and how it is moved", err)
	}
	if left, err := k.Ingest.Catalog.PushesOf(t.Context(), k.Repo.ID, push.Commit); err != nil || len(left) != 1 {
		t.Errorf("%d pushes are there, %v", len(left), err)
	}
}

// TestNesting: a report may nest to 512 levels, and no deeper; what was read before is kept.
func TestNesting(t *testing.T) {
	t.Parallel()
	for name, report := range map[string]func(levels int) string{
		"cucumber": func(n int) string { // the outer list, the feature and the result before it take levels of their own
			return `[{"uri":"a.feature","name":"A","elements":[{"type":"scenario","name":"One","steps":[{"name":"x","result":{"status":"passed"}}]}],"odd":` +
				strings.Repeat("[", n-2) + strings.Repeat("]", n-2) + "}]"
		},
		"junit": func(n int) string {
			return `<testsuite><testcase name="One"/>` + strings.Repeat("<a>", n-1) + strings.Repeat("</a>", n-1) + "</testsuite>"
		},
	} {
		for levels, want := range map[int]string{511: "", 512: "", 513: "nested deeper than 512 levels"} {
			sum, err := results.Read(t.Context(), "r", strings.NewReader(report(levels)), func(results.Reported) error { return nil })
			if err != nil || sum.Results != 1 || !strings.Contains(sum.Unreadable, want) || (want == "") != (sum.Unreadable == "") {
				t.Errorf("%s, %d levels: %d results, unreadable %q, %v; want %q", name, levels, sum.Results, sum.Unreadable, err, want)
			}
		}
	}
}
