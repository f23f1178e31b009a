package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/behavepro/behavepro"
)

// Exit codes.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitUnauthorised = 4
	exitInterrupted  = 130
)

const exitHelp = `Exit codes:
  0    done
  1    failed
  2    wrong use: flags, arguments or configuration
  4    not authorised
  130  interrupted`

const exitHelpServe = `Exit codes:
  0    ended by SIGTERM or SIGINT, after what was running has ended
  1    failed
  2    wrong use: flags or configuration; all mistakes are printed
  4    the key file is open to others`

// usageError is a mistake in how the command was called.
type usageError struct{ err error }

func (u *usageError) Error() string { return u.err.Error() }
func (u *usageError) Unwrap() error { return u.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// exit prints an error, each of joined ones on a line of its own, and turns it into the exit code.
func exit(ctx context.Context, errOut io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(errOut, "syncd: interrupted")
		return exitInterrupted
	}
	for _, one := range parts(err) {
		fmt.Fprintln(errOut, "syncd:", one)
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	if errors.Is(err, behavepro.ErrUnauthenticated) || errors.Is(err, behavepro.ErrForbidden) {
		return exitUnauthorised
	}
	return exitFailed
}

// parts takes errors apart that were joined.
func parts(err error) []error {
	if u, ok := err.(*usageError); ok {
		err = u.err
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, parts(one)...)
	}
	return all
}
