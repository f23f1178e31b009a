package connect

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Where Atlassian publishes the keys that install tokens are signed with.
const (
	keysNow  = "https://asap-distribution.us-west-2.prod.atl-asap.net"
	keysThen = "https://connect-install-keys.atlassian.com"
)

const (
	keyTimeout  = 10 * time.Second // of one fetch
	keySize     = 16 << 10         // bytes
	keyFor      = time.Hour        // how long a key is kept
	noKeyFor    = time.Minute      // how long it is kept that there is none
	keysKept    = 256
	keysAtOnce  = 4 // fetches, so that a flood of made-up key ids does not become one of ours
	minimumBits = 2048
)

// kidForm is what a key id looks like: no path, no address, no escape.
var kidForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`)

// keyring fetches and keeps public keys.
type keyring struct {
	client *http.Client
	from   []string
	now    func() time.Time
	turns  chan struct{}

	mu   sync.Mutex
	kept map[string]keptKey
}

type keptKey struct {
	key   *rsa.PublicKey // nil: there is none
	until time.Time
}

func newKeyring(client *http.Client, from []string, now func() time.Time) *keyring {
	own := http.Client{
		Transport:     client.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &keyring{client: &own, from: from, now: now, turns: make(chan struct{}, keysAtOnce), kept: map[string]keptKey{}}
}

var errNoKey = errors.New("no such key")

// key returns the key of an id. A refusal says MISSING_KID, INVALID_KID or FAILED_TO_OBTAIN_PUBLIC_KEY.
func (k *keyring) key(ctx context.Context, kid string) (*rsa.PublicKey, error) {
	switch {
	case kid == "":
		return nil, refuse(MissingKid, "")
	case !kidForm.MatchString(kid):
		return nil, refuse(InvalidKid, "%d bytes", len(kid))
	}
	if key, ok := k.look(kid); ok {
		return key, known(key)
	}
	select {
	case k.turns <- struct{}{}:
		defer func() { <-k.turns }()
	case <-ctx.Done():
		return nil, refuse(NoPublicKey, "%v", ctx.Err())
	}
	if key, ok := k.look(kid); ok { // somebody else was faster
		return key, known(key)
	}
	key, err := k.fetch(ctx, kid)
	if err != nil && !errors.Is(err, errNoKey) {
		return nil, refuse(NoPublicKey, "%v", err)
	}
	k.keep(kid, key)
	return key, known(key)
}

func known(key *rsa.PublicKey) error {
	if key == nil {
		return refuse(NoPublicKey, "%v", errNoKey)
	}
	return nil
}

func (k *keyring) look(kid string) (*rsa.PublicKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.kept[kid]
	return kept.key, ok && k.now().Before(kept.until)
}

// keep makes room by what ends first; that there is no key ends before any key does.
func (k *keyring) keep(kid string, key *rsa.PublicKey) {
	lasts := keyFor
	if key == nil {
		lasts = noKeyFor
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.kept) >= keysKept {
		first := ""
		for id, kept := range k.kept {
			if first == "" || kept.until.Before(k.kept[first].until) {
				first = id
			}
		}
		delete(k.kept, first)
	}
	k.kept[kid] = keptKey{key: key, until: k.now().Add(lasts)}
}

// fetch asks the servers in turn. errNoKey means that every one of them says that there is no such key.
func (k *keyring) fetch(ctx context.Context, kid string) (*rsa.PublicKey, error) {
	var failed []error
	for _, from := range k.from {
		key, err := k.fetchFrom(ctx, from+"/"+kid)
		if err == nil {
			return key, nil
		}
		if !errors.Is(err, errNoKey) {
			failed = append(failed, fmt.Errorf("ask %s: %w", from, err))
		}
	}
	if len(failed) > 0 {
		return nil, errors.Join(failed...)
	}
	return nil, errNoKey
}

func (k *keyring) fetchFrom(ctx context.Context, address string) (*rsa.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusForbidden: // a store that lists nothing says 403
		return nil, errNoKey
	default:
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, keySize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > keySize {
		return nil, fmt.Errorf("more than %d bytes", keySize)
	}
	return parseKey(text)
}

// parseKey reads one RSA public key in PEM.
func parseKey(text []byte) (*rsa.PublicKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("not one public key in PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("parse key: %w", err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("not an RSA key")
	}
	if key.N.BitLen() < minimumBits {
		return nil, fmt.Errorf("an RSA key of %d bits", key.N.BitLen())
	}
	return key, nil
}
