package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]int{
		nil:                            ExitDone,
		ErrorWithCode(ExitStrict, "x"): ExitStrict,
		ErrorWithCode(ExitClosed, "x"): ExitClosed,
		behavepro.ErrUnauthenticated:   ExitUnauthorised,
		behavepro.ErrForbidden:         ExitUnauthorised,
		behavepro.ErrNotFound:          ExitFailed,
		behavepro.ErrUnavailable:       ExitFailed,
		Usagef("no"):                   ExitUsage,
		errors.New("anything else"):    ExitFailed,
		errors.Join(Usagef("wrapped")): ExitUsage,
	} {
		if got := ExitCode(err); got != want {
			t.Errorf("%v: exit code %d, want %d", err, got, want)
		}
	}
}

// TestExecute prints errors that were joined on a line each, and says if a command was interrupted.
func TestExecute(t *testing.T) {
	t.Parallel()
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	two := errors.Join(errors.New("one"), fmt.Errorf("two: %w: %w", behavepro.ErrInvalid, errors.ErrUnsupported))
	for _, c := range []struct {
		ctx  context.Context
		err  error
		code int
		text string
	}{
		{t.Context(), nil, ExitDone, ""},
		{t.Context(), two, ExitFailed, "x: one\nx: two: invalid: unsupported operation\n"},
		{t.Context(), UsageError(two), ExitUsage, "x: one\nx: two: invalid: unsupported operation\n"},
		{t.Context(), context.Canceled, ExitFailed, "x: context canceled\n"},
		{stopped, context.Canceled, ExitInterrupted, "x: interrupted\n"},
	} {
		var out strings.Builder
		s := NewStreams("x", nil, nil, &out)
		root := NewRoot(&cobra.Command{Use: "x"}, "")
		root.AddCommand(&cobra.Command{Use: "do", RunE: func(*cobra.Command, []string) error { return c.err }})
		if code := s.Execute(c.ctx, root, []string{"do"}); code != c.code || out.String() != c.text {
			t.Errorf("%v: exit code %d and %q, want %d and %q", c.err, code, out.String(), c.code, c.text)
		}
	}
}
