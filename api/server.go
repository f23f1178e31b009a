package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/manage"
	"github.com/behavepro/behavepro/web"
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
	// told that an upload is under way, which background work makes room for; may be nil
	Live func() (done func())
	// Matched is told that results were matched to a repository, or with "" to several; may be nil.
	Matched func(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// Removed is told that a repository was removed; may be nil.
	Removed  func(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	Stopping <-chan struct{} // closed when the server is to end: requests that wait for something end their waiting
	Logger   *slog.Logger
	Now      func() time.Time // nil is time.Now
	// the client's address, which failed attempts to sign in are counted for; nil is the connection's
	From func(r *http.Request) (of netip.Addr)

	// Bounds of an upload in bytes: as sent, unpacked, and of its description. 0 takes MaxUpload, MaxDecoded and MaxDescribe.
	MaxUpload, MaxDecoded, MaxDescribe int64
}

// Server is the handler of the API, and of the routes that are registered beside it.
type Server struct {
	*web.Mux
	opt    Options
	manage *manage.Manager
}

// New makes the handler with all routes of the API.
func New(opt Options) *Server {
	opt.MaxUpload, opt.MaxDecoded = cmp.Or(opt.MaxUpload, MaxUpload), cmp.Or(opt.MaxDecoded, MaxDecoded)
	opt.MaxDescribe = cmp.Or(opt.MaxDescribe, MaxDescribe)
	s := &Server{opt: opt, manage: &manage.Manager{Hooks: opt.Access, Repositories: opt.Repositories, Removed: opt.Removed}}
	schemes := []web.Auth{web.Token, web.Hook, web.Signed}
	if opt.Cookie != "" {
		schemes = append(schemes, web.Session)
	}
	s.Mux = web.New(web.Options{
		Authenticate: s.authenticateRequest,
		Schemes:      schemes,
		Hosts:        opt.Hosts,
		Probes:       []string{patternHealth, patternReady},
		TLS:          opt.TLS,
		Owns:         owns,
		Rewrite:      oldPath,
		Fallback:     opt.Fallback,
		Observe:      opt.Observe,
		Stopping:     opt.Stopping,
		Logger:       opt.Logger,
		Now:          opt.Now,
		From:         opt.From,
	})
	s.Register(s.routes()...)
	return s
}

// owns reports whether a path belongs to the API even if it has no route.
func owns(path string) bool {
	for _, prefix := range []string{"/api/", "/hooks/", "/REST/", "/rest/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}
