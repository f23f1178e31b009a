package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"
)

const (
	defaultBody = 1 << 20          // bytes of an ordinary request's body
	slowTime    = 30 * time.Minute // for routes that may take longer than the server's timeouts
)

// handler authenticates the caller of a route, bounds the body, serves, and turns the outcome into status, body and log line.
func (m *Mux) handler(r Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		began := time.Now()
		rec := &recorder{ResponseWriter: w}
		req = req.WithContext(req.Context()) // a copy: the server must find its own body, or it waits for one that nobody asked for
		x := &Request{W: rec, R: req, Now: m.opt.Now(), mux: m, route: &r}
		defer func() {
			if p := recover(); p != nil {
				m.opt.Logger.Error("handler panicked", "route", r.Pattern, "stack", string(debug.Stack()))
				m.fail(x, rec, fmt.Errorf("panic in %s", r.Pattern))
			}
			m.log(x, r.Pattern, rec, time.Since(began))
		}()
		limit := r.MaxBody
		if limit == 0 {
			limit = defaultBody
		}
		req.Body = http.MaxBytesReader(rec, req.Body, limit)
		err := m.authenticate(x)
		if err == nil {
			if r.Slow { // only who got in may take long
				control := http.NewResponseController(w)
				_ = control.SetReadDeadline(began.Add(slowTime)) // a connection without deadlines has none to move
				_ = control.SetWriteDeadline(began.Add(slowTime))
			}
			err = r.Serve(x)
		}
		if err != nil {
			m.fail(x, rec, err)
		}
	})
}

func (m *Mux) authenticate(x *Request) error {
	if m.opt.Authenticate == nil {
		return nil // there are public routes only
	}
	return m.opt.Authenticate(x, x.route)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// log writes the request's one line: no query, no token, no scenario text.
func (m *Mux) log(x *Request, route string, rec *recorder, took time.Duration) {
	status := rec.status
	if status == 0 {
		status = http.StatusOK
	}
	level := slog.LevelInfo
	if slices.Contains(m.opt.Probes, route) {
		level = slog.LevelDebug
	}
	m.opt.Logger.LogAttrs(context.WithoutCancel(x.Context()), level, "request",
		slog.String("route", route), slog.Int("status", status), slog.Duration("took", took), slog.String("caller", x.Principal.TokenID))
	if m.opt.Observe != nil {
		m.opt.Observe(route, status, took)
	}
}
