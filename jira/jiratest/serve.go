package jiratest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// errBroken is what a client sees of a server that hangs up.
var errBroken = errors.New("connection broken")

// Hosts reaches handlers inside the process by host name; other hosts are refused.
type Hosts map[string]http.Handler

// RoundTrip asks the handler of the request's host.
func (h Hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	handler := h[r.URL.Host]
	if handler == nil {
		return nil, fmt.Errorf("no such host: %s", r.URL.Host)
	}
	return Serve(handler).RoundTrip(r)
}

// Serve reaches a handler inside the process, without a network.
func Serve(handler http.Handler) http.RoundTripper {
	return roundTrip(func(r *http.Request) (res *http.Response, err error) {
		defer func() {
			if p := recover(); p != nil {
				if p != http.ErrAbortHandler {
					panic(p)
				}
				res, err = nil, errBroken
			}
		}()
		inside := r.Clone(r.Context())
		inside.RequestURI = r.URL.RequestURI()
		inside.RemoteAddr = "127.0.0.1:1"
		if inside.Host == "" {
			inside.Host = r.URL.Host
		}
		inside.URL.Scheme, inside.URL.Host = "", ""
		if inside.Body == nil {
			inside.Body = http.NoBody
		}
		defer inside.Body.Close()
		w := &recorder{header: http.Header{}}
		handler.ServeHTTP(w, inside)
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		if w.status == 0 {
			w.status = http.StatusOK
		}
		return &http.Response{
			Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
		}, nil
	})
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
