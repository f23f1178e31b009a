package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Options are what a Mux is made of. Fields without a remark are required.
type Options struct {
	// Authenticate checks what a route's scheme asks for and fills the request's principal and what it reaches; its error is the answer.
	Authenticate func(x *Request, r *Route) error
	Schemes      []Auth // that Authenticate knows; routes of others cannot be registered
	// accepted Host headers, lower case, with the port unless it is the scheme's
	Hosts    []string
	Probes   []string                                             // patterns that accept any host and are logged at debug level
	TLS      bool                                                 // the service is reached over https: answers carry HSTS
	Owns     func(path string) bool                               // paths that Fallback never answers; nil owns all
	Rewrite  func(path string) (string, bool)                     // the path that is meant by another spelling of it; may be nil
	Fallback http.Handler                                         // answers paths without a route; may be nil
	Observe  func(pattern string, status int, took time.Duration) // for metrics; may be nil
	Stopping <-chan struct{}                                      // closed when the server is to end: requests that wait stop waiting
	Logger   *slog.Logger                                         // nil discards
	Now      func() time.Time                                     // nil is time.Now
	From     func(r *http.Request) netip.Addr                     // the client's address for limits on sign-ins; nil is the connection's
}

// Mux is the handler of all routes.
type Mux struct {
	opt      Options
	mux      *http.ServeMux
	routes   []Route
	attempts *attempts
}

// New makes a handler without routes.
func New(opt Options) *Mux {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &Mux{opt: opt, mux: http.NewServeMux(), attempts: newAttempts()}
}

// Routes lists what is registered, in that order.
func (m *Mux) Routes() []Route { return slices.Clone(m.routes) }

// Register adds routes. It panics on one that does not say how its callers are authenticated: that is a mistake of the program.
func (m *Mux) Register(routes ...Route) {
	for _, r := range routes {
		if err := r.check(m.opt.Schemes); err != nil {
			panic(fmt.Sprintf("register %q: %v", r.Pattern, err))
		}
		m.routes = append(m.routes, r)
		m.mux.Handle(r.Pattern, m.handler(r))
	}
}

// ServeHTTP answers a request. Every request ends in one log line.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	securityHeaders(w.Header(), m.opt.TLS)
	if m.opt.Rewrite != nil {
		if path, ok := m.opt.Rewrite(r.URL.Path); ok {
			r = r.Clone(r.Context())
			r.URL.Path, r.URL.RawPath = path, ""
		}
	}
	_, pattern := m.mux.Handler(r)
	if !slices.Contains(m.opt.Hosts, strings.ToLower(r.Host)) && !slices.Contains(m.opt.Probes, pattern) {
		// Other sites' names cannot be pointed at a listener of this machine.
		m.refuse(w, r, "other host", http.StatusMisdirectedRequest, "this address is not served here")
		return
	}
	switch {
	case pattern != "":
		m.mux.ServeHTTP(w, r)
	case m.allowed(r) != "":
		w.Header().Set("Allow", m.allowed(r))
		m.refuse(w, r, "wrong method", http.StatusMethodNotAllowed, "this address does not take "+r.Method)
	case m.opt.Fallback != nil && m.opt.Owns != nil && !m.opt.Owns(r.URL.Path):
		m.opt.Fallback.ServeHTTP(w, r)
	default:
		m.refuse(w, r, "no route", http.StatusNotFound, "there is nothing at this address")
	}
}

// methods that routes have.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// allowed lists the methods that a path takes; "" if it has no route.
func (m *Mux) allowed(r *http.Request) string {
	var allowed []string
	for _, method := range methods {
		probe := *r
		probe.Method = method
		if _, pattern := m.mux.Handler(&probe); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	return strings.Join(allowed, ", ")
}
