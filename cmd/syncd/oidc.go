package main

import (
	"errors"
	"net/url"
	"strings"

	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/outbound"
)

// idTokens checks the ID tokens of CI jobs; nil where no issuer is listed. The operator named the issuers, so that they may have
// private addresses; nothing else may.
func (r *rooms) idTokens(s site) *oidc.Verifier {
	if len(r.oidcIssuers) == 0 {
		return nil
	}
	policy := outbound.Policy{Proxy: r.gitProxy, RootCAs: r.outbound.RootCAs}
	for _, issuer := range r.oidcIssuers {
		if u, err := url.Parse(issuer); err == nil {
			policy.Hosts = append(policy.Hosts, u.Hostname())
		}
	}
	return oidc.New(oidc.Options{Issuers: r.oidcIssuers, Audience: s.url, Client: policy.Client()})
}

// checkOIDC keeps tokens from being believed that travelled in clear.
func (c *config) checkOIDC() error {
	for _, issuer := range c.oidcIssuers {
		u, err := url.Parse(issuer)
		if err != nil || !strings.EqualFold(u.Scheme, "http") {
			continue
		}
		if !loopbackHost(u) || !loopback(c.listen) || c.publicURL != nil && !loopbackHost(c.publicURL) {
			return errors.New("--oidc-issuer with http is for trials: the issuer on this machine, and a server that only this machine reaches")
		}
	}
	return nil
}
