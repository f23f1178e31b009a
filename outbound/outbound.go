// Package outbound checks where we connect to. Every address that a tenant, a repository or a redirect may choose is dialled
// through a Policy: the resolved address is checked at the moment of the connection, so that a name cannot resolve to
// one address for the check and to another for the use. It never reads proxy variables or any user's configuration.
package outbound

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/behavepro/behavepro"
)

// Policy says which addresses may be reached. The zero Policy allows public addresses only.
type Policy struct {
	Hosts        []string       // names that may resolve to private addresses
	Networks     []netip.Prefix // private addresses that may be reached
	AllowPrivate bool           // everything but metadata services; for trials
	Proxy        *url.URL       // for https, configured by the operator; nil means none
	RootCAs      *tls.Config    // extra trust, nil means the system's
	Timeout      time.Duration  // for a connection; 0 means 15 s
	Idle         time.Duration  // how long a connection may stay silent while it is read; 0 means 10 min
	Resolver     *net.Resolver  // nil means the system's
}

// ParseAllowed reads HOST or CIDR values into the policy, all mistakes at once.
func (p *Policy) ParseAllowed(values []string) error {
	var bad []string
	for _, v := range values {
		if strings.Contains(v, "/") {
			n, err := netip.ParsePrefix(v)
			if err != nil {
				bad = append(bad, v)
				continue
			}
			p.Networks = append(p.Networks, n.Masked())
			continue
		}
		if addr, err := netip.ParseAddr(v); err == nil {
			p.Networks = append(p.Networks, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		if v == "" || strings.ContainsAny(v, " :@?#") {
			bad = append(bad, v)
			continue
		}
		p.Hosts = append(p.Hosts, strings.ToLower(v))
	}
	if len(bad) > 0 {
		return fmt.Errorf("not a host name, address or CIDR: %s: %w", strings.Join(bad, ", "), behavepro.ErrInvalid)
	}
	return nil
}

var metadata = []netip.Addr{
	netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("169.254.170.2"), netip.MustParseAddr("fd00:ec2::254"),
	netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16"), netip.MustParseAddr("192.0.0.192"),
}

// special holds ranges that netip has no predicate for: IANA's special-purpose registries.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix(
		"2001:db8::/32",
	), netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("64:ff9b:1::/48"),
}

// embedded returns the IPv4 address inside a mapped, NAT64 or 6to4 form.
func embedded(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a),
		netip.MustParsePrefix("::/96").Contains(a) && !a.IsLoopback() && !a.IsUnspecified():
		return netip.AddrFrom4([4]byte(b[12:16]))
	case netip.MustParsePrefix("2002::/16").Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// Check reports whether host, resolved to addr, may be reached; a refusal is ErrRefused.
func (p Policy) Check(host string, addr netip.Addr) error {
	real := embedded(addr)
	for _, m := range metadata {
		if real == m {
			return p.refuse(host, "a metadata service, which is never reached", "use the repository's own address")
		}
	}
	if !private(real) || p.AllowPrivate {
		return nil
	}
	for _, h := range p.Hosts {
		if strings.EqualFold(strings.TrimSuffix(host, "."), h) {
			return nil
		}
	}
	for _, n := range p.Networks {
		if n.Contains(real) {
			return nil
		}
	}
	return p.refuse(host, "a private address, which is not reached", "the operator can allow it: --allow-git-host "+host)
}

func (Policy) refuse(host, what, hint string) error {
	return behavepro.Explain(behavepro.ErrRefused, fmt.Sprintf("%s is %s", host, what), hint)
}

func private(a netip.Addr) bool {
	if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || !a.IsGlobalUnicast() {
		return true
	}
	for _, n := range special {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// Dial connects to host:port after checking each resolved address that is tried.
func (p Policy) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w: %w", behavepro.ErrInvalid, err)
	}
	timeout := p.Timeout
	if timeout == 0 {
		timeout = 15 * time.Second
	}
	d := net.Dialer{
		Timeout:  timeout,
		Resolver: p.Resolver,
		ControlContext: func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return fmt.Errorf("address %q: %w", resolved, behavepro.ErrRefused)
			}
			return p.Check(host, at.Addr())
		},
	}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &patient{Conn: conn, idle: cmp.Or(p.Idle, 10*time.Minute)}, nil
}

// patient ends reads of a connection whose other side stays silent. A deadline that the user sets takes its place.
type patient struct {
	net.Conn
	idle time.Duration
	own  atomic.Bool
}

func (c *patient) Read(b []byte) (int, error) {
	if !c.own.Load() {
		if err := c.Conn.SetReadDeadline(time.Now().Add(c.idle)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Read(b)
}

func (c *patient) SetDeadline(t time.Time) error {
	c.own.Store(!t.IsZero())
	return c.Conn.SetDeadline(t)
}

func (c *patient) SetReadDeadline(t time.Time) error {
	c.own.Store(!t.IsZero())
	return c.Conn.SetReadDeadline(t)
}

// Client is an HTTP client whose every connection is checked. It follows at most 5 redirects, never from https to http, and sends
// no credentials to another scheme, host or port.
func (p Policy) Client() *http.Client {
	t := &http.Transport{
		DialContext:           p.Dial,
		Proxy:                 nil,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: 5 * time.Minute, // a Git server may count for long before it answers
		IdleConnTimeout:       time.Minute,
		MaxIdleConnsPerHost:   4,
		ForceAttemptHTTP2:     true,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if p.RootCAs != nil {
		t.TLSClientConfig = p.RootCAs.Clone()
	}
	if p.Proxy != nil {
		t.Proxy = http.ProxyURL(p.Proxy)
	}
	return &http.Client{Transport: t, CheckRedirect: checkRedirect}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > 5 {
		return behavepro.Explain(behavepro.ErrRefused, first.Host+" redirects more than 5 times", "use the address where the repository is")
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return behavepro.Explain(
			behavepro.ErrRefused,
			first.Host+" redirects from https to "+req.URL.Scheme+", which is not followed",
			"use the address that the server names",
		)
	}
	if req.URL.Scheme != first.Scheme || req.URL.Host != first.Host {
		req.Header.Del("Authorization")
		req.Header.Del("Cookie")
	}
	return nil
}
