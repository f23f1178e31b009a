package connect

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/golang-jwt/jwt/v5"
)

func TestTransportSigns(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	i := w.install(t, shop)
	var got *http.Request
	send := w.Transport(&i, roundTrip(func(r *http.Request) (*http.Response, error) {
		got = r
		return answer(http.StatusOK, "{}"), nil
	}))
	for _, target := range []string{"/rest/api/3/search/jql?jql=a+%3D+b&fields=x&fields=a", "/rest/api/3/issue/SHOP-1", "", "/a%2Fb?c=;"} {
		req, err := http.NewRequest("GET", shopURL+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer of somebody")
		resp, err := send.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if req.Header.Get("Authorization") != "Bearer of somebody" {
			t.Error("the caller's request was changed")
		}
		token, ok := strings.CutPrefix(got.Header.Get("Authorization"), "JWT ")
		if !ok {
			t.Fatalf("header %q", got.Header.Get("Authorization"))
		}
		c := claims{}
		if _, err := jwt.NewParser(jwt.WithoutClaimsValidation()).ParseWithClaims(token, c, func(*jwt.Token) (any, error) { return []byte(secret), nil }); err != nil {
			t.Fatal(err)
		}
		if c["iss"] != DefaultKey || c["qsh"] != QueryStringHash("GET", got.URL, "") || c["iat"] != float64(w.clock().Unix()) ||
			c["exp"].(float64)-c["iat"].(float64) > 180 || len(c) != 4 {
			t.Errorf("%s: claims %v", target, c)
		}
	}
}

func TestTransportRefuses(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	i := w.install(t, shop)
	called := false
	base := roundTrip(func(*http.Request) (*http.Response, error) { called = true; return answer(http.StatusOK, ""), nil })
	for _, address := range []string{
		"https://evil.example.com/rest", "http://shop.atlassian.net/rest", "https://shop.atlassian.net:8443/rest", "https://shop.atlassian.net.evil.example/",
		"https://user:x@shop.atlassian.net/rest", "https://jira.example.com/rest", "https://other.atlassian.net/rest",
	} {
		body := &closing{}
		req, err := http.NewRequest("POST", address, body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Transport(&i, base).RoundTrip(req); !errors.Is(err, behavepro.ErrRefused) || called || !body.closed {
			t.Errorf("%s: %v, called %v, closed %v", address, err, called, body.closed)
		}
	}
	gone := i
	gone.Secret = behavepro.Secret{}
	req := httptest.NewRequest("GET", shopURL+"/rest", nil)
	if _, err := w.Transport(&gone, base).RoundTrip(req); !errors.Is(err, behavepro.ErrGone) || called {
		t.Errorf("without a secret: %v", err)
	}
}

type closing struct{ closed bool }

func (c *closing) Read([]byte) (int, error) { return 0, io.EOF }
func (c *closing) Close() error             { c.closed = true; return nil }

func TestTransportAnonymous(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	i := w.install(t, shop)
	req := httptest.NewRequest("GET", shopURL+"/rest", nil).WithContext(jira.Anonymous(t.Context()))
	req.Header.Set("Authorization", "JWT x")
	resp, err := w.Transport(&i, roundTrip(func(r *http.Request) (*http.Response, error) {
		if h := r.Header.Get("Authorization"); h != "" {
			t.Errorf("sent %q", h)
		}
		return answer(http.StatusOK, ""), nil
	})).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

// TestOurCallOpensNoDoorOfOurs keeps what we send to Jira from being sent back to us.
func TestOurCallOpensNoDoorOfOurs(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	i := w.install(t, shop)
	var sent string
	resp, err := w.Transport(&i, roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = strings.TrimPrefix(r.Header.Get("Authorization"), "JWT ")
		return answer(http.StatusOK, ""), nil
	})).RoundTrip(httptest.NewRequest("GET", shopURL+"/panels/scenarios", nil))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if _, err := w.Visit(visitRequest("GET", "/connect/panels/scenarios", sent), URLBound, ""); code(err) != UnknownIssuer {
		t.Errorf("got %v", err)
	}
}

// TestClientFollowsTheInstall calls a site at its new address with its new secret.
func TestClientFollowsTheInstall(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	i := w.install(t, shop)
	first := w.Jira(&i)
	if w.Jira(&i) != first {
		t.Error("the same install has two clients")
	}
	w.pass(time.Second)
	if status := w.lifecycle(t, "installed", map[string]any{"sharedSecret": "a rotated secret"}); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	i = w.install(t, shop)
	if w.Jira(&i) == first {
		t.Error("the client before is kept")
	}
}
