package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/api/client"
)

// TestRuns pushes a run in shards, closes it, and shows it; a gate waits for what is missing.
func TestRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sha := w.commit("features/cart.feature", taggedFeature)
	w.run(0, nil, "repos", "add", w.repo, "--project", "SHOP", "--wait")

	var acc client.Accounting
	w.run(0, &acc, "results", "push", w.report("passed"), "--run", "nightly", "--shard", "1/3", "--build-id", "7", "--attempt", "1", "--param", "Os=Linux")
	w.gate(1, "undecided", "open-run", "--commit", sha, "--tag", "@SHOP-1")
	w.run(0, nil, "results", "push", w.report("", "passed", "failed"), "--run", "nightly", "--shard", "2/3", "--build-id", "7", "--attempt", "1", "--param", "Os=Linux")
	w.run(0, nil, "results", "push", w.report("passed"), "--run", "quick", "--build-id", "8")

	var run client.ShownRun
	w.run(0, &run, "results", "show", acc.ID)
	if run.Run != "nightly" || run.State != client.RunOpen || run.Of != 3 || len(run.Pushes) != 2 || run.Read != 3 || run.Failed != 1 || len(run.Results) != 3 || run.Until == nil {
		t.Errorf("shown %+v", run)
	}
	if diff := cmp.Diff([]string{"1", "2"}, run.Shards); diff != "" {
		t.Error(diff)
	}

	// It is closed by the same params only, once or twice.
	told := w.run(0, &run, "results", "complete", "--run", "nightly")
	if len(run.Pushes) != 0 || !strings.Contains(told, "nothing was pushed of this run") {
		t.Errorf("another run was closed: %+v\n%s", run, told)
	}
	for range 2 {
		w.run(0, &run, "results", "complete", "--run", "nightly", "--param", "Os=Linux")
		if run.State != client.RunComplete || len(run.Pushes) != 2 || len(run.Shards) != 2 || run.Repository != "shop" {
			t.Errorf("completed %+v", run)
		}
	}
	w.gate(0, "open", "", "--commit", sha, "--tag", "@SHOP-1")
	w.run(2, nil, "results", "complete")
	w.run(2, nil, "results", "push", w.report("passed"), "--shard", "3/2")
	w.run(1, nil, "results", "show", "nothing")

	// Filters of the list.
	for filters, want := range map[string]int{
		"": 5, "--run nightly": 4, "--build 8": 1, "--attempt 1": 2, "--param Os=Linux": 3, "--param Os=Mac": 0, "--state matched": 5, "--state waiting": 0,
		"--run nightly --param Os=Linux --attempt 1": 2,
	} {
		var list client.RunList
		w.run(0, &list, append([]string{"results", "list", "--commit", "main"}, strings.Fields(filters)...)...)
		if len(list.Runs) != want {
			t.Errorf("%q lists %d pushes, want %d", filters, len(list.Runs), want)
		}
	}
	w.run(2, nil, "results", "list", "--commit", "main", "--state", "other")
	w.run(2, nil, "results", "list", "--commit", "main", "--param", "Os")
}

// TestHistory follows a scenario through a rename, a move and another branch.
func TestHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commit("features/cart.feature", taggedFeature)
	w.run(0, nil, "repos", "add", w.repo, "--project", "SHOP", "--wait")
	w.run(0, nil, "results", "push", w.report("failed", "passed", "failed"), "--build-id", "1")
	w.run(0, nil, "results", "push", w.report("passed", "passed", "passed"), "--build-id", "2")
	w.git("checkout", "-qb", "side")
	w.commit("features/cart.feature", strings.ReplaceAll(taggedFeature, "a thing", "no thing"))
	w.run(0, nil, "repos", "sync", "--wait")
	w.run(0, nil, "results", "push", w.report("failed"), "--build-id", "3", "--branch", "side")
	w.git("checkout", "-q", "main")
	w.git("mv", "features/cart.feature", "features/basket.feature")
	renamed := w.commit("features/basket.feature", strings.ReplaceAll(taggedFeature, "Scenario: Add", "Scenario: Put in"))
	w.run(0, nil, "repos", "sync", "--wait")

	var h client.History
	w.run(0, &h, "history", "features/basket.feature:Put in")
	if h.Name != "Put in" || h.Status != "passed" || !h.Flaky || h.Commit.String() != renamed {
		t.Errorf("history %+v", h)
	}
	if want := (client.Stability{Runs: 2, Passed: 1}); h.Stability != want {
		t.Errorf("stability %+v, want %+v", h.Stability, want)
	}
	var runs []string
	for _, r := range h.Runs {
		text := r.Build + " " + string(r.Status)
		if !r.Reached {
			text += " elsewhere"
		}
		runs = append(runs, text)
	}
	if diff := cmp.Diff([]string{"3 failed elsewhere", "2 passed", "1 failed"}, runs); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if len(h.Changes) != 2 || strings.Join(h.Changes[0].Changes, " ") != "moved renamed" || h.Changes[0].WasName != "Add" || h.Changes[1].Changes[0] != "added" {
		t.Errorf("changes %+v", h.Changes)
	}

	// An outline tells of its rows, named by their line; a scenario is named by its line, too.
	w.run(0, &h, "history", "features/basket.feature:8")
	if h.Name != "Many" || len(h.Runs) != 2 || len(h.Runs[1].Rows) != 2 || h.Runs[1].Status != "failed" {
		t.Errorf("history of an outline %+v", h)
	}
	for _, row := range h.Runs[1].Rows {
		if row.Row == nil || (*row.Row == 13) != (row.Status == "failed") {
			t.Errorf("row %+v", row)
		}
	}
	w.run(1, nil, "history", "features/basket.feature:Gone")
	w.run(1, nil, "history", "features/gone.feature:Add")
	w.run(2, nil, "history", "Add")
}
