package main

import (
	"errors"
	"net/url"
	"strings"
)

// checkOIDC keeps tokens from being believed that travelled in clear.
func (c *config) checkOIDC() error {
	for _, issuer := range c.OIDCIssuers {
		u, err := url.Parse(issuer)
		if err != nil || !strings.EqualFold(u.Scheme, "http") {
			continue
		}
		if !loopbackHost(u) || !loopback(c.Listen) || c.PublicURL != nil && !loopbackHost(c.PublicURL) {
			return errors.New("--oidc-issuer with http is for trials: the issuer on this machine, and a server that only this machine reaches")
		}
	}
	return nil
}
