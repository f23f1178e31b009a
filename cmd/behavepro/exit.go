package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/behavepro/behavepro"
)

// Exit codes.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitStrict       = 3
	exitUnauthorised = 4
	exitClosed       = 5
	exitInterrupted  = 130
)

const exitHelp = `Exit codes:
  0    done
  1    failed
  2    wrong use: flags, arguments, or nothing to work on
  4    not authorised: no token, or one that may not do this
  130  interrupted`

const exitHelpPush = `Exit codes:
  0    stored (a warning is printed where results wait for their commit); with --dry-run: accounted for
  1    failed
  2    wrong use: flags, arguments, or no report found (unless --allow-empty)
  3    stored, but with --strict: something is unmatched, ambiguous, unreadable or waiting
  4    not authorised: no token, or one that may not do this
  130  interrupted
Failing tests in a report do not change the exit code.`

// usageError is a mistake in how the command was called.
type usageError struct{ err error }

func (u *usageError) Error() string { return u.err.Error() }
func (u *usageError) Unwrap() error { return u.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// errStrict says that something was stored that --strict does not accept.
var errStrict = errors.New("not every result was matched, and --strict was given")

// exit prints an error and turns it into the exit code.
func (f *factory) exit(ctx context.Context, err error) int {
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(f.err, "behavepro: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(f.err, "behavepro:", err)
	return exitCode(err)
}

func exitCode(err error) int {
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	switch {
	case errors.Is(err, errStrict):
		return exitStrict
	case errors.Is(err, behavepro.ErrUnauthenticated), errors.Is(err, behavepro.ErrForbidden):
		return exitUnauthorised
	case errors.Is(err, errFindings), errors.Is(err, errGateClosed):
		return exitClosed
	}
	return exitFailed
}
