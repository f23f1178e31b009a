package api

import (
	"context"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/catalog"
)

const (
	maxBody  = 1 << 20          // of an ordinary request
	slowTime = 30 * time.Minute // for routes that may take longer than the server's timeouts
)

// adapt makes a handler of a route: it opens the door, bounds the body, and turns the outcome into status, body and log
// line.
func (s *Server) adapt(r Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		began := time.Now()
		rec := &recorder{ResponseWriter: w}
		req = req.WithContext(req.Context()) // a copy: the server must find its own body, or it waits for one that nobody asked for
		x := &Exchange{W: rec, R: req, Now: s.opt.Now(), s: s, verb: r.Verb, door: r.Door, failWith: r.Fail}
		defer func() {
			if p := recover(); p != nil {
				s.opt.Logger.Error("handler panicked", "route", r.Pattern, "stack", string(debug.Stack()))
				s.fail(x, rec, fmt.Errorf("panic in %s", r.Pattern))
			}
			s.log(x, r.Pattern, rec, time.Since(began))
		}()
		limit := r.Body
		switch limit {
		case 0:
			limit = maxBody
		case MaxUpload:
			limit = s.opt.MaxUpload
		}
		req.Body = http.MaxBytesReader(rec, req.Body, limit)
		err := s.open(x, &r)
		if err == nil {
			if r.Slow { // only who got in may take long
				control := http.NewResponseController(w)
				_ = control.SetReadDeadline(began.Add(slowTime)) // a connection without deadlines has none to move
				_ = control.SetWriteDeadline(began.Add(slowTime))
			}
			err = r.Serve(x)
		}
		if err != nil {
			s.fail(x, rec, err)
		}
	})
}

// open checks what the route's door asks for and fills the exchange.
func (s *Server) open(x *Exchange, r *Route) error {
	var err error
	switch r.Door {
	case Public, Hook, Signed:
		return nil
	case Token:
		x.Principal, err = s.authenticate(x)
	case Session:
		x.Principal, err = s.session(x)
	}
	if err != nil {
		return err
	}
	if x.Tenant == "" {
		x.Tenant = x.Principal.Tenant
	}
	if r.Door == Token {
		if err := r.mayEnter(&x.Principal); err != nil {
			return err
		}
		if err := x.Principal.Allow(r.Verb); err != nil {
			return err
		}
	}
	if x.Catalog, err = s.opt.Catalogs(x.ctx(), x.Tenant); err != nil {
		return err
	}
	return x.reach(r)
}

// reach finds the repository or push of the path, as far as the principal reaches it.
func (x *Exchange) reach(r *Route) (err error) {
	switch r.Reach {
	case InRepository:
		x.Repository, err = x.repository(x.R.PathValue(pathRepository))
		return err
	case InAllOf:
		x.Repository, err = x.owned(x.R.PathValue(pathRepository))
		return err
	case InPush:
		x.Push, err = x.push(x.R.PathValue(pathID))
		return err
	case WholeTenant:
		return x.Principal.AllowTenant(r.Verb)
	}
	return nil
}

// push finds a push that the principal reaches.
func (x *Exchange) push(name string) (*catalog.Push, error) {
	none := behavepro.Explain(behavepro.ErrNotFound, "there is no such push within the token's reach", "")
	where, commit, id, ok := parsePushName(name)
	if !ok {
		return nil, none
	}
	p, err := x.Catalog.Push(x.ctx(), where, commit, id)
	switch {
	case isKind(err, behavepro.ErrNotFound):
		return nil, none
	case err != nil:
		return nil, err
	case !x.ofJob(p):
		return nil, none
	case p.NamesNone():
		if x.Principal.AllowUnnamed(x.verb, p.Projects) != nil {
			return nil, none
		}
		return p, nil
	}
	if _, err := x.repository(string(p.Repository)); err != nil {
		return nil, none
	}
	return p, nil
}

// authenticate turns the request's token into a principal.
func (s *Server) authenticate(x *Exchange) (access.Principal, error) {
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
		who, err = s.opt.Access.Authenticate(x.ctx(), token, x.Now)
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
func (s *Server) session(x *Exchange) (access.Principal, error) {
	c, err := x.R.Cookie(s.opt.Cookie)
	if err != nil {
		return access.Principal{}, behavepro.Explain(behavepro.ErrUnauthenticated, "there is no session", "`syncd open` prints a link that signs you in")
	}
	if x.R.Method != http.MethodGet && x.R.Method != http.MethodHead {
		if err := http.NewCrossOriginProtection().Check(x.R); err != nil {
			return access.Principal{}, behavepro.Explain(behavepro.ErrForbidden, "this request comes from another site", "")
		}
	}
	var who access.Principal
	err = x.Prove(c.Value, func() (err error) {
		who, err = s.opt.Access.Session(x.ctx(), c.Value, x.Now)
		return err
	})
	return who, err
}

// same compares secrets in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// log writes the request's one line.
func (s *Server) log(x *Exchange, route string, rec *recorder, took time.Duration) {
	status := rec.status
	if status == 0 {
		status = http.StatusOK
	}
	level := slog.LevelInfo
	if route == patternHealth || route == patternReady {
		level = slog.LevelDebug
	}
	s.opt.Logger.LogAttrs(context.WithoutCancel(x.ctx()), level, "request",
		slog.String("route", route), slog.Int("status", status), slog.Duration("took", took), slog.String("caller", x.Principal.TokenID))
	if s.opt.Observe != nil {
		s.opt.Observe(route, status, took)
	}
}
