package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/behavepro/behavepro"
)

// Problem is an RFC 9457 problem document, the body of every answer that is an error.
type Problem struct {
	Type   string `json:"type"` // ProblemType + the name of a kind
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Hint   string `json:"hint,omitempty"` // what to do next
}

// ProblemType precedes the name of a kind in Problem.Type.
const ProblemType = "urn:behavepro:problem:"

// ProblemKind is how a kind of errors travels.
type ProblemKind struct {
	Kind   error
	Name   string
	Status int
}

// ProblemKinds is the one table of kinds, names and statuses. The first that fits counts.
var ProblemKinds = []ProblemKind{
	{behavepro.ErrUnauthenticated, "not-authenticated", http.StatusUnauthorized},
	{behavepro.ErrForbidden, "not-allowed", http.StatusForbidden},
	{behavepro.ErrNotFound, "not-found", http.StatusNotFound},
	{behavepro.ErrExists, "already-exists", http.StatusConflict},
	{behavepro.ErrConflict, "changed-by-somebody-else", http.StatusPreconditionFailed},
	{behavepro.ErrGone, "gone", http.StatusGone},
	{behavepro.ErrLimit, "limit-reached", http.StatusRequestEntityTooLarge},
	{behavepro.ErrUnsupported, "not-supported", http.StatusUnprocessableEntity},
	{behavepro.ErrRefused, "address-refused", http.StatusUnprocessableEntity},
	{behavepro.ErrTooMany, "too-many-attempts", http.StatusTooManyRequests},
	{behavepro.ErrUnavailable, "temporarily-unavailable", http.StatusServiceUnavailable},
	{behavepro.ErrInvalid, "invalid", http.StatusBadRequest},
	{behavepro.ErrCorrupt, "corrupt", http.StatusInternalServerError},
}

// errServer is the kind of answers that fit no other.
var errServer = errors.New("the server failed")

// kindOf finds the kind of a problem: by its type, else by the status.
func kindOf(p Problem) error {
	name := strings.TrimPrefix(p.Type, ProblemType)
	for _, k := range ProblemKinds {
		if k.Name == name {
			return k.Kind
		}
	}
	switch p.Status {
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusTooManyRequests:
		return behavepro.ErrUnavailable
	}
	for _, k := range ProblemKinds {
		if k.Status == p.Status {
			return k.Kind
		}
	}
	return errServer
}

// readProblem makes an error of an answer.
func readProblem(resp *http.Response) error {
	const most = 64 << 10
	p := Problem{Status: resp.StatusCode}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, most)) // a broken body changes nothing: the status tells
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if media == "application/problem+json" {
		_ = json.Unmarshal(body, &p)
	}
	p.Status = resp.StatusCode
	msg := p.Detail
	if msg == "" {
		msg = fmt.Sprintf("the server answered %d %s", p.Status, http.StatusText(p.Status))
	}
	hint := p.Hint
	if hint == "" && p.Status == http.StatusNotFound && media != "application/problem+json" {
		hint = "is this the address of a Behave Pro server?"
	}
	return behavepro.Explain(kindOf(p), msg, hint)
}
