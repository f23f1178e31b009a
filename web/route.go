package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/behavepro/behavepro/access"
)

// Auth is how a route authenticates its callers.
type Auth string

const (
	Public  Auth = "public"  // not at all: the answer holds nobody's data
	Token   Auth = "token"   // an API token with a verb
	Session Auth = "session" // the cookie of the local pages; writes check Origin
	Hook    Auth = "hook"    // an unguessable ID and the Git host's signature or secret, checked by the handler
	Signed  Auth = "signed"  // a request that a platform such as Jira signed; the package that knows the platform checks it
)

// Reach is how a token route finds the projects that the principal must be in.
type Reach string

const (
	InRepository   Reach = "repository"  // of the repository in the path; out of reach is not found
	InAllOf        Reach = "all of"      // as InRepository, and all projects of that repository
	InBody         Reach = "body"        // named in the body: the handler asks the principal
	InPush         Reach = "push"        // of the repository of the push in the path
	Filtered       Reach = "filtered"    // the answer holds what the principal reaches, nothing else
	WholeTenant    Reach = "tenant"      // the principal must reach all projects
	OfThePrincipal Reach = "principal's" // a push that names no repository belongs to the token's projects
)

// Names of path values.
const (
	PathID         = "id"
	PathRepository = "repo"
)

// Route is one entry point.
type Route struct {
	Pattern string // as http.ServeMux reads it, with a method
	About   string // one sentence
	Auth    Auth
	Verb    access.Verb // token routes
	Reach   Reach       // token routes
	Job     bool        // token routes: the ID token of a CI job opens it too; what it takes in is of the job's own commit only
	Slow    bool        // may take longer than the server's timeouts: uploads and waiting
	MaxBody int64       // bytes of a body; 0 is 1 MB
	Serve   func(x *Request) error
	// Fail answers with an error, one of authentication included, if nothing was answered yet; nil answers with a problem document.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
}

// check returns what a route does not say.
func (r *Route) check(schemes []Auth) error {
	method, path, ok := strings.Cut(r.Pattern, " ")
	switch {
	case !ok || method == "" || !strings.HasPrefix(path, "/"):
		return errors.New("the pattern has no method or path")
	case r.Serve == nil || r.About == "":
		return errors.New("no handler or no sentence about it")
	case r.Auth == Token && (r.Verb == "" || r.Reach == ""):
		return errors.New("a token route says its verb and how projects are found")
	case r.Auth != Token && (r.Verb != "" || r.Reach != ""):
		return errors.New("only token routes have a verb and a reach")
	case r.Auth == Token && (r.Reach == InRepository || r.Reach == InAllOf) != strings.Contains(path, "{"+PathRepository+"}"):
		return errors.New("a path has a repository exactly where the reach asks for one")
	case r.Reach == InPush && !strings.Contains(path, "{"+PathID+"}"):
		return errors.New("the path names no push")
	case r.Auth != Public && !slices.Contains(schemes, r.Auth):
		return fmt.Errorf("nothing checks the authentication scheme %q", r.Auth)
	}
	return nil
}
