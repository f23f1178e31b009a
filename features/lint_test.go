package features

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/cucumber/godog"

	"github.com/behavepro/behavepro/api/client"
)

// linted is what lint said last.
type linted struct {
	code int
	said client.Lint
}

func (w *scenario) lintSteps(ctx *godog.ScenarioContext) {
	l := &linted{}
	ctx.Step(`^the working tree has "([^"]*)" instead of "([^"]*)" in "([^"]*)"$`, func(text, old, path string) error {
		return w.repo.replace(path, w.own(old), w.own(text))
	})
	ctx.Step(`^somebody lints the working tree$`, func(ctx context.Context) error { return w.lint(ctx, l) })
	ctx.Step(`^somebody lints the working tree strictly$`, func(ctx context.Context) error { return w.lint(ctx, l, "--strict") })
	ctx.Step(`^somebody lints the working tree against "([^"]*)"$`, func(ctx context.Context, base string) error {
		return w.lint(ctx, l, "--base", base)
	})
	ctx.Step(`^lint passes$`, func() error { return l.ended(0) })
	ctx.Step(`^lint fails$`, func() error { return l.ended(5) })
	ctx.Step(`^lint tells "([^"]*)" in line (\d+) of "([^"]*)"$`, l.tells)
	ctx.Step(`^lint tells these changes:$`, l.changes)
}

func (w *scenario) lint(ctx context.Context, l *linted, args ...string) error {
	out, code, err := w.behavepro(ctx, w.repo.dir, append([]string{"lint", "--json"}, args...)...)
	if err != nil {
		return err
	}
	*l = linted{code: code}
	return json.NewDecoder(bytes.NewReader(out)).Decode(&l.said) // what follows the document is stderr's
}

func (l *linted) ended(want int) error {
	if l.code != want {
		return fmt.Errorf("exit code %d, want %d: %+v", l.code, want, l.said)
	}
	return nil
}

func (l *linted) tells(rule string, line int, path string) error {
	if !slices.ContainsFunc(l.said.Findings, func(f client.Finding) bool { return f.Rule == rule && f.Line == line && f.Path == path }) {
		return fmt.Errorf("got %+v", l.said.Findings)
	}
	return nil
}

func (l *linted) changes(table *godog.Table) error {
	rows := rowsOf(table)
	if len(rows) != len(l.said.Changes) {
		return fmt.Errorf("got %+v", l.said.Changes)
	}
	for i, want := range rows {
		if got := l.said.Changes[i]; got.Name != want["scenario"] || !slices.Contains(got.Changes, want["change"]) {
			return fmt.Errorf("got %+v, want %v", got, want)
		}
	}
	return nil
}
