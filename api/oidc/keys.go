package oidc

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"github.com/behavepro/behavepro"
)

const (
	fetchTime   = 10 * time.Second // of one document
	maxDocument = 256 << 10        // bytes of one
	keysFor     = time.Hour        // how long keys are kept
	keysAgain   = time.Minute      // how soon they may be fetched again for a key that is not among them, or after a failure
	minimumBits = 2048
)

// issuer is a CI service that the operator listed, with its keys.
type issuer struct {
	url    string
	client *http.Client

	mu     sync.Mutex // held while the keys are fetched: one fetch is enough for all who wait
	keys   keyfunc.Keyfunc
	ids    map[string]bool
	got    time.Time // when keys were fetched
	tried  time.Time
	failed error // of the last try
}

// key gives the key that a token names.
func (i *issuer) key(ctx context.Context, token *jwt.Token, now time.Time) (any, error) {
	kid, _ := token.Header["kid"].(string)
	if kid == "" {
		return nil, fmt.Errorf("the token names no key: %w", jwt.ErrTokenUnverifiable)
	}
	keys, err := i.holding(ctx, kid, now)
	if err != nil {
		return nil, err
	}
	found, err := keys.KeyfuncCtx(ctx)(token)
	if err != nil {
		return nil, err
	}
	if k, ok := found.(*rsa.PublicKey); !ok || k.N.BitLen() < minimumBits {
		return nil, fmt.Errorf("key %q is no RSA key of %d bits or more: %w", kid, minimumBits, jwt.ErrTokenUnverifiable)
	}
	return found, nil
}

// holding gives keys that are not too old and, if they can be had, hold one. A flood of made-up key ids becomes at most one fetch a
// minute.
func (i *issuer) holding(ctx context.Context, kid string, now time.Time) (keyfunc.Keyfunc, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	fresh := i.keys != nil && now.Sub(i.got) < keysFor
	if fresh && i.ids[kid] || now.Sub(i.tried) < keysAgain {
		if i.keys == nil {
			return nil, i.failed
		}
		return i.keys, nil
	}
	i.tried = now
	keys, ids, err := i.fetch(ctx)
	if err != nil {
		i.failed = behavepro.Explain(
			fmt.Errorf("%w: keys of %s: %w", behavepro.ErrUnavailable, i.url, err),
			"the keys of "+i.url+" cannot be had just now",
			"try again in a minute",
		)
		if i.keys != nil {
			return i.keys, nil // those that are there still hold
		}
		return nil, i.failed
	}
	i.keys, i.ids, i.got, i.failed = keys, ids, now, nil
	return keys, nil
}

// fetch reads where the issuer's keys are, and the keys.
func (i *issuer) fetch(ctx context.Context) (keyfunc.Keyfunc, map[string]bool, error) {
	var about struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	text, err := i.get(ctx, i.url+"/.well-known/openid-configuration")
	if err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(text, &about); err != nil {
		return nil, nil, fmt.Errorf("read the issuer's configuration: %w", err)
	}
	own, err := url.Parse(i.url)
	if err != nil {
		return nil, nil, err
	}
	at, err := url.Parse(about.Keys)
	if err != nil || about.Issuer != i.url || at.Scheme != own.Scheme || at.Host != own.Host {
		return nil, nil, fmt.Errorf("the configuration is of issuer %q with keys at %q: not of this host", about.Issuer, about.Keys)
	}
	if text, err = i.get(ctx, about.Keys); err != nil {
		return nil, nil, err
	}
	keys, err := keyfunc.NewJWKSetJSON(text)
	if err != nil {
		return nil, nil, fmt.Errorf("read keys: %w", err)
	}
	var listed struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(text, &listed); err != nil {
		return nil, nil, fmt.Errorf("read keys: %w", err)
	}
	ids := map[string]bool{}
	for _, k := range listed.Keys {
		ids[k.ID] = true
	}
	return keys, ids, nil
}

func (i *issuer) get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := i.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", address, resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	if err == nil && len(text) > maxDocument {
		err = fmt.Errorf("%s has more than %d bytes", address, maxDocument)
	}
	return text, err
}

// CheckIssuer reads the address of an issuer as the operator lists it: https, or http on a loopback address for trials. Its
// tokens name it letter by letter.
func CheckIssuer(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		strings.HasSuffix(text, "/") {
		return fmt.Errorf("%q is no issuer such as https://token.actions.githubusercontent.com (no / at its end)", text)
	}
	return nil
}
