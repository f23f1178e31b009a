package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/behavepro/behavepro/outbound"
)

// check completes what is made of several settings, and refuses what does not fit together.
func (c *config) check() error {
	var mistakes []error
	var err error
	if c.data, err = filepath.Abs(c.data); err != nil {
		mistakes = append(mistakes, fmt.Errorf("data: %w", err))
	}
	if (c.tlsCert == "") != (c.tlsKey == "") {
		mistakes = append(mistakes, errors.New("--tls-cert and --tls-key belong together"))
	}
	if c.tls() && len(c.trustedProxies) > 0 {
		mistakes = append(mistakes, errors.New("--trusted-proxy is for a listener without TLS: leave it or --tls-cert out"))
	}
	if c.tls() && c.publicURL != nil && c.publicURL.Scheme != "https" {
		mistakes = append(mistakes, errors.New("--public-url is not https, but --tls-cert is given"))
	}
	if !loopback(c.listen) {
		if c.publicURL == nil {
			mistakes = append(mistakes, fmt.Errorf("--listen %s is reached from other machines: say under which address with --public-url", c.listen))
		}
		if !c.tls() && len(c.trustedProxies) == 0 && !c.insecureHTTP {
			mistakes = append(mistakes, fmt.Errorf("--listen %s would send tokens in clear: give --tls-cert and --tls-key, or --trusted-proxy; "+
				"--insecure-http allows it all the same", c.listen))
		}
	}
	mistakes = append(mistakes, c.checkJira(), c.checkOIDC())
	c.outbound = outbound.Policy{AllowPrivate: c.allowPrivate, Proxy: c.gitProxy}
	if err := c.outbound.ParseAllowed(c.allowGitHosts); err != nil {
		mistakes = append(mistakes, fmt.Errorf("--allow-git-host: %w", err))
	}
	return errors.Join(mistakes...)
}

func (c *config) tls() bool { return c.tlsCert != "" }

// loopback tells whether a listener is reached from this machine only.
func loopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return true // another mistake, reported elsewhere
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
