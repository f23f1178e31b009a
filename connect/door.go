package connect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/golang-jwt/jwt/v5"
)

// Binding is what a token has to be made for to open a route.
type Binding int

// The bindings. No token opens routes of both.
const (
	URLBound     Binding = iota // for this very address: what Jira puts into a frame, webhooks
	ContextBound                // for a person at a place in Jira: what a page in a frame sends
)

// contextQSH stands in Jira's tokens that are not bound to an address.
const contextQSH = "context-qsh"

// Visitor is who stands behind a signed request. The ids are those that were signed; an address says nothing.
type Visitor struct {
	Tenant    behavepro.TenantID
	Install   Install
	Account   string // an accountId
	Anonymous bool   // nobody is signed in in Jira; Account is "" then
	Context
	Module Module // of an own token; "" for one of Jira's
	Claims Claims // all that the token says

	since time.Time // when Jira last signed
}

// Visit checks a request's token and says who sent it. A refusal is ErrUnauthenticated; a site that waits for approval is ErrForbidden,
// one that has uninstalled the app ErrGone. module is whose own tokens a context route takes. What was refused is logged.
func (a *App) Visit(r *http.Request, b Binding, module Module) (*Visitor, error) {
	v, err := a.visit(r, b, module)
	if err != nil {
		a.note(r, err)
		return nil, err
	}
	return v, nil
}

func (a *App) visit(r *http.Request, b Binding, module Module) (*Visitor, error) {
	if b == ContextBound {
		token, err := findOwn(r)
		if err != nil {
			return nil, err
		}
		if token != "" {
			return a.own(r, token, module)
		}
	}
	i, u, err := a.symmetric(r, b)
	if err != nil {
		return nil, err
	}
	if err := admitted(&i); err != nil {
		return nil, err
	}
	return visitor(&i, u, a.opt.Now()), nil
}

func visitor(i *Install, u *unverified, since time.Time) *Visitor {
	c := u.wire.claims()
	return &Visitor{
		Tenant: i.Tenant, Install: *i, Account: c.Subject, Anonymous: c.Subject == "", Context: c.Context, Claims: c, since: since,
	}
}

// symmetric checks a request that a site signed with the secret of its install. The install may wait for approval.
func (a *App) symmetric(r *http.Request, b Binding) (Install, *unverified, error) {
	f, err := find(r)
	if err != nil {
		return Install{}, nil, err
	}
	u, err := parse(f.token, jwt.SigningMethodHS256)
	if err != nil {
		return Install{}, nil, err
	}
	i, err := a.claimed(r.Context(), u)
	if err != nil {
		return Install{}, nil, err
	}
	if err := u.verify(jwt.SigningMethodHS256, []byte(i.Secret.Reveal())); err != nil {
		return Install{}, nil, err
	}
	if err := u.timely(a.opt.Now()); err != nil {
		return Install{}, nil, err
	}
	if b == ContextBound {
		return i, u, u.bound(contextQSH)
	}
	hashes := []string{QueryStringHash(r.Method, r.URL, a.opt.Path)}
	if hash := bodyHash(r, f.body, a.opt.Path); hash != "" {
		hashes = append(hashes, hash)
	}
	return i, u, u.bound(hashes...)
}

// claimed finds the install that a token says it is from: the first audience, where it has one, else the issuer.
func (a *App) claimed(ctx context.Context, u *unverified) (Install, error) {
	clientKey, unknown := u.wire.Iss, UnknownIssuer
	if len(u.wire.Aud) > 0 && u.wire.Aud[0] != "" {
		clientKey, unknown = u.wire.Aud[0], WrongAudience
		if u.wire.Iss != a.opt.Key && u.wire.Iss != clientKey {
			return Install{}, refuse(WrongIssuer, "neither the app nor the audience")
		}
	}
	i, err := a.opt.Installs.Get(ctx, clientKey)
	switch {
	case errors.Is(err, behavepro.ErrNotFound):
		return Install{}, refuse(unknown, "")
	case err != nil:
		return Install{}, err
	case !i.Lives() || i.Secret.IsZero():
		return Install{}, behavepro.Explain(&Refusal{Code: NotInstalled, Detail: string(i.State), kind: behavepro.ErrGone},
			"this app is not installed in this Jira site any more", "a Jira admin can install it again; nothing was deleted")
	}
	return i, nil
}

// admitted refuses a site that waits for approval.
func admitted(i *Install) error {
	if i.State == Approved {
		return nil
	}
	return forbid(
		NotApproved,
		i.Host()+" waits for the approval of who runs this server",
		"they approve it with: syncd tenant approve "+i.Host(),
	)
}

// note logs why a call was refused: the caller is not told.
func (a *App) note(r *http.Request, err error) {
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		a.opt.Logger.Info("signed request refused", "route", r.Pattern, "code", string(refusal.Code), "detail", clip(refusal.Detail, 500))
	}
}

// Ancestors are the origins that may frame the answer to a request: those of the site that its token names, be it valid or
// not, so that an error page is seen where it happened. None means that nobody may.
func (a *App) Ancestors(r *http.Request) []string {
	token, err := findOwn(r)
	if err == nil && token == "" {
		var f found
		f, err = find(r)
		token = f.token
	}
	if err != nil {
		return nil
	}
	u, err := parse(token, jwt.SigningMethodHS256)
	if err != nil {
		return nil
	}
	clientKey := u.wire.Iss
	if len(u.wire.Aud) > 0 && u.wire.Aud[0] != "" {
		clientKey = u.wire.Aud[0]
	}
	i, err := a.opt.Installs.Get(r.Context(), clientKey)
	if err != nil {
		return nil
	}
	return i.Ancestors()
}

// Need is what somebody wants to do.
type Need string

// The needs.
const (
	Browse     Need = "browse"     // see the issue of the context, or its project where it has no issue
	Act        Need = "act"        // edit the issue of the context
	Configure  Need = "configure"  // administer the project of the context
	Administer Need = "administer" // administer the site
)

// asks is what Jira is asked for a need.
var asks = map[Need]struct {
	permission jira.Permission
	may        string // what the visitor may not do
}{
	Browse:     {jira.BrowseProjects, "see this"},
	Act:        {jira.EditIssues, "edit this issue"},
	Configure:  {jira.AdministerProjects, "administer this project"},
	Administer: {jira.Administer, "administer this site"},
}

// Authorize asks Jira whether the visitor may do what it needs, for the ids that were signed. What Jira does not grant is
// ErrForbidden; where it gives no answer, it is ErrUnavailable. Who is not signed in may at most browse, where the site allows that.
func (a *App) Authorize(ctx context.Context, v *Visitor, need Need) error {
	ask, ok := asks[need]
	if !ok {
		return fmt.Errorf("authorize: unknown need %q", need)
	}
	if v.Anonymous && (need != Browse || !a.rules(ctx, v.Tenant).Anonymous) {
		return behavepro.Explain(behavepro.ErrUnauthenticated, "you are not signed in to Jira", "sign in there and load the page again")
	}
	q := jira.Question{Account: v.Account}
	switch {
	case need == Administer:
		q.Global = []jira.Permission{ask.permission}
	case v.IssueID != 0 && need != Configure:
		q.Permissions, q.Issues = []jira.Permission{ask.permission}, []int64{v.IssueID}
	case v.ProjectID != 0 && need != Act:
		q.Permissions, q.Projects = []jira.Permission{ask.permission}, []int64{v.ProjectID}
	default:
		return behavepro.Explain(
			behavepro.ErrForbidden,
			"this page was opened without an issue or project",
			"open it from an issue or project in Jira",
		)
	}
	grant, err := a.Jira(&v.Install).Permissions(ctx, q)
	if err != nil {
		a.opt.Logger.Warn("jira gave no answer about permissions", "tenant", string(v.Tenant), "error", err.Error())
		// The kind of Jira's own error would say something about the visitor that is not so.
		return behavepro.Explain(fmt.Errorf("%w: %v", behavepro.ErrUnavailable, err),
			"Jira could not be asked whether you may "+ask.may, "try again in a minute")
	}
	if !granted(&grant, &q, ask.permission) {
		return behavepro.Explain(behavepro.ErrForbidden, "you may not "+ask.may+" in Jira", "a Jira admin can grant it")
	}
	return nil
}

func granted(g *jira.Grant, q *jira.Question, p jira.Permission) bool {
	switch {
	case len(q.Global) > 0:
		return g.Global[p]
	case len(q.Issues) > 0:
		return g.Issues[p][q.Issues[0]]
	}
	return g.Projects[p][q.Projects[0]]
}
