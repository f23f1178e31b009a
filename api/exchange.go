package api

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

// reaches tells whether the principal may do the verb in every one of projects.
func (x *Exchange) reaches(verb access.Verb, projects []behavepro.ProjectKey) error {
	for _, p := range projects {
		if err := x.Principal.Allow(verb, p); err != nil {
			return err
		}
	}
	return nil
}

// repositories lists what the principal reaches.
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
	p := &x.Principal
	if p.Repository != "" && p.Repository != r.ID {
		return false
	}
	if p.AllProjects {
		return true
	}
	for _, project := range r.Projects {
		if p.InProject(project) {
			return true
		}
	}
	return false
}

// repository finds one by id or name among those that the principal reaches; what is out of reach does not exist.
func (x *Exchange) repository(name string) (*catalog.Repository, error) {
	reached, err := x.repositories()
	if err != nil {
		return nil, err
	}
	for _, r := range reached {
		if string(r.ID) == name {
			return r, nil
		}
	}
	for _, r := range reached {
		if r.Name == name {
			return r, nil
		}
	}
	return nil, noRepository(name)
}

func noRepository(name string) error {
	return behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("there is no repository %q within the token's reach", name),
		"`behavepro repos list` shows those that are")
}
