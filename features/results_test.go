package features

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/cucumber/godog"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
)

func (w *scenario) resultSteps(ctx *godog.ScenarioContext) {
	ctx.Step(`^CI reports:$`, func(ctx context.Context, table *godog.Table) error { return w.ciReports(ctx, "HEAD", "", table) })
	ctx.Step(`^CI reports for "([^"]*)":$`, func(ctx context.Context, commit string, table *godog.Table) error {
		return w.ciReports(ctx, w.commits[commit], "", table)
	})
	ctx.Step(`^the build "([^"]*)" reports:$`, func(ctx context.Context, build string, table *godog.Table) error {
		return w.ciReports(ctx, "HEAD", build, table)
	})
	ctx.Step(`^CI sends the same report again$`, func(ctx context.Context) error { return w.push(ctx, "HEAD", "") })
	ctx.Step(`^the report is waiting$`, w.isWaiting)
	ctx.Step(`^the accounting is:$`, w.accountingIs)
	ctx.Step(`^"([^"]*)" is unmatched with a reason$`, w.isUnmatched)
	ctx.Step(`^(\d+) reports? (?:is|are) kept for the commit$`, w.reportsKept)
}

type object map[string]any

// ciReports writes a Cucumber report of scenarios at a commit, a line of the table each, and pushes it.
func (w *scenario) ciReports(ctx context.Context, commit, build string, table *godog.Table) error {
	features := []object{}
	for _, row := range rowsOf(table) {
		path, line, err := w.repo.place(ctx, commit, row["scenario"])
		if err != nil {
			return err
		}
		features = append(features, object{"uri": path, "keyword": "Feature", "name": "", "elements": []object{{
			"type": "scenario", "keyword": "Scenario", "name": row["scenario"], "line": line,
			"steps": []object{{"keyword": "Given ", "name": "a step", "line": line + 1, "result": object{"status": row["status"]}}},
		}}})
	}
	text, err := json.Marshal(features)
	if err != nil {
		return err
	}
	w.report = filepath.Join(w.repo.dir, ".git", fmt.Sprintf("report%s.json", build))
	if err := os.WriteFile(w.report, text, 0o600); err != nil {
		return err
	}
	return w.push(ctx, commit, build)
}

func (w *scenario) push(ctx context.Context, commit, build string) error {
	args := []string{"results", "push", w.report, "--json", "--repo", w.repo.name, "--commit", commit, "--wait", "0s"}
	if build != "" {
		args = append(args, "--build-id", build)
	}
	out, err := w.asAdmin(ctx, w.repo.dir, args...)
	if err != nil {
		return err
	}
	w.last = client.Accounting{}
	return json.Unmarshal(out, &w.last)
}

func (w *scenario) isWaiting() error {
	if w.last.State != client.StateWaiting || w.last.Waiting != w.last.Read || w.last.Read == 0 {
		return fmt.Errorf("the push is %s: %+v", w.last.State, w.last.Counts)
	}
	return nil
}

func (w *scenario) accountingIs(table *godog.Table) error {
	c := w.last.Counts
	got := map[string]int{
		"read": c.Read, "matched": c.Matched, "ambiguous": c.Ambiguous, "unmatched": c.Unmatched, "retryOf": c.RetryOf, "waiting": c.Waiting,
		"passed": c.Passed, "failed": c.Failed, "skipped": c.Skipped,
	}
	for word, want := range rowsOf(table)[0] {
		if strconv.Itoa(got[word]) != want {
			return fmt.Errorf("%s is %d, want %s, of %+v", word, got[word], want, c)
		}
	}
	return nil
}

func (w *scenario) isUnmatched(name string) error {
	if !slices.ContainsFunc(w.last.Results, func(r client.Result) bool {
		return r.Name == name && r.Accounting == behavepro.Unmatched && r.Reason != ""
	}) {
		return fmt.Errorf("got %+v", w.last.Results)
	}
	return nil
}

func (w *scenario) reportsKept(ctx context.Context, want int) error {
	out, err := w.asAdmin(ctx, w.repo.dir, "results", "list", "--json", "--repo", w.repo.name, "--commit", "main")
	if err != nil {
		return err
	}
	var list client.RunList
	if err := json.Unmarshal(out, &list); err != nil {
		return err
	}
	if len(list.Runs) != want {
		return fmt.Errorf("%d are kept", len(list.Runs))
	}
	return nil
}

// rowsOf reads a table with a header.
func rowsOf(table *godog.Table) []map[string]string {
	var rows []map[string]string
	for _, r := range table.Rows[1:] {
		row := map[string]string{}
		for i, cell := range r.Cells {
			row[table.Rows[0].Cells[i].Value] = cell.Value
		}
		rows = append(rows, row)
	}
	return rows
}
