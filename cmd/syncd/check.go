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
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		mistakes = append(mistakes, fmt.Errorf("data: %w", err))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		mistakes = append(mistakes, errors.New("--tls-cert and --tls-key belong together"))
	}
	if c.TLS() && len(c.TrustedProxies) > 0 {
		mistakes = append(mistakes, errors.New("--trusted-proxy is for a listener without TLS: leave it or --tls-cert out"))
	}
	if c.TLS() && c.PublicURL != nil && c.PublicURL.Scheme != "https" {
		mistakes = append(mistakes, errors.New("--public-url is not https, but --tls-cert is given"))
	}
	if !loopback(c.Listen) {
		if c.PublicURL == nil {
			mistakes = append(
				mistakes,
				fmt.Errorf("--listen %s is reached from other machines: say under which address with --public-url", c.Listen),
			)
		}
		if !c.TLS() && len(c.TrustedProxies) == 0 && !c.insecureHTTP {
			mistakes = append(mistakes, fmt.Errorf("--listen %s would send tokens in clear: give --tls-cert and --tls-key, or --trusted-proxy; "+
				"--insecure-http allows it all the same", c.Listen))
		}
	}
	mistakes = append(mistakes, c.checkJira(), c.checkOIDC())
	c.Outbound = outbound.Policy{AllowPrivate: c.allowPrivate, Proxy: c.GitProxy}
	if err := c.Outbound.ParseAllowed(c.allowGitHosts); err != nil {
		mistakes = append(mistakes, fmt.Errorf("--allow-git-host: %w", err))
	}
	return errors.Join(mistakes...)
}

// loopback reports whether a listener is reached from this machine only.
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
