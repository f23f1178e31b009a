package catalog_test

import (
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
	for n, want := range map[int]catalog.Stability{
		10: {Runs: 4, Passed: 2, Durations: []time.Duration{time.Second, 3 * time.Second, 4 * time.Second}},
		2:  {Runs: 2, Passed: 1, Durations: []time.Duration{3 * time.Second, 4 * time.Second}},
		0:  {},
	} {
		if diff := cmp.Diff(want, catalog.StabilityOf(runs, n)); diff != "" {
			t.Errorf("of the last %d (-want +got)\n%s", n, diff)
		}
	}
	if got := (catalog.Stability{Runs: 3, Passed: 2}).Percent(); got != 66 {
		t.Errorf("got %d %%, want 66", got)
	}
}
