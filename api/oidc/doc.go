// Package oidc lets CI jobs in by the ID tokens of their service (OpenID Connect), so that a pipeline needs no API token.
//
// It promises: only tokens of issuers that the operator listed are looked at; their keys come from the issuer's own host over
// the operator's outbound policy, and are kept; the algorithm is RS256 and never the token's choice; the audience is this server,
// and says the tenant; a token without end, start or repository opens nothing, and neither does one of pull_request_target. It
// knows nothing of HTTP requests, and what a job may do is said by access.
package oidc
