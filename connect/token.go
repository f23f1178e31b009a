package connect

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/pages"
	"github.com/golang-jwt/jwt/v5"
)

const (
	ownFor     = 15 * time.Minute // how long an own token is valid
	ownAtMost  = 12 * time.Hour   // how long it can be renewed without Jira's signing again
	ownQSH     = "behavepro-context"
	ownPurpose = "behavepro context token 1"

	// ContextField is the query parameter (of GET) or form field with an own token.
	ContextField = pages.TokenField
	// ContextHeader is the header with an own token.
	ContextHeader = "X-Behavepro-Context"
)

// ownKey is what own tokens are signed with. It is derived from the install's secret: every process of an installation agrees on it without
// storing anything, it changes with each install and ends with the last, and no token of Jira's fits it, nor the other way round.
func ownKey(i *Install) []byte {
	mac := hmac.New(sha256.New, []byte(i.Secret.Reveal()))
	mac.Write([]byte(ownPurpose + "\x00" + string(i.Tenant) + "\x00" + i.ClientKey))
	return mac.Sum(nil)
}

// ContextToken makes a token that stands for a visitor on the context routes of a module, for 15 minutes. Browsers keep no cookies of a
// page in
// Jira: the page carries it in its links, forms and requests instead. Nothing is sent with a request by itself, so no other site can
// write with it.
func (a *App) ContextToken(v *Visitor, module Module) (behavepro.Secret, error) {
	now := a.opt.Now()
	since := v.since
	if since.IsZero() {
		since = now
	}
	claims := &wireClaims{
		Iss: a.opt.Key, Aud: list{v.Install.ClientKey}, Sub: v.Account, Iat: &moment{now}, Exp: &moment{now.Add(ownFor)}, QSH: ownQSH,
		Module: string(module), Tenant: string(v.Tenant), Since: &moment{since},
	}
	claims.Context.Jira.Issue = thing{ID: id(v.IssueID), Key: string(v.IssueKey)}
	claims.Context.Jira.Project = thing{ID: id(v.ProjectID), Key: string(v.ProjectKey)}
	text, err := sign(claims, ownKey(&v.Install))
	return behavepro.NewSecret(text), err
}

// findOwn looks for an own token: in the header, in a form, and in the query of what only reads.
func findOwn(r *http.Request) (string, error) {
	var all []string
	add := func(query string) {
		for name, value := range parameters(query) {
			if name == ContextField && value != "" {
				all = append(all, value)
			}
		}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		add(r.URL.RawQuery)
	}
	if isForm(r) {
		body, err := readBody(r)
		if err != nil {
			return "", err
		}
		add(string(body))
	}
	if token := strings.TrimSpace(r.Header.Get(ContextHeader)); token != "" {
		all = append(all, token)
	}
	switch len(all) {
	case 0:
		return "", nil
	case 1:
		return all[0], nil
	}
	return "", refuse(AmbiguousJWT, "%d context tokens", len(all))
}

// own checks an own token.
func (a *App) own(r *http.Request, token string, module Module) (*Visitor, error) {
	u, err := parse(token, jwt.SigningMethodHS256)
	if err != nil {
		return nil, err
	}
	if u.wire.Iss != a.opt.Key || len(u.wire.Aud) != 1 {
		return nil, refuse(WrongIssuer, "no token of this app")
	}
	i, err := a.claimed(r.Context(), u)
	if err != nil {
		return nil, err
	}
	if err := u.verify(jwt.SigningMethodHS256, ownKey(&i)); err != nil {
		return nil, err
	}
	if err := u.timely(a.opt.Now()); err != nil {
		return nil, err
	}
	if err := u.bound(ownQSH); err != nil {
		return nil, err
	}
	switch {
	case u.wire.Tenant != string(i.Tenant):
		return nil, refuse(WrongAudience, "the tenant has changed")
	case u.wire.Module != string(module):
		return nil, refuse(WrongModule, "%q, not %q", u.wire.Module, module)
	case a.opt.Now().Sub(u.wire.Since.orZero()) > ownAtMost:
		return nil, refuse(SessionTooOld, "since %s", u.wire.Since.orZero().Format(time.RFC3339))
	}
	if err := admitted(&i); err != nil {
		return nil, err
	}
	v := visitor(&i, u, u.wire.Since.orZero())
	v.Module = module
	return v, nil
}
