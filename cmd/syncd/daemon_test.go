package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const cart = "Feature: Cart\n  @SHOP-1\n  Scenario: Pay\n    Given a cart\n"

const cartPassed = `[{"uri":"features/cart.feature","name":"Cart","elements":[{"type":"scenario","name":"Pay","line":3,` +
	`"steps":[{"keyword":"Given ","name":"a cart","result":{"status":"passed"}}]}]}]`

func TestMetricsTellNoNames(t *testing.T) {
	t.Parallel()
	h := startHouse(t, nil)
	commit := h.commit("shop", map[string]string{"features/cart.feature": cart})
	h.connect("shop", "secret-name", "SECRETPROJECT")
	h.push(t.Context(), "secret-name", commit, cartPassed)

	resp, err := http.Get(h.metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text := new(strings.Builder)
	if _, err := io.Copy(text, resp.Body); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`behavepro_request_seconds_count{route="POST /api/v1/repos",status="201"} 1`,
		`behavepro_sync_seconds_count{kind="import",outcome="done"} 1`,
		`behavepro_pushes_total{state="matched"} 1`,
		`behavepro_jobs{kind="poll",state="later"} 1`,
		`behavepro_waiting_pushes 0`,
		`behavepro_store_records `,
		`behavepro_store_bytes `,
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	for _, name := range []string{"secret-name", "SECRETPROJECT", `"local"`} {
		if strings.Contains(text.String(), name) {
			t.Errorf("the metrics name %s", name)
		}
	}
	if got := h.ask(http.MethodGet, "/metrics", "", nil); got.status != http.StatusNotFound {
		t.Errorf("the public listener answers /metrics with %d, want 404", got.status)
	}
}

func TestTLSIsReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, certFile, keyFile, 1)
	h := startHouse(t, func(c *config) { c.tlsCert, c.tlsKey = certFile, keyFile })
	if !strings.HasPrefix(h.URL(), "https://") || h.site.cookie() != "__Host-behavepro" {
		t.Errorf("got %s with the cookie %s, want https and a host cookie", h.URL(), h.site.cookie())
	}
	if got := serial(t, h.site.local); got != 1 {
		t.Errorf("serial %d, want 1", got)
	}

	c := &certificate{certFile: certFile, keyFile: keyFile, log: slog.New(slog.DiscardHandler)}
	if err := c.read(); err != nil {
		t.Fatal(err)
	}
	first := c.pair
	now := time.Now()
	if c.current(now) != first {
		t.Error("an unchanged pair was read again")
	}
	writePair(t, certFile, keyFile, 2)
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(certFile, later, later); err != nil {
		t.Fatal(err)
	}
	second := c.current(now.Add(time.Minute))
	if second == first {
		t.Error("a changed pair was not read again")
	}
	if err := os.WriteFile(keyFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	evenLater := later.Add(time.Minute)
	if err := os.Chtimes(keyFile, evenLater, evenLater); err != nil {
		t.Fatal(err)
	}
	if c.current(now.Add(2*time.Minute)) != second {
		t.Error("a broken pair took the place of a good one")
	}
}

// serial connects over TLS 1.2 and returns the certificate's serial number; older versions have to be refused.
func serial(t *testing.T, address string) int64 {
	t.Helper()
	host := strings.TrimPrefix(address, "https://")
	if conn, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		conn.Close()
		t.Error("TLS 1.1 was accepted")
	}
	conn, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func writePair(t *testing.T, certFile, keyFile string, number int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTrustedProxy(t *testing.T) {
	t.Parallel()
	handler := behindProxy([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	for _, test := range []struct {
		from, proto string
		want        int
	}{
		{"10.1.2.3:5", "https", 204},
		{"10.1.2.3:5", "", 204},
		{"10.1.2.3:5", "http", 403},
		{"[::ffff:10.1.2.3]:5", "https", 204},
		{"10.2.0.1:5", "https", 403},
		{"127.0.0.1:5", "", 204},
		{"nonsense", "https", 403},
	} {
		got := answer{header: http.Header{}}
		req := &http.Request{RemoteAddr: test.from, Header: http.Header{"X-Forwarded-Proto": {test.proto}}}
		handler.ServeHTTP(&got, req)
		if got.status != test.want {
			t.Errorf("from %s with %q: status %d, want %d", test.from, test.proto, got.status, test.want)
		}
	}
}

func TestReusableLinkLastsUntilItsEnd(t *testing.T) {
	t.Parallel()
	h := startHouse(t, nil)
	link, err := h.Link(t.Context(), time.Now().Add(time.Hour), "/issues/SHOP-1")
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(link, h.URL())
	for range 2 {
		got := h.ask(http.MethodGet, path, "", nil)
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/issues/SHOP-1" {
			t.Errorf("status %d to %q, want 303 to the issue", got.status, got.header.Get("Location"))
		}
	}
}

func TestOwnPath(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"": "/", "/": "/", "/issues/SHOP-1?ref=x#y": "/issues/SHOP-1?ref=x#y", "//evil.example": "/", "https://evil.example/": "/",
		`/\evil.example`: "/", "/\tevil": "/", "javascript:alert(1)": "/", "issues": "/", "/%zz": "/",
	} {
		if got := ownPath(to); got != want {
			t.Errorf("ownPath(%q) = %q, want %q", to, got, want)
		}
	}
}
