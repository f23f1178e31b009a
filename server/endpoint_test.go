package server

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestSiteAcceptsItsOwnNamesOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		listen, public, tls string
		hosts               []string
		url, local          string
	}{
		{"127.0.0.1:8080", "", "", []string{"127.0.0.1:8080", "localhost:8080", "[::1]:8080"}, "http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"[::1]:80", "", "", []string{"[::1]", "localhost"}, "http://[::1]:80", "http://[::1]:80"},
		{"192.0.2.1:80", "https://b.example", "", []string{"b.example", "b.example:443", "192.0.2.1"}, "https://b.example", "https://b.example"},
		{"[::]:8443", "https://b.example:8443", "yes", []string{"b.example:8443", "localhost:8443"}, "https://b.example:8443", "https://b.example:8443"},
	} {
		c := Config{TLSCert: test.tls}
		if test.public != "" {
			c.PublicURL, _ = url.Parse(test.public)
		}
		at := netip.MustParseAddrPort(test.listen)
		s := endpointOf(&c, address(at.String()))
		if s.url != test.url || s.local != test.local {
			t.Errorf("%s: reached at %s and %s, want %s and %s", test.listen, s.url, s.local, test.url, test.local)
		}
		accepted := strings.Join(s.hosts, " ") + " "
		for _, host := range test.hosts {
			if !strings.Contains(accepted, host+" ") {
				t.Errorf("%s: %s is not accepted: %s", test.listen, host, accepted)
			}
		}
		if strings.HasPrefix(test.listen, "192") && strings.Contains(accepted, "localhost") {
			t.Errorf("%s: localhost is accepted", test.listen)
		}
	}
}

// address is a net.Addr.
type address string

func (a address) Network() string { return "tcp" }
func (a address) String() string  { return string(a) }

func TestRegionalHostsAreAccepted(t *testing.T) {
	t.Parallel()
	c := Config{
		PublicURL: &url.URL{Scheme: "https", Host: "bdd.example.com"}, Regional: map[string]string{"EU": "https://eu.bdd.example.com", "AU": "https://au.bdd.example.com"},
	}
	at := endpointOf(&c, address("127.0.0.1:8080"))
	if !slices.Contains(at.hosts, "eu.bdd.example.com") || slices.Contains(at.hosts, "us.bdd.example.com") || at.url != "https://bdd.example.com" {
		t.Errorf("got hosts %v and %s, want those of the regions accepted, links under the public URL", at.hosts, at.url)
	}
}
