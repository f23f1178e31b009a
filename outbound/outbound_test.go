package outbound

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	var open Policy
	if err := open.ParseAllowed([]string{"git.corp", "10.1.0.0/16", "192.168.7.7"}); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		policy     Policy
		host, addr string
		allowed    bool
	}{
		{Policy{}, "github.com", "140.82.112.3", true},
		{Policy{}, "github.com", "2606:50c0:8000::153", true},
		{Policy{}, "localhost", "127.0.0.1", false},
		{Policy{}, "x", "::1", false},
		{Policy{}, "x", "10.0.0.1", false},
		{Policy{}, "x", "172.16.9.9", false},
		{Policy{}, "x", "192.168.1.1", false},
		{Policy{}, "x", "169.254.1.1", false},
		{Policy{}, "x", "100.64.0.1", false},
		{Policy{}, "x", "fc00::1", false},
		{Policy{}, "x", "fe80::1", false},
		{Policy{}, "x", "::ffff:127.0.0.1", false},
		{Policy{}, "x", "::ffff:10.0.0.1", false},
		{Policy{}, "x", "64:ff9b::7f00:1", false},
		{Policy{}, "x", "64:ff9b:1::1", false},
		{Policy{}, "x", "2002:7f00:1::", false},
		{Policy{}, "x", "::127.0.0.1", false},
		{Policy{}, "x", "0.0.0.0", false},
		{Policy{}, "x", "::", false},
		{Policy{}, "x", "224.0.0.1", false},
		{Policy{}, "x", "255.255.255.255", false},
		{open, "git.corp", "10.0.0.1", true},
		{open, "GIT.corp.", "10.0.0.1", true},
		{open, "other", "10.1.2.3", true},
		{open, "other", "10.2.2.3", false},
		{open, "other", "192.168.7.7", true},
		{open, "git.corp", "169.254.169.254", false},
		{Policy{AllowPrivate: true}, "x", "127.0.0.1", true},
		{Policy{AllowPrivate: true}, "x", "169.254.169.254", false},
		{Policy{AllowPrivate: true}, "x", "::ffff:169.254.169.254", false},
		{Policy{AllowPrivate: true}, "x", "fd00:ec2::254", false},
	}
	for _, c := range cases {
		err := c.policy.Check(c.host, netip.MustParseAddr(c.addr))
		if (err == nil) != c.allowed || (err != nil && !errors.Is(err, behavepro.ErrRefused)) {
			t.Errorf("Check(%s, %s) = %v, want allowed %v", c.host, c.addr, err, c.allowed)
		}
	}
	if err := open.ParseAllowed([]string{"10.0.0.0/99", "a b"}); !errors.Is(err, behavepro.ErrInvalid) {
		t.Errorf("ParseAllowed of nonsense: %v", err)
	}
}

// TestNameThatMoves: a name that resolved to an allowed address and then to a private one is refused at the connection.
func TestNameThatMoves(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var answers atomic.Value
	answers.Store([]byte{127, 0, 0, 1})
	dns := dnsServer(t, func() []byte { asked.Add(1); return answers.Load().([]byte) })
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	policy := Policy{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Resolver: &net.Resolver{
		PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "udp", dns)
		},
	}}
	client := policy.Client()
	get := func() error {
		resp, err := client.Get("http://git.moves.example.:" + port)
		if err == nil {
			err = resp.Body.Close()
		}
		client.CloseIdleConnections()
		return err
	}
	if err := get(); err != nil {
		t.Fatal(err)
	}
	for _, private := range [][]byte{{127, 0, 0, 2}, {10, 0, 0, 1}, {169, 254, 169, 254}} {
		answers.Store(private)
		if err := get(); !errors.Is(err, behavepro.ErrRefused) {
			t.Errorf("the name moved to %v: got %v, want refused", private, err)
		}
	}
	if asked.Load() == 0 {
		t.Error("the name was not asked for")
	}
}

// dnsServer answers every question for an IPv4 address with what address says, and has no others; it returns where it is.
func dnsServer(t *testing.T, address func() []byte) string {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			end := 12 // header
			for end < n && buf[end] != 0 {
				end += int(buf[end]) + 1
			}
			end += 5 // zero, type, class
			out := append([]byte{}, buf[:end]...)
			out[2], out[3] = 0x81, 0x80
			copy(out[4:12], []byte{0, 1, 0, 0, 0, 0, 0, 0})
			if buf[end-3] == 1 {
				out[7] = 1
				out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				out = append(out, address()...)
			}
			_, _ = conn.WriteTo(out, from)
		}
	}()
	return conn.LocalAddr().String()
}

// TestSilence: a server that says nothing more does not hold us.
func TestSilence(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("some"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	resp, err := (Policy{AllowPrivate: true, Idle: 50 * time.Millisecond}).Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v, want a timeout", err)
	}
}

func TestClientChecksEveryHop(t *testing.T) {
	t.Parallel()
	var auth string
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { auth = r.Header.Get("Authorization") }))
	defer target.Close()
	_, port, _ := net.SplitHostPort(target.Listener.Addr().String())
	start := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := "http://127.0.0.1:" + port
		if r.URL.Path == "/metadata" {
			to = "http://169.254.169.254/"
		}
		http.Redirect(w, r, to, http.StatusFound)
	}))
	defer start.Close()

	if _, err := (Policy{}).Client().Get(start.URL); !errors.Is(err, behavepro.ErrRefused) {
		t.Errorf("loopback: got %v, want refused", err)
	}
	trial := Policy{AllowPrivate: true}.Client()
	req, _ := http.NewRequest(http.MethodGet, start.URL, nil)
	req.SetBasicAuth("u", "p")
	res, err := trial.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if auth != "" {
		t.Errorf("credentials went to another port: %q", auth)
	}
	if _, err := trial.Get(start.URL + "/metadata"); !errors.Is(err, behavepro.ErrRefused) {
		t.Errorf("redirect to metadata: got %v, want refused", err)
	}
	secure := httptest.NewTLSServer(http.RedirectHandler(start.URL, http.StatusFound))
	defer secure.Close()
	p := Policy{AllowPrivate: true, RootCAs: secure.Client().Transport.(*http.Transport).TLSClientConfig}
	if _, err := p.Client().Get(secure.URL); !errors.Is(err, behavepro.ErrRefused) {
		t.Errorf("https to http: got %v, want refused", err)
	}
}
