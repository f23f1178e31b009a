package server

import (
	"context"
	"errors"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/results/ingest"
)

// Kinds of jobs of the server itself.
const (
	jobMatch = "match" // matches what waits for commits of a repository, after its sync
	jobSweep = "sweep" // repeats every match and removes what has ended
)

// sweepEvery is how long a lost wake-up may stay unseen.
const sweepEvery = 3 * time.Minute

// work holds the server's own jobs.
type work struct {
	tenants  *tenants
	registry *access.Registry
	queue    *jobs.Queue
	now      func() time.Time
	// matched is told that results of a repository were matched.
	matched func(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	swept   func(ctx context.Context) error // called by each sweep
	aged    catalog.Day                     // when old evidence was last deleted; sweeps run one at a time
}

func (w *work) handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{
		jobMatch: {Do: w.match, Limit: 2},
		jobSweep: {Do: w.sweep},
	}
}

// synced asks for a match after a sync. It is a job of its own, so that a push that cannot be matched fails no sync.
func (w *work) synced(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	name := jobMatch + ":" + string(tenant) + ":" + string(id)
	_, err := w.queue.Enqueue(ctx, w.now(), jobs.Request{
		Name: name, Kind: jobMatch, Tenant: tenant, Repository: id, Exclusive: name, Priority: 20,
	})
	return err
}

func (w *work) match(ctx context.Context, job jobs.Job) error {
	c, err := w.tenants.catalog(ctx, job.Tenant)
	if err != nil {
		return err
	}
	repo, err := c.Repository(ctx, job.Repository)
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil // it was removed meanwhile
	}
	if err != nil {
		return err
	}
	if err := (ingest.Ingest{Catalog: c}).Rematch(ctx, repo); err != nil {
		return err
	}
	return w.matched(ctx, job.Tenant, job.Repository)
}

// sweepSoon asks for the next sweep.
func (w *work) sweepSoon(ctx context.Context, after time.Duration) error {
	_, err := w.queue.Enqueue(ctx, w.now(), jobs.Request{
		Name: jobSweep, Kind: jobSweep, Exclusive: jobSweep, NotBefore: w.now().Add(after),
	})
	return err
}

// sweep asks for the next one first: whatever fails in this one is tried again then.
func (w *work) sweep(ctx context.Context, _ jobs.Job) error {
	if err := w.sweepSoon(ctx, sweepEvery); err != nil {
		return err
	}
	return errors.Join(
		w.registry.Sweep(ctx, w.now()),
		w.swept(ctx),
		w.tenants.each(ctx, func(_ behavepro.TenantID, c *catalog.Catalog) error {
			return errors.Join(ingest.Ingest{Catalog: c}.Sweep(ctx, w.now()), c.Measure(ctx, w.now()))
		}),
		w.age(ctx),
	)
}

// age deletes the evidence that is older than projects keep it, once a day and after each start.
func (w *work) age(ctx context.Context) error {
	today := catalog.DayOf(w.now())
	if w.aged == today {
		return nil
	}
	err := w.tenants.each(ctx, func(_ behavepro.TenantID, c *catalog.Catalog) error {
		return ingest.Ingest{Catalog: c}.Age(ctx, w.now())
	})
	if err == nil {
		w.aged = today
	}
	return err
}
