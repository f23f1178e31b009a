package web

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

// statusClosed is logged if the caller went away.
const statusClosed = 499

// fail answers with the problem document of an error, and logs what somebody must act on.
func (m *Mux) fail(x *Request, rec *recorder, err error) {
	p, known := problem.Of(bodyTooLarge(err))
	if x.Context().Err() != nil && errors.Is(err, context.Canceled) {
		rec.status = statusClosed
		return
	}
	switch {
	case !known || p.Status == http.StatusInternalServerError:
		m.opt.Logger.Error("request failed", "route", x.R.Pattern, "error", err.Error(), "cause", problem.Causes(err))
	case p.Status == http.StatusServiceUnavailable: // a full disk, a Git server that is down
		m.opt.Logger.Warn("request failed", "route", x.R.Pattern, "error", err.Error(), "cause", problem.Causes(err))
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
	if x.route.Fail != nil {
		x.route.Fail(rec, x.R, err)
		return
	}
	writeProblem(rec, p)
}

// TooLarge reports whether an error says that a body went over its bound.
func TooLarge(err error) bool {
	_, over := errors.AsType[*http.MaxBytesError](err)
	return over
}

// bodyTooLarge says of a body that went over its bound what the bound is.
func bodyTooLarge(err error) error {
	if e, over := errors.AsType[*http.MaxBytesError](err); over {
		return behavepro.Explain(
			behavepro.ErrLimit,
			fmt.Sprintf("the body is larger than the %s that are taken here", SizeText(e.Limit)),
			"send less at once",
		)
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
func (m *Mux) refuse(w http.ResponseWriter, r *http.Request, why string, status int, detail string) {
	rec := &recorder{ResponseWriter: w}
	p := problem.Document{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
	if status == http.StatusNotFound {
		p.Type = problem.TypePrefix + "not-found"
	}
	writeProblem(rec, p)
	m.log(&Request{W: rec, R: r, mux: m}, "("+why+")", rec, 0)
}
