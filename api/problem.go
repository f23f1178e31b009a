package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
)

func isKind(err, kind error) bool { return errors.Is(err, kind) }

// tooLarge tells whether a body went over its bound, and over which.
func tooLarge(err error) (bound int64, over bool) {
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return e.Limit, true
	}
	return 0, false
}

// statusClosed is logged where the caller went away.
const statusClosed = 499

// fail answers with the problem document of an error, and logs what somebody must act on.
func (s *Server) fail(x *Exchange, rec *recorder, err error) {
	p, known := problemOf(err)
	if x.ctx().Err() != nil && isKind(err, context.Canceled) {
		rec.status = statusClosed
		return
	}
	switch {
	case !known || p.Status == http.StatusInternalServerError:
		s.opt.Logger.Error("request failed", "route", x.R.Pattern, "error", err.Error(), "cause", causes(err))
	case p.Status == http.StatusServiceUnavailable: // a full disk, a Git server that is down
		s.opt.Logger.Warn("request failed", "route", x.R.Pattern, "error", err.Error(), "cause", causes(err))
	}
	if rec.status != 0 {
		return // the answer has begun; what is missing at its end tells the caller
	}
	if p.Status == http.StatusUnauthorized {
		rec.Header().Set("WWW-Authenticate", `Bearer realm="Behave Pro"`)
	}
	if p.Status == http.StatusServiceUnavailable {
		rec.Header().Set("Retry-After", "5")
	}
	if wait, ok := errors.AsType[*mustWait](err); ok {
		rec.Header().Set("Retry-After", strconv.Itoa(wait.seconds))
	}
	if x.failWith != nil {
		x.failWith(rec, x.R, err)
		return
	}
	writeProblem(rec, p)
}

// problemOf finds status and text of an error. A Problem in its chain says what people read; of other errors of a known
// kind that is their text; the rest is for the log only.
func problemOf(err error) (p client.Problem, known bool) {
	if bound, over := tooLarge(err); over {
		err = behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("the body is larger than the %s that are taken here", sizeText(bound)), "send less at once")
	}
	for _, k := range client.ProblemKinds {
		if !errors.Is(err, k.Kind) {
			continue
		}
		p = client.Problem{Type: client.ProblemType + k.Name, Title: k.Kind.Error(), Status: k.Status, Detail: err.Error()}
		if said := problemsIn(err); len(said) > 0 {
			p.Detail, p.Hint = sayAll(said)
		} else if k.Status == http.StatusInternalServerError {
			p.Detail = "something is wrong with what is stored; the log of the server says more"
		}
		return p, true
	}
	return client.Problem{
		Type: client.ProblemType + "internal", Title: "internal error", Status: http.StatusInternalServerError,
		Detail: "the request failed here; the log of the server says more",
	}, false
}

// problemsIn finds the Problems in an error's tree: several where mistakes were joined.
func problemsIn(err error) []*behavepro.Problem {
	switch e := err.(type) {
	case nil:
		return nil
	case *behavepro.Problem:
		return []*behavepro.Problem{e}
	case interface{ Unwrap() []error }:
		var all []*behavepro.Problem
		for _, inner := range e.Unwrap() {
			all = append(all, problemsIn(inner)...)
		}
		return all
	}
	return problemsIn(errors.Unwrap(err))
}

// causes are what lies behind the Problems of an error, which people are not told.
func causes(err error) string {
	var all []string
	for _, p := range problemsIn(err) {
		if p.Err != nil {
			all = append(all, p.Err.Error())
		}
	}
	return strings.Join(all, "; ")
}

// sayAll tells one problem with its hint, and several each with its own behind it.
func sayAll(said []*behavepro.Problem) (detail, hint string) {
	if len(said) == 1 {
		return said[0].Msg, said[0].Hint
	}
	details := make([]string, len(said))
	for i, p := range said {
		details[i] = p.Error()
	}
	return strings.Join(details, "; "), ""
}

func writeProblem(w http.ResponseWriter, p client.Problem) {
	h := w.Header()
	h.Del("Content-Encoding")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a caller who went away misses it
}

// refuse answers a request that reached no route.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, why string, status int, detail string) {
	rec := &recorder{ResponseWriter: w}
	p := client.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
	if status == http.StatusNotFound {
		p.Type = client.ProblemType + "not-found"
	}
	writeProblem(rec, p)
	s.log(&Exchange{W: rec, R: r, s: s}, "("+why+")", rec, 0)
}
