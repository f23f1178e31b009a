package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/behavepro/behavepro/access"
)

// Door is what opens a route.
type Door string

const (
	Public  Door = "public"  // nothing: it tells nobody's data
	Token   Door = "token"   // an API token with a verb
	Session Door = "session" // the cookie of the local pages; writes check Origin
	Hook    Door = "hook"    // an unguessable id and the Git host's signature or secret
	Signed  Door = "signed"  // a request that a platform such as Jira signed; the room that knows the platform checks it in Serve
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
	pathID               = "id"
	pathRepository       = "repo"
)

// Route is one way in.
type Route struct {
	Pattern string // as http.ServeMux reads it, with a method
	About   string // one sentence
	Door    Door
	Verb    access.Verb // token routes
	Reach   Reach       // token routes
	Job     bool        // token routes: the ID token of a CI job opens it too; what it takes in is of the job's own commit only
	Slow    bool        // may take longer than the server's timeouts: uploads and waiting
	Body    int64       // most bytes of a body; 0 is 1 MB
	Serve   func(x *Exchange) error
	// Fail answers with an error, the door's too, where that is not yet done; nil answers with a problem document.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
}

// check tells what a route does not say.
func (r *Route) check(opt *Options) error {
	method, path, ok := strings.Cut(r.Pattern, " ")
	switch {
	case !ok || method == "" || !strings.HasPrefix(path, "/"):
		return errors.New("the pattern has no method or path")
	case r.Serve == nil || r.About == "":
		return errors.New("no handler or no sentence about it")
	case r.Door == Token && (r.Verb == "" || r.Reach == ""):
		return errors.New("a token route says its verb and how projects are found")
	case r.Door != Token && (r.Verb != "" || r.Reach != ""):
		return errors.New("only token routes have a verb and a reach")
	case r.Door == Token && (r.Reach == InRepository || r.Reach == InAllOf) != strings.Contains(path, "{"+pathRepository+"}"):
		return errors.New("a path has a repository exactly where the reach asks for one")
	case r.Reach == InPush && !strings.Contains(path, "{"+pathID+"}"):
		return errors.New("the path names no push")
	case r.Door == Session && opt.Cookie == "":
		return fmt.Errorf("nothing checks the door %q", r.Door)
	}
	switch r.Door {
	case Public, Token, Session, Hook, Signed:
		return nil
	}
	return fmt.Errorf("unknown door %q", r.Door)
}

// methods that routes have.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// allowed lists the methods that an address takes; "" where there is no such address.
func (s *Server) allowed(r *http.Request) string {
	var allowed []string
	for _, m := range methods {
		probe := *r
		probe.Method = m
		if _, pattern := s.mux.Handler(&probe); pattern != "" {
			allowed = append(allowed, m)
		}
	}
	return strings.Join(allowed, ", ")
}

// ours tells whether a path belongs to the API even where it has no route.
func ours(path string) bool {
	for _, prefix := range []string{"/api/", "/hooks/", "/REST/", "/rest/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}
