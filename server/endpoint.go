package server

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/behavepro/behavepro"
)

// endpoint is how the server is reached.
type endpoint struct {
	url   string   // what links and webhook addresses begin with
	local string   // how commands on this machine reach it
	hosts []string // accepted Host headers
}

// siteOf finds out how a listener is reached: by its own address, by the names of this machine where it hears those, and by
// the public URL.
func endpointOf(c *Config, at net.Addr) endpoint {
	scheme := "http"
	if c.TLS() {
		scheme = "https"
	}
	port := ""
	ip := netip.Addr{}
	if tcp, err := netip.ParseAddrPort(at.String()); err == nil {
		ip, port = tcp.Addr().Unmap(), at.String()[strings.LastIndexByte(at.String(), ':')+1:]
	}
	s := endpoint{}
	if ip.IsLoopback() || ip.IsUnspecified() {
		for _, name := range []string{"127.0.0.1", "localhost", "::1"} {
			s.add(scheme, net.JoinHostPort(name, port))
		}
	}
	own := net.JoinHostPort(ip.String(), port)
	if ip.IsUnspecified() {
		own = net.JoinHostPort("127.0.0.1", port)
	}
	s.add(scheme, own)
	s.local = scheme + "://" + own
	s.url = s.local
	if c.PublicURL != nil {
		s.url = c.PublicURL.String()
		s.add(c.PublicURL.Scheme, c.PublicURL.Host)
		// A certificate is for the public name; and no token goes over plain http to anything but loopback.
		if c.TLS() || s.https() && !ip.IsLoopback() && !ip.IsUnspecified() {
			s.local = s.url
		}
	}
	for _, address := range c.Regional {
		if u, err := url.Parse(address); err == nil {
			s.add(u.Scheme, u.Host)
		}
	}
	return s
}

// add accepts a Host header, with and without the port where it is the scheme's own.
func (s *endpoint) add(scheme, host string) {
	s.hosts = append(s.hosts, host)
	u := url.URL{Host: host}
	usual := map[string]string{"http": "80", "https": "443"}[scheme]
	switch u.Port() {
	case usual:
		s.hosts = append(s.hosts, strings.TrimSuffix(host, ":"+usual))
	case "":
		s.hosts = append(s.hosts, host+":"+usual)
	}
}

func (s *endpoint) https() bool { return strings.HasPrefix(s.url, "https://") }

// cookie is the name of the session cookie. Over https the browser itself keeps other hosts from setting it.
func (s *endpoint) cookie() string {
	if s.https() {
		return "__Host-behavepro"
	}
	return "behavepro"
}

func (s *endpoint) pageLink(ticket behavepro.Secret) string { return s.pageLinkTo(ticket, "") }

// pageLinkTo is the address that redeems a ticket and opens a page.
func (s *endpoint) pageLinkTo(ticket behavepro.Secret, to string) string {
	query := url.Values{"ticket": {ticket.Reveal()}}
	if to != "" {
		query.Set("to", to)
	}
	return s.url + pathOpen + "?" + query.Encode()
}
