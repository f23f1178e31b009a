package api

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/manage"
)

// Options are what a Server is made of. Fields without a remark are required.
type Options struct {
	Access       Access
	Catalogs     Catalogs
	OIDC         *oidc.Verifier // checks ID tokens of CI jobs; nil where no issuer is listed
	Repositories Repositories
	Hosts        []string // accepted Host headers, lower case, with the port where it is not the scheme's
	PublicURL    string   // what webhook addresses begin with
	TLS          bool     // the service is reached over https: answers carry HSTS
	Version      client.Version
	Ready        func() error                                         // for /readyz; nil is always ready
	PageLink     func(ticket behavepro.Secret) string                 // the address that redeems a ticket; nil where there are no local pages
	Cookie       string                                               // name of the session cookie; "" where there are no sessions
	Observe      func(pattern string, status int, took time.Duration) // for metrics; may be nil
	Fallback     http.Handler                                         // answers what no route here does, such as pages; may be nil
	Live         func() (done func())                                 // told that an upload is under way, which background work makes room for; may be nil
	// Matched is told that results were matched to a repository, or with "" to several; may be nil.
	Matched func(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// Removed is told that a repository was removed; may be nil.
	Removed  func(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	Stopping <-chan struct{} // closed when the server is to end: requests that wait for something end their waiting
	Logger   *slog.Logger
	Now      func() time.Time                      // nil is time.Now
	From     func(r *http.Request) (of netip.Addr) // the client's address, which failed attempts to sign in are counted for; nil is the connection's

	// Bounds of an upload in bytes: as sent, unpacked, and of its description. 0 takes MaxUpload, MaxDecoded and MaxDescribe.
	MaxUpload, MaxDecoded, MaxDescribe int64
}

// Server is the API's handler.
type Server struct {
	opt    Options
	mux    *http.ServeMux
	routes []Route
	guard  *guard
	manage *manage.Manager
}

// New makes the handler with all routes of the API.
func New(opt Options) *Server {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	opt.MaxUpload, opt.MaxDecoded = cmp.Or(opt.MaxUpload, MaxUpload), cmp.Or(opt.MaxDecoded, MaxDecoded)
	opt.MaxDescribe = cmp.Or(opt.MaxDescribe, MaxDescribe)
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{opt: opt, mux: http.NewServeMux(), guard: newGuard(), manage: &manage.Manager{Hooks: opt.Access, Repositories: opt.Repositories, Removed: opt.Removed}}
	for _, r := range routes {
		s.Register(r)
	}
	return s
}

// Routes lists what is registered, in that order.
func (s *Server) Routes() []Route { return append([]Route(nil), s.routes...) }

// Register adds a route. It panics on one that does not say what opens it: that is a mistake of the program.
func (s *Server) Register(r Route) {
	if err := r.check(&s.opt); err != nil {
		panic(fmt.Sprintf("register %q: %v", r.Pattern, err))
	}
	s.routes = append(s.routes, r)
	s.mux.Handle(r.Pattern, s.adapt(r))
}

// ServeHTTP answers a request. Every request ends in one log line.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	securityHeaders(w.Header(), s.opt.TLS)
	if canonical, ok := oldPath(r.URL.Path); ok {
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = canonical, ""
	}
	_, pattern := s.mux.Handler(r)
	if !s.hostAccepted(r) && pattern != patternHealth && pattern != patternReady {
		s.refuse(w, r, "other host", http.StatusMisdirectedRequest, "this address is not served here")
		return
	}
	switch {
	case pattern != "":
		s.mux.ServeHTTP(w, r)
	case s.allowed(r) != "":
		w.Header().Set("Allow", s.allowed(r))
		s.refuse(w, r, "wrong method", http.StatusMethodNotAllowed, "this address does not take "+r.Method)
	case s.opt.Fallback != nil && !ours(r.URL.Path):
		s.opt.Fallback.ServeHTTP(w, r)
	default:
		s.refuse(w, r, "no route", http.StatusNotFound, "there is nothing at this address")
	}
}
