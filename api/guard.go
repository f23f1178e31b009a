package api

import (
	"crypto/sha256"
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

// guard makes an address wait from which too many credentials were wrong. One that was right lately is not made to wait, so
// that nobody suffers from a neighbour behind the same address.
type guard struct {
	mu     sync.Mutex
	failed *simplelru.LRU[origin, failures]
	right  *simplelru.LRU[credential, struct{}]
}

// origin is where a credential of a kind comes from.
type origin struct {
	door Door
	from netip.Addr
}

// credential is the hash of one.
type credential struct {
	door Door
	hash [sha256.Size]byte
}

type failures struct {
	count int
	since time.Time // the first of them; the last, once they are too many
}

func newGuard() *guard {
	g := &guard{}
	g.failed, _ = simplelru.NewLRU[origin, failures](maxRemembered, nil) // the size is valid
	g.right, _ = simplelru.NewLRU[credential, struct{}](maxRemembered, nil)
	return g
}

// wait tells how long an origin has to wait before a credential of it is looked at.
func (g *guard) wait(now time.Time, from origin, c credential) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	f, _ := g.failed.Get(from)
	if f.count < MaxFailures || g.right.Contains(c) {
		return 0
	}
	return max(0, f.since.Add(failureTime).Sub(now))
}

// passed notes that a credential was right.
func (g *guard) passed(c credential) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.right.Add(c, struct{}{})
}

// fail notes that a credential was wrong, and tells whether its origin has to wait from now on.
func (g *guard) fail(now time.Time, from origin, c credential) (waits bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.right.Remove(c)
	f, _ := g.failed.Get(from)
	if !now.Before(f.since.Add(failureTime)) {
		f = failures{since: now}
	}
	if f.count++; f.count == MaxFailures {
		f.since = now
	}
	g.failed.Add(from, f)
	return f.count == MaxFailures
}

// mustWait is the answer to an origin with too many failures.
type mustWait struct {
	error
	seconds int
}

func (m *mustWait) Unwrap() error { return m.error }

// Prove checks a credential that the request holds, unless too many from its address were wrong lately. check answers with
// ErrUnauthenticated where it is wrong. An empty one is no attempt.
func (x *Exchange) Prove(secret string, check func() error) error {
	if secret == "" {
		return check()
	}
	g, from, c := x.s.guard, origin{x.door, x.s.from(x.R)}, credential{x.door, sha256.Sum256([]byte(secret))}
	if wait := g.wait(x.Now, from, c); wait > 0 {
		seconds := int(math.Ceil(wait.Seconds()))
		return &mustWait{behavepro.Explain(behavepro.ErrTooMany,
			fmt.Sprintf("%d attempts to sign in from this address failed within a minute", MaxFailures), fmt.Sprintf("wait %d seconds", seconds)), seconds}
	}
	err := check()
	switch {
	case err == nil:
		g.passed(c)
	case isKind(err, behavepro.ErrUnauthenticated) && g.fail(x.Now, from, c):
		x.s.opt.Logger.Warn("too many failed attempts to sign in", "route", x.R.Pattern, "address", from.from.String())
	}
	return err
}

// from is the address that failures are counted for. Who has one address of IPv6 has the 64 bits behind it.
func (s *Server) from(r *http.Request) netip.Addr {
	var addr netip.Addr
	if s.opt.From != nil {
		addr = s.opt.From(r)
	} else if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		addr = at.Addr()
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}
