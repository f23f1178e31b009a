package behavepro

import (
	"errors"
	"fmt"
	"log/slog"
)

// Kinds of errors. Callers test kinds with errors.Is, never texts.
var (
	ErrInvalid         = errors.New("invalid")
	ErrNotFound        = errors.New("not found")
	ErrExists          = errors.New("already exists")
	ErrConflict        = errors.New("changed by somebody else")
	ErrUnauthenticated = errors.New("not authenticated")
	ErrForbidden       = errors.New("not allowed")
	ErrGone            = errors.New("gone")
	ErrUnsupported     = errors.New("not supported")
	ErrLimit           = errors.New("limit reached")
	ErrRefused         = errors.New("address refused")
	ErrUnavailable     = errors.New("temporarily unavailable")
	ErrCorrupt         = errors.New("corrupt")
	ErrTooMany         = fmt.Errorf("too many attempts: %w", ErrUnavailable) // at a time: later again
)

// Problem separates the text for people from the cause for the log. Err carries the kind.
type Problem struct {
	Msg  string // what happened, to which thing
	Hint string // what to do next; may be empty
	Err  error  // the cause; its chain holds one of the kinds
}

func (p *Problem) Error() string {
	if p.Hint == "" {
		return p.Msg
	}
	return p.Msg + " (" + p.Hint + ")"
}

func (p *Problem) Unwrap() error { return p.Err }

// Explain makes a Problem of a kind.
func Explain(kind error, msg, hint string) error { return &Problem{Msg: msg, Hint: hint, Err: kind} }

// Secret is a text that cannot be printed, logged or marshalled by accident; Reveal is the only way to its value.
type Secret struct{ value string }

// NewSecret hides value.
func NewSecret(value string) Secret { return Secret{value} }

func (s Secret) Reveal() string                { return s.value }
func (s Secret) IsZero() bool                  { return s.value == "" }
func (Secret) String() string                  { return "[hidden]" }
func (Secret) GoString() string                { return "[hidden]" }
func (Secret) LogValue() slog.Value            { return slog.StringValue("[hidden]") }
func (Secret) MarshalText() ([]byte, error)    { return []byte("[hidden]"), nil }
func (s *Secret) UnmarshalText(b []byte) error { s.value = string(b); return nil }
