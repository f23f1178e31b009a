package sync

import (
	"context"
	gosync "sync"

	"github.com/behavepro/behavepro/sync/pack"
)

// live counts live work, which a first import leaves half of the cores to.
type live struct {
	mu    gosync.Mutex
	count int
	idle  chan struct{} // closed while there is none; nil before the first
}

// Live says that live work begins, such as a sync after a git push or an upload of results; the caller calls the returned function at
// its end.
func (e *Engine) Live() (done func()) {
	l := &e.live
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count++; l.count == 1 {
		l.idle = make(chan struct{})
	}
	return gosync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.count--; l.count == 0 {
			close(l.idle)
		}
	})
}

// yield holds the upper half of an import's workers back while there is live work.
func (e *Engine) yield(ctx context.Context, worker int) {
	if worker < (pack.Workers()+1)/2 {
		return
	}
	e.live.mu.Lock()
	idle, busy := e.live.idle, e.live.count > 0
	e.live.mu.Unlock()
	if !busy {
		return
	}
	select {
	case <-idle:
	case <-ctx.Done():
	}
}
