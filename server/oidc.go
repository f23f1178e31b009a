package server

import (
	"net/url"

	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/outbound"
)

// idTokens checks the ID tokens of CI jobs; nil where no issuer is listed. The operator named the issuers, so that they may have
// private addresses; nothing else may.
func (a *App) idTokens(e endpoint) *oidc.Verifier {
	if len(a.conf.OIDCIssuers) == 0 {
		return nil
	}
	policy := outbound.Policy{Proxy: a.conf.GitProxy, RootCAs: a.conf.Outbound.RootCAs}
	for _, issuer := range a.conf.OIDCIssuers {
		if u, err := url.Parse(issuer); err == nil {
			policy.Hosts = append(policy.Hosts, u.Hostname())
		}
	}
	return oidc.New(oidc.Options{Issuers: a.conf.OIDCIssuers, Audience: e.url, Client: policy.Client()})
}
