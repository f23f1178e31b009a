package connect

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ring is a keyring whose servers are at hand.
func ring(now func() time.Time, serve roundTrip) *keyring {
	return newKeyring(&http.Client{Transport: serve}, []string{"https://a.example.com", "https://b.example.com/keys"}, now)
}

func TestKeyServers(t *testing.T) {
	t.Parallel()
	good := publicPEM(t, &pair().PublicKey)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(otherPair())}))
	type reply func() (*http.Response, error)
	says := func(status int, body string) reply {
		return func() (*http.Response, error) { return answer(status, body), nil }
	}
	broken := func() (*http.Response, error) { return nil, errors.New("connection refused") }
	torn := func() (*http.Response, error) {
		r := answer(http.StatusOK, "")
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(good[:40]), tornReader{}))
		return r, nil
	}
	away := func() (*http.Response, error) {
		r := answer(http.StatusFound, "")
		r.Header.Set("Location", "https://evil.example.com/"+kid)
		return r, nil
	}
	for name, test := range map[string]struct {
		first, second reply
		ok            bool
	}{
		"the first has it":            {says(200, good), broken, true},
		"the second has it":           {says(404, ""), says(200, good), true},
		"the first lists nothing":     {says(403, "<Error/>"), says(200, good), true},
		"the first is down":           {broken, says(200, good), true},
		"the first fails":             {says(500, good), says(200, good), true},
		"the first redirects":         {away, says(200, good), true},
		"nobody has it":               {says(404, ""), says(404, ""), false},
		"all are down":                {broken, broken, false},
		"redirects are not followed":  {away, away, false},
		"an error with a key in it":   {says(404, good), says(502, good), false},
		"not a key":                   {says(200, "hello"), says(200, ""), false},
		"a private key":               {says(200, private), says(200, private), false},
		"a key of a curve":            {says(200, publicPEM(t, &curve.PublicKey)), says(404, ""), false},
		"two keys":                    {says(200, good+good), says(404, ""), false},
		"a key that is broken inside": {says(200, strings.Replace(good, "MII", "MIJ", 1)), says(404, ""), false},
		"too much":                    {says(200, good+strings.Repeat(" ", keySize)), says(404, ""), false},
		"half a key":                  {torn, says(404, ""), false},
		"small":                       {says(200, smallKey), says(404, ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := ring(func() time.Time { return start }, func(r *http.Request) (*http.Response, error) {
				if len(r.Header) != 0 {
					t.Errorf("headers are sent: %v", r.Header)
				}
				switch r.URL.String() {
				case "https://a.example.com/" + kid:
					return test.first()
				case "https://b.example.com/keys/" + kid:
					return test.second()
				}
				t.Errorf("asked %s", r.URL)
				return nil, errors.New("another address")
			})
			key, err := k.key(t.Context(), kid)
			if (err == nil) != test.ok || !test.ok && code(err) != NoPublicKey {
				t.Fatalf("got %v", err)
			}
			if test.ok && !key.Equal(&pair().PublicKey) {
				t.Error("another key")
			}
		})
	}
}

type tornReader struct{}

func (tornReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// smallKey has 1024 bits, which libraries of today do not make any more.
const smallKey = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDA3BKUuuSzAkdoHVQb5RvxxGPK
opzhP/axRB/vS6OwvgBny3bRNnlYVpcsFz7GK8JyfJSCuBU/wcTbMNYjfhS+HI0k
WR8tBxtTyqGhcqTGnZFR6zxXpcCrt02MGEEwtKxhunJYHm6OII00KQS6GkS2Twll
/ScDSPX/EFWcQHpGOwIDAQAB
-----END PUBLIC KEY-----
`

func TestKidForm(t *testing.T) {
	t.Parallel()
	k := ring(time.Now, func(r *http.Request) (*http.Response, error) {
		t.Errorf("asked %s", r.URL)
		return nil, errors.New("no")
	})
	for bad, want := range map[string]Code{
		"": MissingKid, ".": InvalidKid, "..": InvalidKid, "../evil": InvalidKid, "a/b": InvalidKid, `a\b`: InvalidKid, "https://evil.example.com/k": InvalidKid,
		"//evil.example.com": InvalidKid, "a?b": InvalidKid, "a#b": InvalidKid, "a%2fb": InvalidKid, "a b": InvalidKid, "a\n": InvalidKid, "a\x00": InvalidKid,
		"@evil.example.com": InvalidKid, "-a": InvalidKid, "ä": InvalidKid, strings.Repeat("a", 129): InvalidKid,
	} {
		if _, err := k.key(t.Context(), bad); code(err) != want {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func TestKeysAreKept(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now, asked, there, down := start, 0, true, false
	k := ring(func() time.Time { mu.Lock(); defer mu.Unlock(); return now }, func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Host == "a.example.com" {
			return answer(http.StatusNotFound, ""), nil
		}
		asked++
		if down {
			return nil, errors.New("down")
		}
		if there {
			return answer(http.StatusOK, publicPEM(t, &pair().PublicKey)), nil
		}
		return answer(http.StatusNotFound, ""), nil
	})
	step := func(what string, later time.Duration, id string, ok bool, want int) {
		t.Helper()
		mu.Lock()
		now = now.Add(later)
		mu.Unlock()
		if _, err := k.key(t.Context(), id); (err == nil) != ok || asked != want {
			t.Errorf("%s: %v, asked %d times, want %d", what, err, asked, want)
		}
	}
	step("first", 0, kid, true, 1)
	step("kept", keyFor-time.Second, kid, true, 1)
	there = false
	step("kept no longer", 2*time.Second, kid, false, 2)
	step("that there is none is kept", noKeyFor-time.Second, kid, false, 2)
	there = true
	step("but not for long", 2*time.Second, kid, true, 3)
	down = true
	step("an outage", 0, "another", false, 4)
	step("is not kept", 0, "another", false, 5)
	for i := range 2 * keysKept {
		k.keep(fmt.Sprint(i), nil)
	}
	if len(k.kept) > keysKept {
		t.Errorf("%d are kept", len(k.kept))
	}
	step("made-up ids push no key out", 0, kid, true, 5)
}

// TestKeysAreFetchedFewAtOnce keeps a flood of made-up ids from becoming a flood of requests.
func TestKeysAreFetchedFewAtOnce(t *testing.T) {
	t.Parallel()
	var at, most atomic.Int32
	release := make(chan struct{})
	full := make(chan struct{})
	var once sync.Once
	k := newKeyring(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		n := at.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if n == keysAtOnce {
			once.Do(func() { close(full) })
		}
		<-release
		at.Add(-1)
		return answer(http.StatusNotFound, ""), nil
	})}, []string{"https://a.example.com"}, time.Now)
	var all sync.WaitGroup
	for i := range 3 * keysAtOnce {
		all.Go(func() { _, _ = k.key(t.Context(), fmt.Sprint("made-up-", i)) })
	}
	<-full
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.key(gone, "waits"); code(err) != NoPublicKey {
		t.Errorf("who went away waits on: %v", err)
	}
	close(release)
	all.Wait()
	if got := most.Load(); got != keysAtOnce {
		t.Errorf("%d at once", got)
	}
}
