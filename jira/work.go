package jira

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jobs"
)

// Kinds of jobs.
const (
	JobPublish = "jira-publish"
	JobRepair  = "jira-repair"
)

// Work keeps the issue properties of all tenants up to date in the background.
type Work struct {
	Queue *jobs.Queue
	Now   func() time.Time
	// Open makes the publisher of a tenant. ErrNotFound and ErrGone mean that it has no site, or that the site has no app: there is
	// nothing to do.
	Open   func(ctx context.Context, tenant behavepro.TenantID) (*Publisher, error)
	Every  time.Duration // between repairs; 0 is a day
	Logger *slog.Logger  // nil logs nothing
}

// Handlers are what the runner needs for this package's jobs.
func (w *Work) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{JobPublish: {Do: w.publish, Limit: 4}, JobRepair: {Do: w.repair, Limit: 1}}
}

// RepositoryChanged asks for the properties to be written that a change of a repository concerns.
func (w *Work) RepositoryChanged(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	return w.changed(ctx, tenant, func(p *Publisher) (time.Time, error) { return p.RepositoryChanged(ctx, id) })
}

// Hinted follows up on issues that somebody says have changed.
func (w *Work) Hinted(ctx context.Context, tenant behavepro.TenantID, hints ...Hint) error {
	return w.changed(ctx, tenant, func(p *Publisher) (time.Time, error) { return p.Hinted(ctx, hints...) })
}

// Start asks for a repair of a tenant now, and then regularly: after the app was installed, and at the start of the program.
func (w *Work) Start(ctx context.Context, tenant behavepro.TenantID) error {
	return w.enqueue(ctx, JobRepair, tenant, w.Now())
}

func (w *Work) changed(ctx context.Context, tenant behavepro.TenantID, note func(*Publisher) (time.Time, error)) error {
	p, err := w.Open(ctx, tenant)
	if nothingToDo(err) {
		return nil
	}
	if err != nil {
		return err
	}
	due, err := note(p)
	if err != nil || due.IsZero() {
		return err
	}
	return w.enqueue(ctx, JobPublish, tenant, due)
}

func nothingToDo(err error) bool {
	return errors.Is(err, behavepro.ErrNotFound) || errors.Is(err, behavepro.ErrGone)
}

func (w *Work) enqueue(ctx context.Context, kind string, tenant behavepro.TenantID, at time.Time) error {
	_, err := w.Queue.Enqueue(ctx, w.Now(), jobs.Request{
		Name: kind + "/" + string(tenant), Kind: kind, Tenant: tenant, Exclusive: "jira/" + string(tenant), NotBefore: at,
	})
	return err
}

func (w *Work) publish(ctx context.Context, job jobs.Job) error {
	p, err := w.Open(ctx, job.Tenant)
	if nothingToDo(err) {
		return nil
	}
	if err != nil {
		return err
	}
	done, err := p.Publish(ctx)
	w.tell(job, &done, err)
	if err != nil {
		return w.later(err)
	}
	if done.Next.IsZero() {
		return nil
	}
	return w.enqueue(ctx, JobPublish, job.Tenant, done.Next)
}

func (w *Work) repair(ctx context.Context, job jobs.Job) error {
	p, err := w.Open(ctx, job.Tenant)
	if nothingToDo(err) {
		return nil
	}
	if err != nil {
		return err
	}
	done, err := p.Repair(ctx)
	w.tell(job, &done, err)
	if err != nil {
		return w.later(err)
	}
	every := w.Every
	if every <= 0 {
		every = 24 * time.Hour
	}
	return w.enqueue(ctx, JobRepair, job.Tenant, w.Now().Add(every))
}

// tell logs what an operator should know: why a site is not written to, and that it refuses some issues.
func (w *Work) tell(job jobs.Job, done *Published, err error) {
	if w.Logger == nil {
		return
	}
	about := []any{"tenant", string(job.Tenant), "written", done.Written}
	if err != nil {
		w.Logger.Warn("cannot write to jira; it is tried again", append(about, "attempts", job.Attempts, "error", err, "cause", causeOf(err))...)
	} else if len(done.Refused) > 0 {
		w.Logger.Warn("jira does not let the app write to some issues", append(about, "refused", len(done.Refused))...)
	}
}

// causeOf is what lies below the text for people.
func causeOf(err error) error {
	var p *behavepro.Problem
	if errors.As(err, &p) && p.Err != nil {
		return p.Err
	}
	return err
}

// later asks for another try when the site may be asked again.
func (w *Work) later(err error) error {
	if at, ok := RetryAt(err); ok {
		return &jobs.RetryAfter{After: max(time.Second, at.Sub(w.Now())), Err: err}
	}
	return err
}
