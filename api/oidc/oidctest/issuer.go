// Package oidctest is a CI service to try ID tokens with: an issuer on this machine, with keys of its own.
package oidctest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Issuer is a running CI service.
type Issuer struct {
	URL    string
	Key    *rsa.PrivateKey
	Kid    string
	Asked  atomic.Int32 // for keys
	Broken atomic.Bool  // it answers nothing any more
	// Config and Keys change what it publishes; nil leaves it.
	Config, Keys func(map[string]any)

	t      testing.TB
	server *httptest.Server
}

// Start runs an issuer until the test ends.
func Start(t testing.TB) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{t: t, Key: key, Kid: "first"}
	i.server = httptest.NewServer(http.HandlerFunc(i.serve))
	i.URL = i.server.URL
	t.Cleanup(i.server.Close)
	return i
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	if i.Broken.Load() {
		http.Error(w, "broken", http.StatusInternalServerError)
		return
	}
	doc, change := map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys"}, i.Config
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
	case "/keys":
		i.Asked.Add(1)
		doc, change = map[string]any{"keys": []any{i.jwk()}}, i.Keys
	default:
		http.NotFound(w, r)
		return
	}
	if change != nil {
		change(doc)
	}
	_ = json.NewEncoder(w).Encode(doc) // a caller who went away misses it
}

func (i *Issuer) jwk() map[string]any {
	word := base64.RawURLEncoding.EncodeToString
	return map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": i.Kid,
		"n": word(i.Key.N.Bytes()), "e": word(big.NewInt(int64(i.Key.E)).Bytes()),
	}
}

// GitHub are the claims of a job of GitHub Actions for a push to main.
func (i *Issuer) GitHub(audience, commit string, now time.Time) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": i.URL, "aud": audience, "sub": "repo:acme/shop:ref:refs/heads/main", "iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(),
		"exp": now.Add(5 * time.Minute).Unix(), "jti": "one", "repository": "acme/shop", "repository_id": "1001", "repository_owner": "acme",
		"repository_owner_id": "77", "ref": "refs/heads/main", "ref_type": "branch", "event_name": "push", "sha": commit, "run_id": "5",
	}
}

// GitLab are the claims of a job of GitLab CI for a push to main.
func (i *Issuer) GitLab(audience, commit string, now time.Time) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": i.URL, "aud": audience, "sub": "project_path:acme/shop:ref_type:branch:ref:main", "iat": now.Unix(), "nbf": now.Unix(),
		"exp": now.Add(time.Hour).
			Unix(),
		"jti": "two", "project_id": "1001", "project_path": "acme/shop", "namespace_id": "77", "namespace_path": "acme",
		"ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "pipeline_source": "push", "sha": commit, "pipeline_id": "5",
	}
}

// Sign signs claims as the issuer does.
func (i *Issuer) Sign(claims jwt.MapClaims) string {
	i.t.Helper()
	return i.SignAs(jwt.SigningMethodRS256, i.Key, i.Kid, claims)
}

// SignAs signs claims in any way; the kid "" is left out.
func (i *Issuer) SignAs(method jwt.SigningMethod, key any, kid string, claims jwt.MapClaims) string {
	i.t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if kid != "" {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}
