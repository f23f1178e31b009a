package sync

import (
	"context"
	"errors"
	"time"

	gosync "sync"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// progress keeps a repository's sync state, at most twice a second.
type progress struct {
	ctx     context.Context
	catalog *catalog.Catalog
	repo    behavepro.RepositoryID
	now     func() time.Time

	mu         gosync.Mutex
	state      catalog.SyncState
	wrote      time.Time
	phaseStart time.Time
}

func newProgress(
	ctx context.Context,
	c *catalog.Catalog,
	id behavepro.RepositoryID,
	state catalog.SyncState,
	now func() time.Time,
) *progress {
	p := &progress{ctx: ctx, catalog: c, repo: id, now: now, state: state}
	p.state.Started, p.state.Error, p.state.Hint = now(), "", ""
	return p
}

// report notes how far a phase is.
func (p *progress) report(phase string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if phase != p.state.Phase {
		p.phaseStart, p.wrote = now, time.Time{}
	}
	p.state.Phase, p.state.Done, p.state.Total, p.state.ETA = phase, done, total, 0
	if spent := now.Sub(p.phaseStart); done > 0 && total > done && spent > time.Second {
		p.state.ETA = time.Duration(float64(spent) * float64(total-done) / float64(done))
	}
	if now.Sub(p.wrote) < 500*time.Millisecond {
		return
	}
	p.wrote = now
	_ = p.catalog.PutSyncState(p.ctx, p.repo, p.state) // a lost progress report is replaced by the next
}

// update changes what is counted.
func (p *progress) update(change func(*catalog.SyncState)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.state)
}

// finish writes how the sync ended and returns its error.
func (p *progress) finish(ctx context.Context, err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.ETA = 0
	switch {
	case err == nil:
		p.state.Phase, p.state.Finished, p.state.First = "done", p.now(), false
		p.state.Done = p.state.Total // the last report may be some commits old
	case errors.Is(err, context.Canceled):
		p.state.Phase = "waiting"
	default:
		p.state.Phase, p.state.Error = "failed", err.Error()
		var problem *behavepro.Problem
		if errors.As(err, &problem) {
			p.state.Error, p.state.Hint = problem.Msg, problem.Hint
		}
	}
	return errors.Join(err, p.catalog.PutSyncState(context.WithoutCancel(ctx), p.repo, p.state))
}
