package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

// taggedFeature is storyFeature with tags of its outline.
var taggedFeature = strings.Replace(storyFeature, "  Scenario Outline", "  @SHOP-2 @slow\n  Scenario Outline", 1)

// report writes a Cucumber report of the scenario Add and, where rows has statuses, of the rows of Many.
func (w *world) report(add string, rows ...string) string {
	w.t.Helper()
	element := func(name string, line, step int, status string) string {
		return `{"type":"scenario","keyword":"Scenario","name":"` + name + `","line":` + itoa(line) + `,"steps":[{"keyword":"Given ","name":"x","line":` +
			itoa(step) + `,"result":{"status":"` + status + `"}}]}`
	}
	var elements []string
	if add != "" {
		elements = append(elements, element("Add", 4, 5, add))
	}
	for i, status := range rows {
		elements = append(elements, element("Many", 12+i, 9, status))
	}
	path := filepath.Join(w.t.TempDir(), "report.json")
	text := `[{"uri":"features/cart.feature","keyword":"Feature","name":"Cart","line":1,"elements":[` + strings.Join(elements, ",") + `]}]`
	check(w.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func itoa(n int) string { return string(rune('0'+n/10)) + string(rune('0'+n%10)) }

// gate asks and checks verdict and rules.
func (w *world) gate(code int, verdict, rules string, args ...string) client.Gate {
	w.t.Helper()
	var doc client.Gate
	w.run(code, &doc, append([]string{"gate"}, args...)...)
	var said []string
	for _, r := range doc.Reasons {
		said = append(said, r.Rule)
	}
	if got := strings.Join(said, " "); doc.Verdict != verdict || got != rules {
		w.t.Errorf("gate %v: %s because of %q, want %s because of %q: %+v", args, doc.Verdict, got, verdict, rules, doc)
	}
	return doc
}

// TestGate asks a real server before and after results came, and when nobody can tell.
func TestGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.commit("features/cart.feature", taggedFeature)
	w.run(0, nil, "repos", "add", w.repo, "--project", "SHOP", "--wait")

	w.gate(5, "closed", "not-run", "--issue", "shop-1")
	w.gate(5, "closed", "nothing", "--issue", "SHOP-9")
	w.gate(0, "open", "", "--issue", "SHOP-9", "--allow-empty")
	w.run(0, nil, "results", "push", w.report("passed", "passed", "failed"), "--build-id", "1")
	w.gate(0, "open", "", "--issue", "SHOP-1")
	doc := w.gate(5, "closed", "failed", "--issue", "SHOP-1", "--issue", "SHOP-2")
	if r := doc.Reasons[0]; r.Issue != "SHOP-2" || r.Row != 13 || r.Path != "features/cart.feature" || doc.Scenarios != 2 || doc.Proven != 1 {
		t.Errorf("got %+v", doc)
	}
	w.gate(5, "closed", "failed", "--commit", first)
	w.gate(5, "closed", "nothing", "--commit", first, "--tag", "other")
	w.gate(0, "open", "", "--commit", first, "--tag", "@SHOP-1", "--path", "features")
	w.gate(5, "closed", "nothing", "--commit", "main", "--path", "feat")
	w.gate(5, "closed", "not-run", "--issue", "SHOP-1", "--require-oidc")

	// A failure and a pass at one commit are flaky; that can be allowed, what failed last cannot.
	w.run(0, nil, "results", "push", w.report("failed", "passed", "passed"), "--build-id", "2")
	w.gate(5, "closed", "failed flaky", "--issue", "SHOP-1")
	w.run(0, nil, "results", "push", w.report("passed"), "--build-id", "3")
	w.gate(5, "closed", "flaky", "--issue", "SHOP-1")
	w.gate(0, "open", "", "--issue", "SHOP-1", "--allow-flaky")

	// Of a commit only what was pushed for it counts; of an issue, what its page shows.
	second := w.commit("features/other.feature", "Feature: Other\n  Scenario: Look\n    Given a window\n")
	w.run(0, nil, "repos", "sync", "--wait")
	w.gate(0, "open", "", "--issue", "SHOP-1", "--allow-flaky")
	w.gate(5, "closed", "not-run", "--commit", second, "--tag", "@SHOP-1")

	// A new wording makes the results stale.
	w.commit("features/cart.feature", strings.Replace(storyFeature, "a thing", "another thing", 1))
	w.run(0, nil, "repos", "sync", "--wait")
	w.gate(5, "closed", "stale", "--issue", "SHOP-1", "--allow-flaky")

	// What is on its way keeps the gate from deciding, for a branch that it may be of.
	unseen := "00112233445566778899aabbccddeeff00112233"
	w.gate(1, "undecided", "syncing nothing", "--commit", unseen)
	w.run(0, nil, "results", "push", w.report("passed"), "--commit", unseen, "--branch", "elsewhere", "--wait", "0s")
	w.gate(5, "closed", "stale", "--issue", "SHOP-1", "--allow-flaky")
	w.run(0, nil, "results", "push", w.report("passed"), "--commit", unseen, "--branch", "main", "--build-id", "9", "--wait", "0s")
	w.gate(1, "undecided", "waiting stale", "--issue", "SHOP-1", "--allow-flaky")
	w.gate(0, "open", "", "--issue", "SHOP-1", "--ref", first, "--allow-flaky", "--wait", "1ms")
}

// TestGateWaits: --wait asks again until what was on its way has come.
func TestGateWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commit("features/cart.feature", storyFeature)
	w.run(0, nil, "repos", "add", w.repo, "--project", "SHOP", "--wait")
	sha := w.commit("features/other.feature", "Feature: Other\n  Scenario: Look\n    Given a window\n")
	w.run(0, nil, "results", "push", w.report("passed"), "--wait", "0s") // the server has to fetch its commit first
	w.gate(0, "open", "", "--commit", sha, "--tag", "@SHOP-1", "--wait", "60s")
}

// TestGateUsage: mistakes are told before anybody is asked.
func TestGateUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{},
		{"--issue", "SHOP-1", "--commit", "main"},
		{"--issue", "SHOP"},
		{"--issue", "SHOP-1", "--tag", "@x"},
		{"--issue", "SHOP-1", "--path", "a"},
		{"--commit", "main", "--ref", "x"},
		{"--issue", "SHOP-1", "--wait", "-1s"},
		{"--issue", "SHOP-1", "more"},
	} {
		var out strings.Builder
		f := factory.New(strings.NewReader(""), &out, &out)
		if got := f.Execute(t.Context(), newCmdRoot(f), append([]string{"gate"}, slices.Clone(args)...)); got != cli.ExitUsage {
			t.Errorf("%v: exit code %d, want %d\n%s", args, got, cli.ExitUsage, out.String())
		}
	}
}
