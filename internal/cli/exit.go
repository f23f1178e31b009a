package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
)

// Exit codes. The help of a command says which of them it has.
const (
	ExitDone         = 0
	ExitFailed       = 1
	ExitUsage        = 2
	ExitStrict       = 3 // results push --strict
	ExitUnauthorised = 4
	ExitClosed       = 5 // gate, lint
	ExitInterrupted  = 130
)

// usageError is a mistake in how the command was called.
type usageError struct{ err error }

func (u *usageError) Error() string { return u.err.Error() }
func (u *usageError) Unwrap() error { return u.err }

// UsageError marks an error as a mistake in how the command was called.
func UsageError(err error) error { return &usageError{err} }

// Usagef makes a usage error.
func Usagef(format string, args ...any) error { return UsageError(fmt.Errorf(format, args...)) }

// codedError is an error with an exit code of its own.
type codedError struct {
	code int
	text string
}

func (c *codedError) Error() string { return c.text }

// ErrorWithCode makes an error for an answer that has an exit code of its own, such as a closed gate.
func ErrorWithCode(code int, text string) error { return &codedError{code, text} }

// ExitCode returns the exit code of an error.
func ExitCode(err error) int {
	if coded, ok := errors.AsType[*codedError](err); ok {
		return coded.code
	}
	_, usage := errors.AsType[*usageError](err)
	switch {
	case err == nil:
		return ExitDone
	case usage:
		return ExitUsage
	case errors.Is(err, behavepro.ErrUnauthenticated), errors.Is(err, behavepro.ErrForbidden):
		return ExitUnauthorised
	}
	return ExitFailed
}

// exit prints an error, each of joined ones on a line of its own, and returns its exit code.
func (s *Streams) exit(ctx context.Context, err error) int {
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		s.Note("interrupted")
		return ExitInterrupted
	}
	if err != nil {
		for _, one := range split(err) {
			s.Note("%v", one)
		}
	}
	return ExitCode(err)
}

// split returns the errors that errors.Join joined.
func split(err error) []error {
	if u, ok := err.(*usageError); ok {
		err = u.err
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	var lines []string
	for _, one := range joined.Unwrap() {
		all = append(all, split(one)...)
		lines = append(lines, one.Error())
	}
	if strings.Join(lines, "\n") != err.Error() {
		return []error{err} // several %w in one sentence
	}
	return all
}
