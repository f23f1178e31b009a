package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
)

// Request is one request with what its authentication found out.
type Request struct {
	W          http.ResponseWriter
	R          *http.Request
	Now        time.Time
	Principal  access.Principal    // token and session routes
	Tenant     behavepro.TenantID  // token and session routes
	Catalog    *catalog.Catalog    // of the tenant
	Repository *catalog.Repository // routes that reach a repository
	Push       *catalog.Push       // routes that reach a push

	mux   *Mux
	route *Route
}

// Context is the request's context.
func (x *Request) Context() context.Context { return x.R.Context() }

// Change is what a record says of a change that the request makes.
func (x *Request) Change() behavepro.Change { return x.Principal.Change(x.Now) }

// Verb is what the route asks of a token.
func (x *Request) Verb() access.Verb { return x.route.Verb }

// MaxWait is how long a request may wait for something to happen.
const MaxWait = 60 * time.Second

// Wait reads the query's wait, at most 60 seconds.
func (x *Request) Wait() (time.Duration, error) {
	text := x.R.URL.Query().Get("wait")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, behavepro.Explain(behavepro.ErrInvalid, "wait is not a duration such as 30s", "")
	}
	return min(d, MaxWait), nil
}

// WaitContext is a context for waiting: it ends after a time, at most 60 seconds, with the request, and when the server is to end. Its
// goroutine ends with it.
func (x *Request) WaitContext(wait time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(x.Context(), min(wait, MaxWait))
	go func() {
		select {
		case <-x.mux.opt.Stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// ReadJSON decodes the body, one JSON document. Unknown fields are refused: they are mistakes.
func (x *Request) ReadJSON(into any) error {
	d := json.NewDecoder(x.R.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return BodyError(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return behavepro.Explain(behavepro.ErrInvalid, "the body holds more than one document", "")
	}
	return nil
}

// BodyError says why a JSON body cannot be read, without quoting it.
func BodyError(err error) error {
	if TooLarge(err) {
		return err
	}
	what := "the body is not the JSON that is expected here"
	switch e := err.(type) {
	case *json.UnmarshalTypeError:
		what = fmt.Sprintf("the body's field %q has the wrong type", e.Field)
	default:
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			what = "the body's field " + name + " is not known"
		}
	}
	return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrInvalid, err), what, "see docs/api.md")
}

// Reply writes one JSON document, compressed if the caller accepts that.
func (x *Request) Reply(status int, doc any) error {
	h := x.W.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Encoding")
	if !strings.Contains(x.R.Header.Get("Accept-Encoding"), "gzip") {
		x.W.WriteHeader(status)
		return json.NewEncoder(x.W).Encode(doc)
	}
	h.Set("Content-Encoding", "gzip")
	x.W.WriteHeader(status)
	z, _ := gzip.NewWriterLevel(x.W, gzip.BestSpeed) // the level is valid
	if err := json.NewEncoder(z).Encode(doc); err != nil {
		return err
	}
	return z.Close()
}
