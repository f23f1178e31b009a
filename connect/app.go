package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
)

// Options are what an App is made of. Fields without a remark are required.
type Options struct {
	Installs  *Installs
	PublicURL string            // https://bdd.example.com, without a slash at the end; http on loopback for trials
	Path      string            // what the app's addresses begin with; "" is /connect
	Regional  map[string]string // realm, such as EU, to the public URL that sites of that realm use; may be nil
	Key       string            // the app's key in Jira, at most 64 characters; "" is DefaultKey
	Name      string            // "" is Behave Pro
	Vendor    string            // who runs this; "" is Behave Pro
	VendorURL string            // "" is PublicURL

	Sites      []string     // hosts of sites whose installs need no approval
	Open       bool         // no install needs approval: a public service
	ExtraSites []string     // addresses of sites outside of Atlassian's hosts; http on loopback only; for trials
	KeyServers []string     // instead of Atlassian's; for trials
	HTTP       *http.Client // checks where it connects to; for keys and for Jira
	Jira       jira.Options

	// OnInstalled is called before an approved install is written, for re-installs too: it makes the tenant where there is none.
	OnInstalled func(ctx context.Context, i Install) error
	// OnUninstalled is called after an install has ended: it stops the tenant's jobs. It may be called again.
	OnUninstalled func(ctx context.Context, i Install) error
	// OnHint is told what Jira says has changed. It is a hint: read it from Jira before acting.
	OnHint func(ctx context.Context, i Install, h Hint) error
	// Rules finds what the admins of a tenant's site decide; nil leaves nothing to decide, and allows nothing.
	Rules func(ctx context.Context, tenant behavepro.TenantID) (Rules, error)

	Logger *slog.Logger // nil logs nothing
	Now    func() time.Time
}

// DefaultKey is the app's key in Jira.
const DefaultKey = "pro.behave.connect"

const (
	defaultPath = "/connect"
	defaultName = "Behave Pro"
	maxKey      = 64
	maxBaseURL  = 200
)

// App is the Connect app: what Jira calls, and how Jira is called. It is safe for concurrent use.
type App struct {
	opt   Options
	bases []string // our own base URLs, the main one first
	keys  *keyring
	seen  *seen

	mu      sync.Mutex
	clients map[string]client // by client key
}

// client is a way to a site, for as long as the site's address and secret stay.
type client struct {
	install Install
	jira    *jira.Client
}

var keyForm = regexp.MustCompile(`^[a-zA-Z0-9._-]+$`)

// New makes the app. All mistakes in its options are reported at once, as ErrInvalid.
func New(o Options) (*App, error) {
	o.Path = cmp.Or(o.Path, defaultPath)
	o.Key, o.Name = cmp.Or(o.Key, DefaultKey), cmp.Or(o.Name, defaultName)
	o.Vendor, o.VendorURL = cmp.Or(o.Vendor, defaultName), cmp.Or(o.VendorURL, o.PublicURL)
	if o.KeyServers == nil {
		o.KeyServers = []string{keysNow, keysThen}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	a := &App{opt: o, keys: newKeyring(o.HTTP, o.KeyServers, o.Now), seen: newSeen(), clients: map[string]client{}}
	a.bases = []string{o.PublicURL + o.Path}
	for _, realm := range realms(o.Regional) {
		a.bases = append(a.bases, o.Regional[realm]+o.Path)
	}
	return a, nil
}

func realms(regional map[string]string) []string {
	var all []string
	for realm := range regional {
		all = append(all, realm)
	}
	slices.Sort(all)
	return all
}

// knownRealms are the regions of data residency that a descriptor may name.
var knownRealms = []string{"US", "EU", "AU", "DE", "SG", "CA", "IN", "KR", "JP", "GB", "CH"}

// CheckRealm reports whether a descriptor may name a region of data residency: ErrInvalid where it may not.
func CheckRealm(realm string) error {
	if slices.Contains(knownRealms, realm) {
		return nil
	}
	return fmt.Errorf("region %q is none of %s: %w", realm, strings.Join(knownRealms, ", "), behavepro.ErrInvalid)
}

// check lower-cases the sites.
func (o *Options) check() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf(format+": %w", append(args, behavepro.ErrInvalid)...))
	}
	if o.Installs == nil || o.HTTP == nil || o.OnInstalled == nil || o.OnUninstalled == nil || o.OnHint == nil {
		bad("the app has no installs, no client or no hooks")
	}
	if len(o.Key) > maxKey || !keyForm.MatchString(o.Key) {
		bad("app key %q: at most %d letters, digits, dots, dashes and underscores", o.Key, maxKey)
	}
	if u, err := url.Parse(o.Path); err != nil || u.EscapedPath() != o.Path || !strings.HasPrefix(o.Path, "/") ||
		strings.HasSuffix(o.Path, "/") {
		bad("path %q: it begins with a slash and does not end with one", o.Path)
	}
	addresses := []string{o.PublicURL}
	for _, realm := range realms(o.Regional) {
		if err := CheckRealm(realm); err != nil {
			errs = append(errs, err)
		}
		addresses = append(addresses, o.Regional[realm])
	}
	addresses = append(addresses, o.ExtraSites...)
	for _, address := range addresses {
		if origin, ok := originOf(address, true); !ok || origin != address || !private(origin) || len(address)+len(o.Path) > maxBaseURL {
			bad("address %q: it is https://HOST, or http on loopback, without a path", address)
		}
	}
	for _, address := range o.KeyServers {
		if origin, ok := originOf(address, false); !ok || !private(origin) || strings.HasSuffix(address, "/") ||
			strings.ContainsAny(address, "?#") {
			bad("key server %q: it is https://HOST/PATH, or http on loopback, without a slash at its end", address)
		}
	}
	sites := make([]string, len(o.Sites))
	for i, site := range o.Sites {
		sites[i] = strings.ToLower(site)
		if origin, ok := originOf("https://"+site, true); !ok || hostOf(origin) != sites[i] {
			bad("site %q: it is a host such as shop.atlassian.net", site)
		}
	}
	o.Sites = sites
	return errors.Join(errs...)
}

// private reports whether nobody can listen on the way to an origin.
func private(origin string) bool { return strings.HasPrefix(origin, "https:") || isLoopback(origin) }

// BaseURL is the address that the app is known by in Jira.
func (a *App) BaseURL() string { return a.bases[0] }

// Jira returns a client of a site that has the app.
func (a *App) Jira(i *Install) *jira.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.clients[i.ClientKey]
	if !ok || c.install.BaseURL != i.BaseURL || c.install.Secret != i.Secret {
		c = client{install: *i}
		c.jira = jira.New(jira.Site{BaseURL: i.BaseURL, HTTP: a.Transport(&c.install, a.opt.HTTP.Transport)}, a.opt.Jira)
		a.clients[i.ClientKey] = c
	}
	return c.jira
}

// forget drops what is kept of an install that has ended.
func (a *App) forget(clientKey string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.clients, clientKey)
}
