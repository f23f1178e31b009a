// Package access knows who may do what: API tokens, the sessions of the local pages, and the ids of webhooks. They live
// in the store's directory, because they say which tenant a caller belongs to.
//
// It promises that nobody gets in with a token, ticket or cookie that is unknown, used up, revoked or expired, and that
// the store holds none of these values, only their hashes. It never knows of HTTP, and never widens a grant.
package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Verb is something that a principal may do.
type Verb string

// The verbs. Admin includes all others.
const (
	ResultsWrite Verb = "results:write"
	ResultsRead  Verb = "results:read"
	ReposRead    Verb = "repos:read"
	ReposWrite   Verb = "repos:write"
	Admin        Verb = "admin"
)

// Verbs are all of them.
func Verbs() []Verb { return []Verb{ResultsWrite, ResultsRead, ReposRead, ReposWrite, Admin} }

// ParseVerbs reads verbs as people write them, comma-separated; an unknown one is ErrInvalid.
func ParseVerbs(text string) ([]Verb, error) {
	var verbs []Verb
	for word := range strings.SplitSeq(text, ",") {
		verb := Verb(strings.TrimSpace(word))
		if !slices.Contains(Verbs(), verb) {
			return nil, fmt.Errorf("%q is none of %s: %w", verb, joinVerbs(Verbs()), behavepro.ErrInvalid)
		}
		if !slices.Contains(verbs, verb) {
			verbs = append(verbs, verb)
		}
	}
	return verbs, nil
}

func joinVerbs(verbs []Verb) string {
	words := make([]string, len(verbs))
	for i, v := range verbs {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

// Grant is what a token or session allows.
type Grant struct {
	Tenant      behavepro.TenantID     `cbor:"1,keyasint"`
	Projects    []behavepro.ProjectKey `cbor:"2,keyasint"`
	AllProjects bool                   `cbor:"3,keyasint"` // Projects is empty then
	Verbs       []Verb                 `cbor:"4,keyasint"`
	Repository  behavepro.RepositoryID `cbor:"5,keyasint"` // "" means all of the projects
}

func (g *Grant) check() error {
	switch {
	case g.Tenant == "":
		return fmt.Errorf("no tenant: %w", behavepro.ErrInvalid)
	case len(g.Verbs) == 0:
		return fmt.Errorf("no verbs: %w", behavepro.ErrInvalid)
	case !g.AllProjects && len(g.Projects) == 0:
		return fmt.Errorf("no projects: %w", behavepro.ErrInvalid)
	case g.AllProjects && len(g.Projects) > 0:
		return fmt.Errorf("all projects and some: %w", behavepro.ErrInvalid)
	}
	_, err := ParseVerbs(joinVerbs(g.Verbs))
	return err
}

// Can reports whether the grant holds a verb.
func (g *Grant) Can(verb Verb) bool {
	return slices.Contains(g.Verbs, verb) || slices.Contains(g.Verbs, Admin)
}

// InProject reports whether the grant reaches a project.
func (g *Grant) InProject(project behavepro.ProjectKey) bool {
	return g.AllProjects || slices.Contains(g.Projects, project)
}

// Principal is an authenticated caller.
type Principal struct {
	Grant
	Name    string // of the token or trust; "session" for the local pages
	TokenID string // of the token or trust; "" for a session
	Job     *Job   // the CI job that an ID token proved; nil for all others

	Person behavepro.AccountID // who is signed in in Jira; "" elsewhere
	Entry  behavepro.Entry     // where the caller came in
	// LinkedBy is the ID of the token that asked for the link of a session; "" if the server itself printed it.
	LinkedBy string
}

// Change is what a record says of a change that the principal makes now.
func (p *Principal) Change(now time.Time) behavepro.Change {
	return behavepro.Change{Person: p.Person, Token: cmp.Or(p.TokenID, p.LinkedBy), At: now.UTC(), Through: p.Entry}
}

func (p *Principal) who() string {
	if p.TokenID == "" {
		return "this session"
	}
	return fmt.Sprintf("the token %q", p.Name)
}

// Registry is a handle on the tokens, sessions and hooks of an installation, safe for concurrent use.
type Registry struct {
	scope  *store.Scope
	making sync.Mutex // held while a token is counted in
	most   int        // tokens of a tenant that work
}

// New makes a registry on the directory's scope.
func New(directory *store.Scope) *Registry { return &Registry{scope: directory, most: MaxTokens} }
