package results_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/cucumber/godog"
)

var errBoom = errors.New(`boom <xml> & "quotes"`)

// runGodog runs godog in this process.
func runGodog(t *testing.T, dir string, strict bool) {
	out := filepath.Join(dir, "out")
	suite := godog.TestSuite{
		Name:                "matrix",
		ScenarioInitializer: godogSteps,
		Options: &godog.Options{
			Format: fmt.Sprintf("cucumber:%s/cucumber.json,junit:%s/junit.xml,events:%s/events.ndjson", out, out, out),
			Paths:  []string{"features"}, FS: os.DirFS(dir), Strict: strict, NoColors: true, Output: io.Discard,
		},
	}
	if code := suite.Run(); code != 1 {
		t.Errorf("godog ended with %d, want 1 for failures", code)
	}
}

func godogSteps(s *godog.ScenarioContext) {
	left := 0
	s.Step(`^(?:a|another) passing step$`, func() error { return nil })
	s.Step(`^a failing step$`, func() error { return errBoom })
	s.Step(`^a pending step$`, func() error { return godog.ErrPending })
	s.Step(`^a skipping step$`, func() error { return godog.ErrSkip })
	s.Step(`^an ambiguous step$`, func() error { return nil })
	s.Step(`^an ambiguous.*$`, func() error { return nil })
	s.Step(`^there are (\d+) cucumbers$`, func(n int) { left = n })
	s.Step(`^I eat (\d+)$`, func(n int) { left -= n })
	s.Step(`^I should have (\d+) cucumbers$`, func(n int) error {
		if left != n {
			return fmt.Errorf("%d, not %d", left, n)
		}
		return nil
	})
	s.Step(`^a step that attaches$`, func(ctx context.Context) context.Context {
		return godog.Attach(ctx, godog.Attachment{Body: []byte("hello"), FileName: "hello", MediaType: "text/plain"})
	})
	s.Step(`^a step that passes on attempt 2$`, func() error { return errBoom }) // it is tried once
	s.Before(func(ctx context.Context, scenario *godog.Scenario) (context.Context, error) {
		switch {
		case isTagged(scenario, "@before-fails"):
			return ctx, errBoom
		case isTagged(scenario, "@skip"):
			return ctx, godog.ErrSkip
		}
		return ctx, nil
	})
	s.After(func(ctx context.Context, scenario *godog.Scenario, err error) (context.Context, error) {
		if isTagged(scenario, "@after-fails") {
			return ctx, errBoom
		}
		return ctx, err
	})
}

func isTagged(scenario *godog.Scenario, tag string) bool {
	for _, t := range scenario.Tags {
		if t.Name == tag {
			return true
		}
	}
	return false
}
