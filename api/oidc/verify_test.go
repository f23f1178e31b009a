package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/api/oidc/oidctest"
)

const (
	here   = "https://behave.example.com"
	commit = "00112233445566778899aabbccddeeff00112233"
)

var now = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)

func verifier(issuers ...*oidctest.Issuer) *oidc.Verifier {
	var urls []string
	for _, i := range issuers {
		urls = append(urls, i.URL)
	}
	return oidc.New(oidc.Options{Issuers: urls, Audience: here + "/", Client: http.DefaultClient})
}

func TestJobs(t *testing.T) {
	t.Parallel()
	i := oidctest.Start(t)
	v := verifier(i)
	sha, _ := behavepro.ParseSHA(commit)
	github := access.Job{
		CIJob:        behavepro.CIJob{Issuer: i.URL, Subject: "repo:acme/shop:ref:refs/heads/main", Ref: "refs/heads/main", Event: "push"},
		RepositoryID: "1001", OwnerID: "77", Repository: "acme/shop", Commit: sha,
	}
	gitlab := github
	gitlab.Subject = "project_path:acme/shop:ref_type:branch:ref:main"
	older := i.GitLab(here, commit, now)
	delete(older, "ref_path")
	for _, test := range []struct {
		name   string
		claims jwt.MapClaims
		want   access.Job
		tenant behavepro.TenantID
	}{
		{"GitHub", i.GitHub(here, commit, now), github, behavepro.Local},
		{"GitLab", i.GitLab(here, commit, now), gitlab, behavepro.Local},
		{"an older GitLab", older, gitlab, behavepro.Local},
		{"for another tenant", i.GitHub(here+"/t123", commit, now), github, "t123"},
	} {
		got, tenant, err := v.Verify(t.Context(), i.Sign(test.claims), now)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(test.want, *got); diff != "" || tenant != test.tenant {
			t.Errorf("%s: tenant %s (-want +got):\n%s", test.name, tenant, diff)
		}
	}
	if n := i.Asked.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times, want once", n)
	}
}

// TestAttacks: whatever is wrong with a token, it is refused, and the answer does not hold it.
func TestAttacks(t *testing.T) {
	t.Parallel()
	i, stranger := oidctest.Start(t), oidctest.Start(t)
	v := verifier(i)
	with := func(change func(jwt.MapClaims)) jwt.MapClaims {
		c := i.GitHub(here, commit, now)
		change(c)
		return c
	}
	set := func(name string, value any) string { return i.Sign(with(func(c jwt.MapClaims) { c[name] = value })) }
	without := func(name string) string { return i.Sign(with(func(c jwt.MapClaims) { delete(c, name) })) }
	public, err := x509.MarshalPKIXPublicKey(&i.Key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	inPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	good := i.GitHub(here, commit, now)
	whole := i.Sign(good)
	header, rest, _ := strings.Cut(whole, ".")
	_, signature, _ := strings.Cut(rest, ".")
	jku := jwt.NewWithClaims(jwt.SigningMethodRS256, good)
	jku.Header["kid"], jku.Header["jku"] = stranger.Kid+"-other", stranger.URL+"/keys"
	withJKU, err := jku.SignedString(stranger.Key)
	if err != nil {
		t.Fatal(err)
	}
	otherPayload := strings.Split(set("repository_id", "666"), ".")[1]
	for name, token := range map[string]string{
		"an issuer that is not listed":         stranger.Sign(stranger.GitHub(here, commit, now)),
		"another's signature":                  i.SignAs(jwt.SigningMethodRS256, stranger.Key, i.Kid, good),
		"alg none":                             i.SignAs(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, i.Kid, good),
		"HS256 with the public key":            i.SignAs(jwt.SigningMethodHS256, inPEM, i.Kid, good),
		"HS256 with the modulus":               i.SignAs(jwt.SigningMethodHS256, i.Key.N.Bytes(), i.Kid, good),
		"RS512":                                i.SignAs(jwt.SigningMethodRS512, i.Key, i.Kid, good),
		"PS256":                                i.SignAs(jwt.SigningMethodPS256, i.Key, i.Kid, good),
		"no key id":                            i.SignAs(jwt.SigningMethodRS256, i.Key, "", good),
		"a key id that is a path":              i.SignAs(jwt.SigningMethodRS256, stranger.Key, "../../keys", good),
		"a key id that is an address":          i.SignAs(jwt.SigningMethodRS256, stranger.Key, stranger.URL+"/keys", good),
		"an address of keys in the header":     withJKU,
		"another payload under the signature":  header + "." + otherPayload + "." + signature,
		"no signature":                         header + "." + strings.Split(rest, ".")[0] + ".",
		"another audience":                     set("aud", "https://elsewhere.example.com"),
		"no audience":                          without("aud"),
		"two audiences":                        set("aud", []string{here, "https://elsewhere.example.com"}),
		"an audience that begins like ours":    set("aud", here+".evil.example"),
		"an audience with a path":              set("aud", here+"/a/b"),
		"an expired one":                       set("exp", now.Add(-2*time.Minute).Unix()),
		"no end":                               without("exp"),
		"no begin":                             without("iat"),
		"made in the future":                   set("iat", now.Add(time.Hour).Unix()),
		"not valid yet":                        set("nbf", now.Add(time.Hour).Unix()),
		"valid for a year":                     set("exp", now.AddDate(1, 0, 0).Unix()),
		"no repository id":                     without("repository_id"),
		"no owner id":                          without("repository_owner_id"),
		"no ref":                               without("ref"),
		"no event":                             without("event_name"),
		"no subject":                           without("sub"),
		"no commit":                            without("sha"),
		"a commit that is a branch":            set("sha", "main"),
		"pull_request_target":                  set("event_name", "pull_request_target"),
		"GitHub's and GitLab's names together": set("project_id", "1001"),
		"17 KB":                                set("more", strings.Repeat("x", 17<<10)),
		"no JWT":                               "eyJhbGciOiJub25lIn0.x.y",
	} {
		job, _, err := v.Verify(t.Context(), token, now)
		if !errors.Is(err, behavepro.ErrUnauthenticated) || job != nil {
			t.Errorf("%s: got %v, %v", name, job, err)
		} else if strings.Contains(err.Error(), token) {
			t.Errorf("%s: the answer holds the token: %v", name, err)
		}
	}
	if n := stranger.Asked.Load(); n != 0 {
		t.Errorf("a stranger was asked for keys %d times", n)
	}
	if n := i.Asked.Load(); n > 2 {
		t.Errorf("made-up key ids made %d fetches", n)
	}
	if _, _, err := v.Verify(t.Context(), whole, now); err != nil {
		t.Errorf("afterwards a good one is refused: %v", err)
	}
}

// TestKeysChange: a new key of the issuer is found within a minute; when the issuer is away, the keys that are there hold.
func TestKeysChange(t *testing.T) {
	t.Parallel()
	i := oidctest.Start(t)
	v := verifier(i)
	verify := func(at time.Time) error {
		_, _, err := v.Verify(t.Context(), i.Sign(i.GitHub(here, commit, at)), at)
		return err
	}
	if err := verify(now); err != nil {
		t.Fatal(err)
	}
	old, oldKid := i.Key, i.Kid
	fresh, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.Key, i.Kid = fresh, "second"
	if err := verify(now.Add(30 * time.Second)); !errors.Is(err, behavepro.ErrUnauthenticated) {
		t.Errorf("within the minute: %v", err)
	}
	if err := verify(now.Add(61 * time.Second)); err != nil {
		t.Errorf("after it: %v", err)
	}
	i.Broken.Store(true)
	if err := verify(now.Add(3 * time.Hour)); err != nil {
		t.Errorf("with an issuer that is away: %v", err)
	}
	i.Broken.Store(false)
	later := now.Add(6 * time.Hour)
	if err := verify(later); err != nil {
		t.Errorf("later: %v", err)
	}
	token := i.SignAs(jwt.SigningMethodRS256, old, oldKid, i.GitHub(here, commit, later))
	if _, _, err := v.Verify(t.Context(), token, later); !errors.Is(err, behavepro.ErrUnauthenticated) {
		t.Errorf("a key that was taken back opens: %v", err)
	}
}

// TestIssuerAway: that the keys cannot be had is no refusal of the token, and is not asked about again and again.
func TestIssuerAway(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(i *oidctest.Issuer){
		"away": func(i *oidctest.Issuer) { i.Broken.Store(true) },
		"keys on another host": func(i *oidctest.Issuer) {
			i.Config = func(d map[string]any) { d["jwks_uri"] = "http://192.0.2.1/keys" }
		},
		"another issuer's name": func(i *oidctest.Issuer) {
			i.Config = func(d map[string]any) { d["issuer"] = "https://elsewhere.example.com" }
		},
		"large": func(i *oidctest.Issuer) { i.Keys = func(d map[string]any) { d["more"] = strings.Repeat("x", 1<<20) } },
	} {
		i := oidctest.Start(t)
		spoil(i)
		v := verifier(i)
		for range 5 {
			if _, _, err := v.Verify(t.Context(), i.Sign(i.GitHub(here, commit, now)), now); !errors.Is(err, behavepro.ErrUnavailable) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := i.Asked.Load(); n > 1 {
			t.Errorf("%s: asked %d times", name, n)
		}
	}
	i := oidctest.Start(t)
	i.Key = small
	if _, _, err := verifier(i).Verify(t.Context(), i.Sign(i.GitHub(here, commit, now)), now); !errors.Is(err, behavepro.ErrUnauthenticated) {
		t.Errorf("a key of 1024 bits: %v", err)
	}
}

func TestCheckIssuer(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"https://token.actions.githubusercontent.com", "https://gitlab.example.com:8443", "https://ghe.example.com/_services/token", "http://127.0.0.1:1"} {
		if err := oidc.CheckIssuer(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "gitlab.com", "https://gitlab.com/", "ftp://gitlab.com", "https://u:p@gitlab.com", "https://gitlab.com?x=1", "https://gitlab.com#x"} {
		if err := oidc.CheckIssuer(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
