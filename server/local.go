package server

import (
	"bytes"
	"io"
	"net/http"
)

// LocalURL is the URL that LocalTransport answers for.
const LocalURL = "http://localhost"

// LocalTransport answers requests by the app's own handlers, without a network. It is for commands on a data folder on which no server
// runs.
func (a *App) LocalTransport() (http.RoundTripper, error) {
	here := endpoint{url: LocalURL, hosts: []string{"localhost"}}
	if err := a.openJira(here); err != nil {
		return nil, err
	}
	return handlerTransport{a.newHandler(here, nil, nil)}, nil
}

// AdminFile is the file of the admin token.
func (a *App) AdminFile() string { return a.adminFile }

// handlerTransport is a transport whose server is a handler of this process.
type handlerTransport struct{ http.Handler }

func (h handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(r.Context())
	served.Host, served.RequestURI = r.URL.Host, r.URL.RequestURI()
	if served.Body == nil {
		served.Body = http.NoBody
	}
	answer := &responseBuffer{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(answer, served)
	return &http.Response{
		StatusCode: answer.status, Status: http.StatusText(answer.status), Header: answer.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(&answer.body), ContentLength: int64(answer.body.Len()),
	}, nil
}

// responseBuffer keeps what a handler writes.
type responseBuffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *responseBuffer) Header() http.Header         { return a.header }
func (a *responseBuffer) WriteHeader(status int)      { a.status = status }
func (a *responseBuffer) Write(p []byte) (int, error) { return a.body.Write(p) }
