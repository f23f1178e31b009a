package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/web/problem"
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
	p, known := problem.Of(bodyTooLarge(err))
	if x.ctx().Err() != nil && isKind(err, context.Canceled) {
		rec.status = statusClosed
		return
	}
	switch {
	case !known || p.Status == http.StatusInternalServerError:
		s.opt.Logger.Error("request failed", "route", x.R.Pattern, "error", err.Error(), "cause", problem.Causes(err))
	case p.Status == http.StatusServiceUnavailable: // a full disk, a Git server that is down
		s.opt.Logger.Warn("request failed", "route", x.R.Pattern, "error", err.Error(), "cause", problem.Causes(err))
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

// bodyTooLarge says of a body that went over its bound what the bound is.
func bodyTooLarge(err error) error {
	if bound, over := tooLarge(err); over {
		return behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("the body is larger than the %s that are taken here", sizeText(bound)), "send less at once")
	}
	return err
}

func writeProblem(w http.ResponseWriter, p problem.Document) {
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
	p := problem.Document{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
	if status == http.StatusNotFound {
		p.Type = problem.TypePrefix + "not-found"
	}
	writeProblem(rec, p)
	s.log(&Exchange{W: rec, R: r, s: s}, "("+why+")", rec, 0)
}
