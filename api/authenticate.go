package api

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/web"
)

// authenticateRequest checks what the route's authentication scheme asks for and fills the request.
func (s *Server) authenticateRequest(x *web.Request, r *web.Route) error {
	var err error
	switch r.Auth {
	case web.Public, web.Hook, web.Signed:
		return nil
	case web.Token:
		x.Principal, err = s.authenticate(x)
	case web.Session:
		x.Principal, err = s.session(x)
	}
	if err != nil {
		return err
	}
	if x.Tenant == "" {
		x.Tenant = x.Principal.Tenant
	}
	if r.Auth == web.Token {
		if err := mayEnter(r, &x.Principal); err != nil {
			return err
		}
		if err := x.Principal.Allow(r.Verb); err != nil {
			return err
		}
	}
	if x.Catalog, err = s.opt.Catalogs(x.Context(), x.Tenant); err != nil {
		return err
	}
	return s.reach(x, r)
}

// reach finds the repository or push of the path, as far as the principal reaches it.
func (s *Server) reach(x *web.Request, r *web.Route) (err error) {
	switch r.Reach {
	case web.InRepository:
		x.Repository, err = s.repository(x, x.R.PathValue(web.PathRepository))
		return err
	case web.InAllOf:
		x.Repository, err = s.owned(x, x.R.PathValue(web.PathRepository))
		return err
	case web.InPush:
		x.Push, err = s.push(x, x.R.PathValue(web.PathID))
		return err
	case web.WholeTenant:
		return x.Principal.AllowTenant(r.Verb)
	}
	return nil
}

// push finds a push that the principal reaches.
func (s *Server) push(x *web.Request, name string) (*catalog.Push, error) {
	none := behavepro.Explain(behavepro.ErrNotFound, "there is no such push within the token's reach", "")
	where, commit, id, ok := parsePushName(name)
	if !ok {
		return nil, none
	}
	p, err := x.Catalog.Push(x.Context(), where, commit, id)
	switch {
	case errors.Is(err, behavepro.ErrNotFound):
		return nil, none
	case err != nil:
		return nil, err
	case !s.ofJob(x, p):
		return nil, none
	case p.NamesNone():
		if x.Principal.AllowUnnamed(x.Verb(), p.Projects) != nil {
			return nil, none
		}
		return p, nil
	}
	if _, err := s.repository(x, string(p.Repository)); err != nil {
		return nil, none
	}
	return p, nil
}

// authenticate turns the request's token into a principal.
func (s *Server) authenticate(x *web.Request) (access.Principal, error) {
	token := tokenOf(x.R)
	if token == "" {
		return access.Principal{}, behavepro.Explain(behavepro.ErrUnauthenticated, "this needs a token",
			"send it as `Authorization: Bearer TOKEN`; `syncd token create` makes one")
	}
	var who access.Principal
	err := x.Prove(token, func() (err error) {
		if oidc.Looks(token) {
			who, err = s.admit(x, token)
			return err
		}
		who, err = s.opt.Access.Authenticate(x.Context(), token, x.Now)
		return err
	})
	return who, err
}

// tokenOf reads a token from where clients put it: Authorization (Bearer, or Basic with the token as the password, or as the
// user without one) or X-API-KEY.
func tokenOf(r *http.Request) string {
	if scheme, value, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(value)
	}
	if user, password, ok := r.BasicAuth(); ok {
		if password != "" {
			return password
		}
		return user
	}
	return strings.TrimSpace(r.Header.Get("X-API-KEY"))
}

// session turns the cookie into a principal; a write has to come from our own pages.
func (s *Server) session(x *web.Request) (access.Principal, error) {
	c, err := x.R.Cookie(s.opt.Cookie)
	if err != nil {
		return access.Principal{}, behavepro.Explain(
			behavepro.ErrUnauthenticated,
			"there is no session",
			"`syncd open` prints a link that signs you in",
		)
	}
	if x.R.Method != http.MethodGet && x.R.Method != http.MethodHead {
		if err := http.NewCrossOriginProtection().Check(x.R); err != nil {
			return access.Principal{}, behavepro.Explain(behavepro.ErrForbidden, "this request comes from another site", "")
		}
	}
	var who access.Principal
	err = x.Prove(c.Value, func() (err error) {
		who, err = s.opt.Access.Session(x.Context(), c.Value, x.Now)
		return err
	})
	return who, err
}

// same compares secrets in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
