package api_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/web"
)

// TestFailedAttempts: the 20th wrong credential of a kind from an address within a minute closes that kind to it for a
// minute, to all but those that were right before. Other addresses and kinds notice nothing.
func TestFailedAttempts(t *testing.T) {
	t.Parallel()
	from := netip.MustParseAddr("192.0.2.1")
	h := newHouse(t, func(o *api.Options) {
		o.From, o.Cookie = func(*http.Request) netip.Addr { return from }, "session"
	})
	h.api.Register(web.Route{
		Pattern: "GET /page", About: "A page.", Auth: web.Session,
		Serve: func(x *web.Request) error { x.W.WriteHeader(http.StatusNoContent); return nil },
	})
	get := func(path, header, value string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.server.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(header, value)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	token := func(value string) int { return get("/api/v1/repos", "Authorization", "Bearer "+value).StatusCode }
	known, late := h.token("repos:read"), h.token("repos:read")
	guessed := 0
	guess := func() int { guessed++; return token(fmt.Sprintf("bp_a_%d", guessed)) }
	expect := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: status %d, want %d", what, got, want)
		}
	}
	for n := range 100 {
		expect(fmt.Sprintf("right, time %d", n), token(known), 200)
		expect(fmt.Sprintf("without a token, time %d", n), token(""), 401)
	}
	for range 19 {
		expect("a guess", guess(), 401)
	}
	h.now = h.now.Add(time.Minute)
	for range 19 {
		expect("a guess of the next minute", guess(), 401)
	}
	expect("a right token after 19 guesses", token(late), 200)
	h.now = h.now.Add(59 * time.Second)
	expect("the 20th guess", get("/api/v1/repos", "X-API-KEY", "bp_old_key").StatusCode, 401)
	closed := h.now
	expect("the 21st", guess(), 429)
	if got := strings.Count(h.log.String(), "too many failed attempts to sign in"); got != 1 {
		t.Errorf("the log tells %d times of it", got)
	}
	other := h.token("repos:read")
	expect("a right one that is not known yet", token(other), 429)
	expect("a right one that was used before", token(known), 200)
	expect("without a token", token(""), 401)
	expect("a session", get("/page", "Cookie", "session=wrong").StatusCode, 401)
	for range 100 {
		guess()
	}
	h.now = closed.Add(59*time.Second + time.Millisecond)
	resp := get("/api/v1/repos", "Authorization", "Bearer bp_a_b")
	expect("near the end", resp.StatusCode, 429)
	if got := resp.Header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q, want 1 second", got)
	}
	from = netip.MustParseAddr("192.0.2.2")
	expect("a guess from elsewhere", guess(), 401)
	expect("a right one from elsewhere", token(other), 200)
	from = netip.MustParseAddr("192.0.2.1")
	h.now = closed.Add(time.Minute)
	expect("a guess after a minute", guess(), 401)
}

// TestFailedSessions: cookies are guessed as little as tokens, and one that was right and has ended does not get around it.
func TestFailedSessions(t *testing.T) {
	t.Parallel()
	n := 0
	h := newHouse(t, func(o *api.Options) {
		o.Cookie = "session"
		o.From = func(*http.Request) netip.Addr { // one network of IPv6 is one client
			n++
			return netip.MustParseAddr(fmt.Sprintf("2001:db8:0:1::%x", n))
		}
	})
	h.api.Register(web.Route{
		Pattern: "GET /page", About: "A page.", Auth: web.Session,
		Serve: func(x *web.Request) error { x.W.WriteHeader(http.StatusNoContent); return nil },
	})
	get := func(cookie string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.server.URL+"/page", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(&http.Cookie{Name: "session", Value: cookie})
		status, _ := send(t, req)
		return status
	}
	wish := access.Ticket{Grant: access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.ResultsRead}}, Until: h.now.Add(time.Minute)}
	ticket, err := h.registry.NewTicket(t.Context(), wish)
	if err != nil {
		t.Fatal(err)
	}
	cookie, _, err := h.registry.Redeem(t.Context(), ticket.Reveal(), h.now, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if got := get(cookie.Reveal()); got != 204 {
		t.Fatalf("a session: status %d", got)
	}
	h.now = h.now.Add(time.Second)
	for i := range 20 {
		if got := get(fmt.Sprint("guess", i)); got != 401 {
			t.Errorf("guess %d: status %d", i, got)
		}
	}
	for _, want := range []int{401, 429} {
		if got := get(cookie.Reveal()); got != want {
			t.Errorf("a session that has ended: status %d, want %d", got, want)
		}
	}
}

// TestFailuresAtOnce: attempts at the same time are all counted.
func TestFailuresAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() { h.ask(t, http.MethodGet, "/api/v1/repos", "", fmt.Sprintf("bp_a_%d", n)) })
	}
	all.Wait()
	if got, body := h.ask(t, http.MethodGet, "/api/v1/repos", "", "bp_a_b"); got != 429 {
		t.Errorf("status %d, want 429: %s", got, body)
	}
}
