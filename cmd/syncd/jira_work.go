package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jobs"
)

// Kinds of jobs that speak with Jira, besides those of the room.
const (
	jobRead   = "jira-read"   // reads an issue, or those of a project, after a hint
	jobPeople = "jira-people" // reports whose accountIds are kept
)

const (
	firstRepair = time.Second // after an install, which is written last
	repairSoon  = time.Minute // after a start of the daemon
)

func (r *rooms) jiraHandlers() map[string]jobs.Handler {
	handlers := r.jiraWork.Handlers()
	handlers[jobRead] = jobs.Handler{Do: r.ofSite(r.readAgain), Limit: 2}
	handlers[jobPeople] = jobs.Handler{Do: r.ofSite(r.reportPeople)}
	return handlers
}

// publisherOf opens what tells a tenant's site; without one that is approved it is ErrNotFound.
func (r *rooms) publisherOf(ctx context.Context, tenant behavepro.TenantID) (*jira.Publisher, error) {
	s, err := r.approvedSite(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, fmt.Errorf("no Jira site shows tenant %q: %w", tenant, behavepro.ErrNotFound)
	}
	return s.publisher, nil
}

// jiraSite is a tenant's site that may be called.
type jiraSite struct {
	client    *jira.Client
	known     *jira.Known
	publisher *jira.Publisher
}

// approvedSite finds the site of a tenant; nil where it has none that is approved.
func (r *rooms) approvedSite(ctx context.Context, tenant behavepro.TenantID) (*jiraSite, error) {
	i, err := r.installs.ByTenant(ctx, tenant)
	if errors.Is(err, behavepro.ErrNotFound) || err == nil && i.State != connect.Approved {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return r.siteOf(ctx, &i)
}

func (r *rooms) siteOf(ctx context.Context, i *connect.Install) (*jiraSite, error) {
	scope, err := r.store.Tenant(ctx, i.Tenant)
	if err != nil {
		return nil, err
	}
	c, err := r.tenants.catalog(ctx, i.Tenant)
	if err != nil {
		return nil, err
	}
	s := &jiraSite{client: r.app.Jira(i)}
	s.known = &jira.Known{Scope: scope, Catalog: c, Client: s.client, Now: r.now}
	s.publisher = &jira.Publisher{Scope: scope, Catalog: c, Client: s.client, Known: s.known, Now: r.now, Badge: r.app.StatusProperty()}
	return s, nil
}

// ofSite makes a handler of what is done with a tenant's site. Where the site is busy or down, the job is tried again when it says.
func (r *rooms) ofSite(do func(context.Context, jobs.Job, *jiraSite) error) func(context.Context, jobs.Job) error {
	return func(ctx context.Context, job jobs.Job) error {
		s, err := r.approvedSite(ctx, job.Tenant)
		if err != nil || s == nil {
			return err
		}
		err = do(ctx, job, s)
		if at, ok := jira.RetryAt(err); ok {
			return &jobs.RetryAfter{After: max(time.Second, at.Sub(r.now())), Err: err}
		}
		return err
	}
}

// askJira asks for a job of a kind. No two of a tenant run at once.
func (r *rooms) askJira(ctx context.Context, kind string, tenant behavepro.TenantID, about string, at time.Time) error {
	_, err := r.queue.Enqueue(ctx, r.now(), jobs.Request{
		Name: kind + "/" + string(tenant) + about, Kind: kind, Tenant: tenant, Exclusive: "jira/" + string(tenant), NotBefore: at,
	})
	return err
}

// jiraChanged notes that what a repository holds changed, for its site to be told; "" stands for several repositories.
func (r *rooms) jiraChanged(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	return r.jiraWork.RepositoryChanged(ctx, tenant, cmp.Or(id, "several"))
}

// siteJobs asks for what a site's tenant needs regularly.
func (r *rooms) siteJobs(ctx context.Context, tenant behavepro.TenantID, first time.Duration) error {
	return errors.Join(
		r.askJira(ctx, jira.JobRepair, tenant, "", r.now().Add(first)),
		r.askJira(ctx, jobPeople, tenant, "", r.now().Add(first)),
	)
}

// publishWaiting asks again for what was noted and not written: a wake-up that was lost costs no more than a sweep's time.
func (r *rooms) publishWaiting(ctx context.Context) error {
	all, err := r.installs.List(ctx)
	errs := []error{err}
	for i := range all {
		if all[i].State == connect.Approved {
			errs = append(errs, r.askJira(ctx, jira.JobPublish, all[i].Tenant, "", r.now()))
		}
	}
	return errors.Join(errs...)
}

const (
	aboutIssue   = "/issue/" // id and key
	aboutProject = "/project/"
)

// siteHints asks for reading what a hint is about again: its body is not signed, and nothing of it is believed.
func (r *rooms) siteHints(ctx context.Context, i connect.Install, h connect.Hint) error {
	s, err := r.siteOf(ctx, &i)
	if err != nil {
		return err
	}
	if h.Change == connect.ProjectDeleted {
		return r.askJira(ctx, jobRead, i.Tenant, aboutProject+strconv.FormatInt(h.ProjectID, 10), r.now())
	}
	known, err := s.known.ByID(ctx, h.IssueID)
	if err != nil {
		return err
	}
	enabled, err := s.known.Enabled(ctx)
	if err != nil {
		return err
	}
	if len(known) == 0 && !enabled[jira.ProjectOf(h.IssueKey)] {
		return nil // of a project that nobody connected
	}
	return r.askJira(ctx, jobRead, i.Tenant, aboutIssue+strconv.FormatInt(h.IssueID, 10)+"/"+string(h.IssueKey), r.now())
}

func (r *rooms) readAgain(ctx context.Context, job jobs.Job, s *jiraSite) error {
	about := strings.TrimPrefix(job.Name, jobRead+"/"+string(job.Tenant))
	text, ofProject := strings.CutPrefix(about, aboutProject)
	text, key, _ := strings.Cut(strings.TrimPrefix(text, aboutIssue), "/")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("read again %s: %w: %w", about, behavepro.ErrCorrupt, err)
	}
	hints := []jira.Hint{{ID: id, Key: behavepro.IssueKey(key)}}
	if ofProject {
		hints = nil
		for issue, err := range s.known.OfProject(ctx, id) {
			if err != nil {
				return err
			}
			hints = append(hints, jira.Hint{ID: issue.ID, Key: issue.Key})
		}
	}
	return r.jiraWork.Hinted(ctx, job.Tenant, hints...)
}

// reportPeople tells Jira whose accountIds are kept, and forgets those who closed their account.
func (r *rooms) reportPeople(ctx context.Context, job jobs.Job, s *jiraSite) error {
	accounts, err := s.known.Accounts(ctx)
	if err != nil {
		return err
	}
	said, err := s.client.ReportAccounts(ctx, accounts)
	if err != nil {
		return err
	}
	for _, account := range said.Closed {
		if err := s.known.ForgetAccount(ctx, account); err != nil {
			return err
		}
	}
	return r.askJira(ctx, jobPeople, job.Tenant, "", r.now().Add(said.Cycle))
}
