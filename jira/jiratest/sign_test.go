package jiratest_test

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/behavepro/behavepro/jira/jiratest"
)

func TestQSH(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/qsh.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct{ Name, Method, Target, Base, Canonical, QSH string }
	if err := json.Unmarshal(text, &examples); err != nil || len(examples) == 0 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, e := range examples {
		u, err := url.Parse(e.Target)
		if err != nil {
			t.Fatal(err)
		}
		if got := jiratest.Canonical(e.Method, u, e.Base); got != e.Canonical {
			t.Errorf("%s: %s, want %s", e.Name, got, e.Canonical)
		}
		if got := jiratest.QSH(e.Method, u, e.Base); got != e.QSH {
			t.Errorf("%s: hash %s, want %s", e.Name, got, e.QSH)
		}
	}
}

// key fetches an install key; "" where there is none.
func key(t *testing.T, j *jiratest.Jira, kid string) string {
	t.Helper()
	client := http.Client{Transport: j.Transport()}
	res, err := client.Get(j.KeysURL() + "/" + kid)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		return ""
	}
	if block, _ := pem.Decode(text); block == nil || block.Type != "PUBLIC KEY" {
		t.Fatalf("no key in PEM: %s", text)
	}
	return string(text)
}

func kidOf(t *testing.T, token string) string {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	kid, _ := parsed.Header["kid"].(string)
	return kid
}

func TestInstallKeysRotate(t *testing.T) {
	t.Parallel()
	j := jiratest.New(jiratest.Options{})
	verify := func(token, text string) error {
		_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return jwt.ParseRSAPublicKeyFromPEM([]byte(text)) }, jwt.WithValidMethods([]string{"RS256"}))
		return err
	}
	sign := func() (token, kid string) {
		token, err := j.SignRS256("", jiratest.Claims{"iss": "x"})
		if err != nil {
			t.Fatal(err)
		}
		return token, kidOf(t, token)
	}
	first, firstID := sign()
	old := key(t, j, firstID)
	if err := verify(first, old); err != nil {
		t.Errorf("the first key: %v", err)
	}
	j.RotateKeys(false)
	second, secondID := sign()
	if secondID == firstID || verify(second, key(t, j, secondID)) != nil || verify(second, old) == nil {
		t.Error("keys were not rotated")
	}
	if key(t, j, firstID) != old {
		t.Error("a key that was not withdrawn is gone")
	}
	j.RotateKeys(true)
	if key(t, j, firstID) != "" || key(t, j, secondID) != "" {
		t.Error("a withdrawn key is still told")
	}
	for _, kid := range []string{"", "none", "../secret", strings.Repeat("a", 10_000)} {
		if key(t, j, kid) != "" {
			t.Errorf("there is a key %q", kid)
		}
	}
}
