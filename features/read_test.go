package features

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cucumber/godog"

	"github.com/behavepro/behavepro/api/client"
)

func (w *scenario) readSteps(ctx *godog.ScenarioContext) {
	ctx.Step(`^the issues have these scenarios:$`, w.issuesHave)
	ctx.Step(`^(SHOP-\d+) shows:$`, func(ctx context.Context, key string, table *godog.Table) error {
		return w.issueShows(ctx, key, "", table)
	})
	ctx.Step(`^at the branch "([^"]*)" (SHOP-\d+) shows:$`, func(ctx context.Context, branch, key string, table *godog.Table) error {
		return w.issueShows(ctx, key, branch, table)
	})
	ctx.Step(`^line (\d+) of "([^"]*)" is told as a problem$`, w.problemAt)
	ctx.Step(`^somebody has a token of the project of "([^"]*)"$`, w.haveToken)
	ctx.Step(`^they cannot read the newest commit of "([^"]*)" through "([^"]*)"$`, w.cannotRead)
	ctx.Step(`^their results for the newest commit of "([^"]*)" through "([^"]*)" find nothing$`, w.findNothing)
	ctx.Step(`^they see no scenario of (SHOP-\d+)$`, w.seeNothing)
}

func (w *scenario) issue(ctx context.Context, key, ref string, args ...string) (client.Issue, error) {
	args = append([]string{"issues", "show", w.own(key), "--json"}, args...)
	if ref != "" {
		args = append(args, "--ref", ref)
	}
	out, code, err := w.behavepro(ctx, w.repo.dir, args...)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d\n%s", code, out)
	}
	var issue client.Issue
	if err == nil {
		err = json.Unmarshal(out, &issue)
	}
	return issue, err
}

func (w *scenario) issuesHave(ctx context.Context, table *godog.Table) error {
	for _, row := range rowsOf(table) {
		issue, err := w.issue(ctx, row["issue"], "", "--data", w.data)
		if err != nil {
			return err
		}
		var names []string
		for i := range issue.Scenarios {
			names = append(names, issue.Scenarios[i].Name)
		}
		if got := strings.Join(names, ", "); got != row["scenarios"] {
			return fmt.Errorf("%s has %q, want %q", row["issue"], got, row["scenarios"])
		}
	}
	return nil
}

// issueShows looks for each line of the table among the scenarios of an issue.
func (w *scenario) issueShows(ctx context.Context, key, ref string, table *godog.Table) error {
	issue, err := w.issue(ctx, key, ref, "--data", w.data)
	if err != nil {
		return err
	}
	for _, want := range rowsOf(table) {
		i := slices.IndexFunc(issue.Scenarios, func(s client.IssueScenario) bool { return s.Name == want["scenario"] })
		if i < 0 {
			return fmt.Errorf("there is no %q in %+v", want["scenario"], issue.Scenarios)
		}
		got, err := w.described(ctx, &issue.Scenarios[i])
		if err != nil {
			return err
		}
		for word, value := range want {
			if got[word] != value {
				return fmt.Errorf("%s of %q is %q, want %q", word, want["scenario"], got[word], value)
			}
		}
	}
	return nil
}

// described is a scenario in the words of the tables.
func (w *scenario) described(ctx context.Context, s *client.IssueScenario) (map[string]string, error) {
	yesNo := map[bool]string{true: "yes", false: "no"}
	words := map[string]string{
		"scenario": s.Name, "path": s.Path, "line": strconv.Itoa(s.Line), "status": string(s.Status), "stale": yesNo[s.Stale], "flaky": yesNo[s.Flaky],
		"repository": strings.TrimSuffix(s.Repository, fmt.Sprintf("-%d", w.number)),
	}
	if s.LastRun != nil {
		newest, err := w.repo.ask(ctx, "rev-parse", "HEAD")
		if err != nil {
			return nil, err
		}
		words["commit"] = s.LastRun.Commit.String()
		if words["commit"] == newest {
			words["commit"] = "newest"
		}
		for name, sha := range w.commits {
			if words["commit"] == sha {
				words["commit"] = name
			}
		}
	}
	return words, nil
}

func (w *scenario) features(ctx context.Context, commit string) (list client.FeatureList, err error) {
	out, err := w.asAdmin(ctx, w.repo.dir, "features", "list", "--json", "--repo", w.repo.name, "--commit", commit)
	if err == nil {
		err = json.Unmarshal(out, &list)
	}
	return list, err
}

func (w *scenario) problemAt(ctx context.Context, line int, path string) error {
	list, err := w.features(ctx, "main")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list.Problems, func(p client.FileProblem) bool { return p.Path == path && p.Line == line && p.Message != "" }) {
		return fmt.Errorf("got %+v", list.Problems)
	}
	return nil
}

func (w *scenario) haveToken(ctx context.Context, _ string) error {
	out, code, err := w.call(ctx, w.repo.dir, "syncd", "token", "create", "--data", w.data, "--name", "somebody", "--project", w.project("SHOP"))
	if err != nil || code != 0 {
		return fmt.Errorf("make token: exit code %d, %w\n%s", code, err, out)
	}
	w.token = filepath.Join(w.repo.dir, ".git", "token")
	return os.WriteFile(w.token, out, 0o600)
}

// withToken are the flags that use the token with few rights.
func (w *scenario) withToken() ([]string, error) {
	address, err := os.ReadFile(filepath.Join(w.data, "address"))
	return []string{"--url", strings.TrimSpace(string(address)), "--token-file", w.token}, err
}

func (w *scenario) tryWithToken(ctx context.Context, args ...string) (out []byte, code int, err error) {
	flags, err := w.withToken()
	if err != nil {
		return nil, 0, err
	}
	return w.behavepro(ctx, w.server.repos, append(args, flags...)...)
}

func (w *scenario) cannotRead(ctx context.Context, repo, through string) error {
	sha, err := w.repos[repo].ask(ctx, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	out, code, err := w.tryWithToken(ctx, "features", "list", "--repo", w.repos[through].name, "--commit", sha)
	if err == nil && (code == 0 || strings.Contains(string(out), "Plans") || strings.Contains(string(out), "plans.feature")) {
		err = fmt.Errorf("exit code %d\n%s", code, out)
	}
	return err
}

func (w *scenario) findNothing(ctx context.Context, repo, through string) error {
	w.repo = w.repos[repo]
	sha, err := w.repo.ask(ctx, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	report := filepath.Join(w.repo.dir, ".git", "guess.json")
	text := `[{"uri":"plans.feature","elements":[{"type":"scenario","name":"Take over the world","line":3,"steps":[{"result":{"status":"passed"}}]}]}]`
	if err := os.WriteFile(report, []byte(text), 0o600); err != nil {
		return err
	}
	out, _, err := w.tryWithToken(ctx, "results", "push", report, "--json", "--repo", w.repos[through].name, "--commit", sha, "--wait", "0s")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out[:strings.LastIndex(string(out), "}")+1], &w.last); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return w.isWaiting()
}

func (w *scenario) seeNothing(ctx context.Context, key string) error {
	flags, err := w.withToken()
	if err != nil {
		return err
	}
	issue, err := w.issue(ctx, key, "", flags...)
	if err == nil && len(issue.Scenarios) > 0 {
		err = fmt.Errorf("got %+v", issue.Scenarios)
	}
	return err
}
