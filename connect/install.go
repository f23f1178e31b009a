package connect

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
)

// State is how far a site's install is.
type State string

// The states.
const (
	Pending     State = "pending"     // waits for the operator's approval
	Approved    State = "approved"    // may do what its people may
	Uninstalled State = "uninstalled" // the site's admin removed the app; its data stays until the operator deletes it
	Gone        State = "gone"        // the same address came back with another client key: this one hardly will
)

// Install is one Jira site that has the app, or had it.
type Install struct {
	ClientKey  string             // Jira's name of the install
	Tenant     behavepro.TenantID // whose data it shows
	State      State
	BaseURL    string           // https://shop.atlassian.net: the only address that is called
	DisplayURL string           // an origin, for links and for who may frame us
	Secret     behavepro.Secret // what both sides sign with; none where the app is not installed

	InstallationID string // of a Forge app that took over this install; "" is none
	OAuthClientID  string
	Product        string // jira

	Created     time.Time // first install
	LastInstall time.Time // iat of the last accepted install token
	Approved    time.Time // zero is not yet
	Ended       time.Time // when it was uninstalled or gone; the retention clock starts here
}

// Lives reports whether the site has the app.
func (i *Install) Lives() bool { return i.State == Pending || i.State == Approved }

// Host is the host of the site's address, with its port where it has one.
func (i *Install) Host() string { return hostOf(i.BaseURL) }

// Ancestors are the origins that may frame this site's pages.
func (i *Install) Ancestors() []string {
	if i.DisplayURL == "" || i.DisplayURL == i.BaseURL {
		return []string{i.BaseURL}
	}
	return []string{i.BaseURL, i.DisplayURL}
}

// atlassianHosts are the domains below which sites of Jira Cloud live.
var atlassianHosts = []string{"atlassian.net", "jira.com"}

// siteURL checks the address of a site, which we will call: https on a host of Atlassian's, or one of the extra sites. It is
// given back as an origin.
func siteURL(text string, extra []string) (string, error) {
	origin, ok := originOf(text, true)
	if !ok {
		return "", refuse(WrongHost, "the site's address is no https origin")
	}
	if slices.Contains(extra, origin) {
		return origin, nil
	}
	host, https := strings.CutPrefix(origin, "https://")
	for _, domain := range atlassianHosts {
		if https && strings.HasSuffix(host, "."+domain) {
			return origin, nil
		}
	}
	return "", refuse(WrongHost, "%s is no host of Atlassian's", origin)
}

// displayURL is the origin of a site's own name, or base where it has none that can be used.
func displayURL(text, base string, extra []string) string {
	origin, ok := originOf(text, false)
	if ok && (strings.HasPrefix(origin, "https://") || slices.Contains(extra, origin)) {
		return origin
	}
	return base
}

var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*$`)

// originOf reduces an address to scheme, host and port. bare refuses one that says more.
func originOf(text string, bare bool) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || len(text) > 2000 || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	if bare && (u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "") {
		return "", false
	}
	name, port := strings.ToLower(u.Hostname()), u.Port()
	if ip, err := netip.ParseAddr(name); err == nil && ip.Is6() && ip.Zone() == "" {
		name = "[" + ip.String() + "]"
	} else if len(name) > 253 || !hostForm.MatchString(name) {
		return "", false
	}
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return u.Scheme + "://" + name, true
	}
	if strings.Trim(port, "0123456789") != "" || len(port) > 5 {
		return "", false
	}
	return u.Scheme + "://" + name + ":" + port, true
}

func hostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}

// isLoopback reports whether an origin can only be reached from this machine.
func isLoopback(origin string) bool {
	host := hostOf(origin)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}
