package sync

import (
	"cmp"
	"context"
	"errors"
	mathrand "math/rand/v2"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/jobs"
)

// Handlers are what the runner needs for this package's jobs.
func (s *Service) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{
		JobSync:   {Do: s.doSync, Limit: 4},
		JobImport: {Do: s.doSync, Limit: 1},
		JobPoll:   {Do: s.doPoll, Limit: 4},
		JobTidy:   {Do: s.doTidy, Limit: 1},
	}
}

func (s *Service) doSync(ctx context.Context, job jobs.Job) error {
	c, err := s.Catalogs(ctx, job.Tenant)
	if err != nil {
		return err
	}
	req := Request{Repository: job.Repository, Fence: job.Fence, Yields: job.Kind == JobImport}
	if s.Awaited != nil {
		if req.Commits, err = s.Awaited(ctx, job.Tenant, job.Repository); err != nil {
			return err
		}
	}
	if job.Kind == JobSync {
		defer s.Engine.Live()()
	}
	err = s.Engine.Sync(ctx, c, req)
	if errors.Is(err, behavepro.ErrNotFound) && !s.exists(ctx, c, job.Repository) {
		return nil // it was removed meanwhile
	}
	if err != nil {
		return err
	}
	if s.Synced != nil {
		return s.Synced(ctx, job.Tenant, job.Repository)
	}
	return nil
}

func (s *Service) exists(ctx context.Context, c *catalog.Catalog, id behavepro.RepositoryID) bool {
	_, err := c.Repository(ctx, id)
	return !errors.Is(err, behavepro.ErrNotFound)
}

// doPoll asks for a sync and for the next poll.
func (s *Service) doPoll(ctx context.Context, job jobs.Job) error {
	c, err := s.Catalogs(ctx, job.Tenant)
	if err != nil {
		return err
	}
	repo, err := c.Repository(ctx, job.Repository)
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	state, err := c.SyncState(ctx, repo.ID)
	if err != nil {
		return err
	}
	// A sync that ended in the future tells of a clock that was set back.
	if since := s.Engine.options.Now().Sub(state.Finished); since > s.pollEvery(repo)/2 || since < 0 {
		if err := s.ask(ctx, job.Tenant, repo.ID, false); err != nil {
			return err
		}
	}
	return s.poll(ctx, job.Tenant, repo)
}

func (s *Service) pollEvery(repo *catalog.Repository) time.Duration {
	return cmp.Or(repo.Poll, s.Poll, DefaultPoll)
}

// poll enqueues the next look at a repository, with jitter.
func (s *Service) poll(ctx context.Context, tenant behavepro.TenantID, repo *catalog.Repository) error {
	now := s.Engine.options.Now()
	_, err := s.Queue.Enqueue(ctx, now, jobs.Request{
		Name: JobPoll + ":" + exclusive(tenant, repo.ID), Kind: JobPoll, Tenant: tenant, Repository: repo.ID,
		NotBefore: now.Add(jitter(s.pollEvery(repo))),
	})
	return err
}

// jitter spreads a time by a tenth.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration((mathrand.Float64()-0.5)*0.2*float64(d))
}

// Start asks for the polls of all repositories of a tenant, at the daemon's start.
func (s *Service) Start(ctx context.Context, tenant behavepro.TenantID) error {
	c, err := s.Catalogs(ctx, tenant)
	if err != nil {
		return err
	}
	all, err := c.Repositories(ctx)
	if err != nil {
		return err
	}
	for _, repo := range all {
		if err := errors.Join(s.poll(ctx, tenant, repo), s.tidy(ctx, tenant, repo.ID), s.readAgain(ctx, tenant, c, repo)); err != nil {
			return err
		}
	}
	return s.tidy(ctx, tenant, "")
}

// readAgain asks for a sync of a repository that an older parser read.
func (s *Service) readAgain(ctx context.Context, tenant behavepro.TenantID, c *catalog.Catalog, repo *catalog.Repository) error {
	head, err := c.Head(ctx, repo.ID)
	if err != nil || !head.Behind(repo) {
		return err
	}
	return s.ask(ctx, tenant, repo.ID, false)
}

// tidy enqueues the next sweep of a repository, or of a tenant.
func (s *Service) tidy(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	now := s.Engine.options.Now()
	request := jobs.Request{
		Name: JobTidy + ":" + exclusive(
			tenant,
			id,
		), Kind: JobTidy, Tenant: tenant, Repository: id, Priority: -10, NotBefore: now.Add(jitter(24 * time.Hour)),
	}
	if id != "" {
		request.Exclusive = exclusive(tenant, id) // never beside a sync
	}
	_, err := s.Queue.Enqueue(ctx, now, request)
	return err
}

// doTidy sweeps what nothing reaches any more, and asks for the next sweep.
func (s *Service) doTidy(ctx context.Context, job jobs.Job) error {
	c, err := s.Catalogs(ctx, job.Tenant)
	if err != nil {
		return err
	}
	now := s.Engine.options.Now()
	if job.Repository == "" {
		_, err = c.SweepTenant(ctx, now)
		return errors.Join(err, s.forgetRemoved(ctx, job.Tenant, c), s.tidy(ctx, job.Tenant, ""))
	}
	repo, err := c.Repository(ctx, job.Repository)
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = c.SweepRepository(ctx, repo, now)
	return errors.Join(err, s.tidy(ctx, job.Tenant, repo.ID))
}
