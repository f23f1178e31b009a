// Package problem is how an error travels over HTTP: the status of each error kind, and the problem document (RFC 9457) that the
// API answers with and its client reads. It is the only place that pairs error kinds with statuses.
package problem

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
)

// TypePrefix precedes the name of a kind in Document.Type.
const TypePrefix = "urn:behavepro:problem:"

// Kind is how an error kind of the root package travels.
type Kind struct {
	Err    error  // the kind, for errors.Is
	Name   string // as the type of a document
	Status int
}

// kinds is in order: an error that is of several kinds travels as the first of them.
var kinds = []Kind{
	{behavepro.ErrUnauthenticated, "not-authenticated", http.StatusUnauthorized},
	{behavepro.ErrForbidden, "not-allowed", http.StatusForbidden},
	{behavepro.ErrNotFound, "not-found", http.StatusNotFound},
	{behavepro.ErrExists, "already-exists", http.StatusConflict},
	{behavepro.ErrConflict, "changed-by-somebody-else", http.StatusPreconditionFailed},
	{behavepro.ErrGone, "gone", http.StatusGone},
	{behavepro.ErrLimit, "limit-reached", http.StatusRequestEntityTooLarge},
	{behavepro.ErrUnsupported, "not-supported", http.StatusUnprocessableEntity},
	{behavepro.ErrRefused, "address-refused", http.StatusUnprocessableEntity},
	{behavepro.ErrTooMany, "too-many-attempts", http.StatusTooManyRequests}, // before ErrUnavailable, which it wraps
	{behavepro.ErrUnavailable, "temporarily-unavailable", http.StatusServiceUnavailable},
	{behavepro.ErrInvalid, "invalid", http.StatusBadRequest},
	{behavepro.ErrCorrupt, "corrupt", http.StatusInternalServerError},
}

// internal is the kind of every other error.
var internal = Kind{Err: errors.New("internal error"), Name: "internal", Status: http.StatusInternalServerError}

// Kinds lists the error kinds in the order in which they are tried.
func Kinds() []Kind { return slices.Clone(kinds) }

// KindOf returns the first kind that err is of. Any other error is known to be none: its kind is "internal", with status 500.
func KindOf(err error) (k Kind, known bool) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return errors.Is(err, k.Err) })
	if i < 0 {
		return internal, false
	}
	return kinds[i], true
}

// Document is an RFC 9457 problem document, the body of every answer that is an error.
type Document struct {
	Type   string `json:"type"` // urn:behavepro:problem: and the name of a kind
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Hint   string `json:"hint,omitempty"` // what to do next
}

// Of describes an error for its caller. A Problem in its tree says what people read; another error of a known kind says its own
// text, unless that kind is the server's own fault. The text of any other error is for the log only.
func Of(err error) (d Document, known bool) {
	k, known := KindOf(err)
	d = Document{Type: TypePrefix + k.Name, Title: k.Err.Error(), Status: k.Status}
	problems := All(err)
	switch {
	case !known:
		d.Detail = "the request failed here; the log of the server says more"
	case len(problems) > 0:
		d.Detail, d.Hint = Join(problems)
	case k.Status == http.StatusInternalServerError:
		d.Detail = "something is wrong with what is stored; the log of the server says more"
	default:
		d.Detail = err.Error()
	}
	return d, known
}

// Err returns the error kind that a received document stands for: by its type, else by its status. It is nil if neither says.
func (d *Document) Err() error {
	name := strings.TrimPrefix(d.Type, TypePrefix)
	for _, k := range kinds {
		if k.Name == name {
			return k.Err
		}
	}
	switch d.Status {
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusTooManyRequests: // a proxy's, without our type
		return behavepro.ErrUnavailable
	}
	for _, k := range kinds {
		if k.Status == d.Status {
			return k.Err
		}
	}
	return nil
}

// All returns the Problems in the tree of an error, the outermost of each branch: several if mistakes were joined.
func All(err error) []*behavepro.Problem {
	switch e := err.(type) {
	case nil:
		return nil
	case *behavepro.Problem:
		return []*behavepro.Problem{e}
	case interface{ Unwrap() []error }:
		var all []*behavepro.Problem
		for _, inner := range e.Unwrap() {
			all = append(all, All(inner)...)
		}
		return all
	}
	return All(errors.Unwrap(err))
}

// Join makes one text of Problems. The hint of a single one stays apart; of several, each is followed by its own.
func Join(problems []*behavepro.Problem) (detail, hint string) {
	if len(problems) == 1 {
		return problems[0].Msg, problems[0].Hint
	}
	details := make([]string, len(problems))
	for i, p := range problems {
		details[i] = p.Error()
	}
	return strings.Join(details, "; "), ""
}

// Causes returns what the Problems of an error keep from people, for the log.
func Causes(err error) string {
	var all []string
	for _, p := range All(err) {
		if p.Err != nil {
			all = append(all, p.Err.Error())
		}
	}
	return strings.Join(all, "; ")
}
