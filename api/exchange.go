package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
)

// Exchange is one request with what its door found out.
type Exchange struct {
	W          http.ResponseWriter
	R          *http.Request
	Now        time.Time
	Principal  access.Principal    // token and session routes
	Tenant     behavepro.TenantID  // token and session routes
	Catalog    *catalog.Catalog    // as Tenant
	Repository *catalog.Repository // routes that reach a repository
	Push       *catalog.Push       // routes that reach a push
	s          *Server
	verb       access.Verb                                     // of the route
	door       Door                                            // that the request came through
	failWith   func(http.ResponseWriter, *http.Request, error) // of the route; nil writes a problem document
}

func (x *Exchange) ctx() context.Context { return x.R.Context() }

// maxWait is how long a request may wait for something to happen.
const maxWait = 60 * time.Second

// wait reads the query's wait, at most maxWait.
func (x *Exchange) wait() (time.Duration, error) {
	text := x.R.URL.Query().Get("wait")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, behavepro.Explain(behavepro.ErrInvalid, "wait is not a duration such as 30s", "")
	}
	return min(d, maxWait), nil
}

// patience is a context for waiting: it ends after a time, with the request, and when the server is to end. Its goroutine ends
// with it.
func (x *Exchange) patience(wait time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(x.ctx(), wait)
	go func() {
		select {
		case <-x.s.opt.Stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// read decodes the body, one JSON document. Unknown fields are refused: they are mistakes.
func (x *Exchange) read(into any) error {
	d := json.NewDecoder(x.R.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return bodyError(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return behavepro.Explain(behavepro.ErrInvalid, "the body holds more than one document", "")
	}
	return nil
}

// bodyError tells why a body cannot be read, without quoting it.
func bodyError(err error) error {
	if _, over := tooLarge(err); over {
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

// reply writes one JSON document, compressed where the caller takes that.
func (x *Exchange) reply(status int, doc any) error {
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

// repositories lists those in which the principal may do the route's verb.
func (x *Exchange) repositories() ([]*catalog.Repository, error) {
	all, err := x.Catalog.Repositories(x.ctx())
	if err != nil {
		return nil, err
	}
	reached := all[:0:0]
	for _, r := range all {
		if x.sees(r) {
			reached = append(reached, r)
		}
	}
	return reached, nil
}

func (x *Exchange) sees(r *catalog.Repository) bool {
	return x.Principal.AllowRepository(x.verb, r) == nil
}

// repository finds one by ID or name among those in which the principal may do the route's verb; the others do not exist.
func (x *Exchange) repository(name string) (*catalog.Repository, error) {
	reached, err := x.repositories()
	if err != nil {
		return nil, err
	}
	if r := named(reached, name); r != nil {
		return r, nil
	}
	return nil, noRepository(name)
}

// owned finds a repository that the principal may change.
func (x *Exchange) owned(name string) (*catalog.Repository, error) {
	all, err := x.Catalog.Repositories(x.ctx())
	if err != nil {
		return nil, err
	}
	readable := slices.DeleteFunc(all, func(r *catalog.Repository) bool {
		return isKind(x.Principal.AllowOwner(x.verb, r), behavepro.ErrNotFound)
	})
	r := named(readable, name)
	if r == nil {
		return nil, noRepository(name)
	}
	return r, x.Principal.AllowOwner(x.verb, r)
}

// named finds a repository by ID, else by name.
func named(reached []*catalog.Repository, name string) *catalog.Repository {
	for _, r := range reached {
		if string(r.ID) == name {
			return r
		}
	}
	for _, r := range reached {
		if r.Name == name {
			return r
		}
	}
	return nil
}

func noRepository(name string) error {
	return behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("there is no repository %q within the token's reach", name),
		"`behavepro repos list` shows those that are")
}
