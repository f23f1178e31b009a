package sync

import (
	"context"
	gosync "sync"

	"github.com/behavepro/behavepro"
)

// underway holds the syncs that run, so that a repository that goes can end its own before its folder is removed.
type underway struct {
	mu    gosync.Mutex
	syncs map[behavepro.RepositoryID]map[*underwaySync]bool
}

type underwaySync struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

// begin is called as a sync starts; the context that it returns ends with stop. ended must be called as the sync ends.
func (u *underway) begin(ctx context.Context, id behavepro.RepositoryID) (_ context.Context, ended func()) {
	ctx, cancel := context.WithCancel(ctx)
	s := &underwaySync{cancel: cancel, ended: make(chan struct{})}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.syncs == nil {
		u.syncs = map[behavepro.RepositoryID]map[*underwaySync]bool{}
	}
	if u.syncs[id] == nil {
		u.syncs[id] = map[*underwaySync]bool{}
	}
	u.syncs[id][s] = true
	return ctx, func() {
		cancel()
		u.mu.Lock()
		defer u.mu.Unlock()
		if delete(u.syncs[id], s); len(u.syncs[id]) == 0 {
			delete(u.syncs, id)
		}
		close(s.ended)
	}
}

// stop breaks off the syncs of a repository and returns when they have ended, or with ctx.
func (u *underway) stop(ctx context.Context, id behavepro.RepositoryID) error {
	u.mu.Lock()
	var all []*underwaySync
	for s := range u.syncs[id] {
		all = append(all, s)
	}
	u.mu.Unlock()
	for _, s := range all {
		s.cancel()
	}
	for _, s := range all {
		select {
		case <-s.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
