package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
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

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/web"
)

const cart = "Feature: Cart\n  @SHOP-1\n  Scenario: Pay\n    Given a cart\n"

const cartPassed = `[{"uri":"features/cart.feature","name":"Cart","elements":[{"type":"scenario","name":"Pay","line":3,` +
	`"steps":[{"keyword":"Given ","name":"a cart","result":{"status":"passed"}}]}]}]`

func TestMetricsTellNoNames(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
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
	h := startTestServer(t, func(c *Config) { c.TLSCert, c.TLSKey = certFile, keyFile })
	if !strings.HasPrefix(h.URL(), "https://") || h.endpoint.cookie() != "__Host-behavepro" {
		t.Errorf("got %s with the cookie %s, want https and a host cookie", h.URL(), h.endpoint.cookie())
	}
	if got := serial(t, h.endpoint.local); got != 1 {
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
		got := responseBuffer{header: http.Header{}}
		req := &http.Request{RemoteAddr: test.from, Header: http.Header{"X-Forwarded-Proto": {test.proto}}}
		handler.ServeHTTP(&got, req)
		if got.status != test.want {
			t.Errorf("from %s with %q: status %d, want %d", test.from, test.proto, got.status, test.want)
		}
	}
}

func TestClientThroughProxies(t *testing.T) {
	t.Parallel()
	if clientThrough(nil) != nil {
		t.Error("without a proxy X-Forwarded-For is read")
	}
	from := clientThrough([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")})
	for _, test := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"10.1.2.3:5", []string{"192.0.2.7"}, "192.0.2.7"},
		{"10.1.2.3:5", []string{"192.0.2.7:4711"}, "192.0.2.7"},
		{"10.1.2.3:5", []string{"[2001:db8::7]:4711"}, "2001:db8::7"},
		{"10.1.2.3:5", []string{"198.51.100.1, 192.0.2.7"}, "192.0.2.7"},
		{"10.1.2.3:5", []string{"198.51.100.1", "192.0.2.7, fd00::1,10.1.0.9"}, "192.0.2.7"},
		{"10.1.2.3:5", []string{"198.51.100.1, nonsense"}, "10.1.2.3"},
		{"10.1.2.3:5", []string{"10.1.0.1"}, "10.1.0.1"},
		{"10.1.2.3:5", nil, "10.1.2.3"},
		{"127.0.0.1:5", []string{"192.0.2.7"}, "192.0.2.7"},
		{"192.0.2.8:5", []string{"192.0.2.7"}, "192.0.2.8"},
		{"nonsense", []string{"192.0.2.7"}, "invalid IP"},
	} {
		got := from(&http.Request{RemoteAddr: test.remote, Header: http.Header{"X-Forwarded-For": test.forwarded}})
		if got.String() != test.want {
			t.Errorf("from %s for %q: got %s, want %s", test.remote, test.forwarded, got, test.want)
		}
	}
}

// TestGuessedLinks: who guesses links to the pages has to wait, in a page that says so; others come in.
func TestGuessedLinks(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	open := func(ticket, from string) answered {
		return h.ask(http.MethodGet, "/open?ticket="+ticket, "", header("X-Forwarded-For", from))
	}
	for n := range web.MaxFailures {
		if got := open(fmt.Sprint("guess", n), "192.0.2.1"); got.status != http.StatusUnauthorized {
			t.Fatalf("guess %d: status %d, want 401", n, got.status)
		}
	}
	ticket, err := h.app.registry.NewTicket(t.Context(), access.Ticket{Grant: grant(behavepro.Local, "SHOP"), Until: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	got := open(ticket.Reveal(), "192.0.2.1")
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "20 attempts to sign in") {
		t.Errorf("a guess too many: %d, Retry-After %q: %s", got.status, got.header.Get("Retry-After"), got.body)
	}
	if got := open(ticket.Reveal(), "192.0.2.2"); got.status != http.StatusSeeOther {
		t.Errorf("from elsewhere: status %d, want 303", got.status)
	}
}

func TestReusableLinkLastsUntilItsEnd(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
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
