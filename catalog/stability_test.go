package catalog_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

func TestStabilityOfTheLastRuns(t *testing.T) {
	t.Parallel()
	run := func(status behavepro.Status, seconds int, mixed, reached bool) catalog.RunEntry {
		return catalog.RunEntry{Status: status, Mixed: mixed, Reached: reached, Rows: []catalog.Outcome{{Duration: time.Duration(seconds) * time.Second}}}
	}
	runs := []catalog.RunEntry{ // newest first
		run(behavepro.Passed, 4, false, true), run(behavepro.Failed, 9, false, false), run(behavepro.Skipped, 9, false, true),
		run(behavepro.Passed, 3, true, true), run(behavepro.Failed, 0, false, true), run(behavepro.Passed, 1, false, true),
	}
	want := catalog.Stability{Runs: 4, Passed: 2, Mixed: 1, Durations: []time.Duration{time.Second, 3 * time.Second, 4 * time.Second}}
	if diff := cmp.Diff(want, catalog.StabilityOf(runs)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	many := append(slices.Repeat(runs[:3], catalog.StabilityRuns-1), runs...)
	if got := catalog.StabilityOf(many); got.Runs != catalog.StabilityRuns || got.Passed != catalog.StabilityRuns || len(got.Durations) != catalog.StabilityRuns {
		t.Errorf("of many runs: %+v, want %d, all passed", got, catalog.StabilityRuns)
	}
	if diff := cmp.Diff(catalog.Stability{}, catalog.StabilityOf(nil)); diff != "" {
		t.Errorf("of no run: -want +got\n%s", diff)
	}
	if got := (catalog.Stability{Runs: 3, Passed: 2}).Percent(); got != 66 {
		t.Errorf("got %d %%, want 66", got)
	}
}
