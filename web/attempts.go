package web

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/behavepro/behavepro"
)

// Bounds of failed attempts to sign in.
const (
	MaxFailures   = 20 // of one kind of credential from one address, each within failureTime of the first
	failureTime   = time.Minute
	maxRemembered = 10_000 // addresses with failures, and credentials that were right; the oldest are forgotten
)

// attempts makes an address wait from which too many credentials were wrong. One that was right lately is not made to wait, so
// that nobody suffers from a neighbour behind the same address.
type attempts struct {
	mu     sync.Mutex
	failed *simplelru.LRU[origin, failures]
	right  *simplelru.LRU[credential, struct{}]
}

// origin is where a credential of a kind comes from.
type origin struct {
	auth Auth
	from netip.Addr
}

// credential is the hash of one.
type credential struct {
	auth Auth
	hash [sha256.Size]byte
}

type failures struct {
	count int
	since time.Time // the first of them; the last, once they are too many
}

func newAttempts() *attempts {
	a := &attempts{}
	a.failed, _ = simplelru.NewLRU[origin, failures](maxRemembered, nil) // the size is valid
	a.right, _ = simplelru.NewLRU[credential, struct{}](maxRemembered, nil)
	return a
}

// wait tells how long an origin has to wait before a credential of it is looked at.
func (a *attempts) wait(now time.Time, from origin, c credential) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, _ := a.failed.Get(from)
	if f.count < MaxFailures || a.right.Contains(c) {
		return 0
	}
	return max(0, f.since.Add(failureTime).Sub(now))
}

// passed notes that a credential was right.
func (a *attempts) passed(c credential) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.right.Add(c, struct{}{})
}

// fail notes that a credential was wrong, and reports whether its origin has to wait from now on.
func (a *attempts) fail(now time.Time, from origin, c credential) (waits bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.right.Remove(c)
	f, _ := a.failed.Get(from)
	if !now.Before(f.since.Add(failureTime)) {
		f = failures{since: now}
	}
	if f.count++; f.count == MaxFailures {
		f.since = now
	}
	a.failed.Add(from, f)
	return f.count == MaxFailures
}

// mustWait is the answer to an origin with too many failures.
type mustWait struct {
	error
	seconds int
}

func (m *mustWait) Unwrap() error { return m.error }

// Prove checks a credential that the request holds, unless too many from its address were wrong lately. check returns ErrUnauthenticated
// for a wrong one. An empty one is no attempt.
func (x *Request) Prove(secret string, check func() error) error {
	if secret == "" {
		return check()
	}
	a, from := x.mux.attempts, origin{x.route.Auth, x.mux.from(x.R)}
	c := credential{x.route.Auth, sha256.Sum256([]byte(secret))}
	if wait := a.wait(x.Now, from, c); wait > 0 {
		seconds := int(math.Ceil(wait.Seconds()))
		return &mustWait{behavepro.Explain(
			behavepro.ErrTooMany,
			fmt.Sprintf(
				"%d attempts to sign in from this address failed within a minute",
				MaxFailures,
			),
			fmt.Sprintf("wait %d seconds", seconds),
		), seconds}
	}
	err := check()
	switch {
	case err == nil:
		a.passed(c)
	case errors.Is(err, behavepro.ErrUnauthenticated) && a.fail(x.Now, from, c):
		x.mux.opt.Logger.Warn("too many failed attempts to sign in", "route", x.R.Pattern, "address", from.from.String())
	}
	return err
}

// from is the address that failures are counted for. Who has one address of IPv6 has the 64 bits behind it.
func (m *Mux) from(r *http.Request) netip.Addr {
	var addr netip.Addr
	if m.opt.From != nil {
		addr = m.opt.From(r)
	} else if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		addr = at.Addr()
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}
