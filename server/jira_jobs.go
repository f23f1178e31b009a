package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jobs"
)

// Kinds of jobs that speak with Jira, beside those of package jira.
const (
	jobRead   = "jira-read"   // reads an issue, or those of a project, after a hint
	jobPeople = "jira-people" // reports whose accountIds are kept
)

const (
	firstRepair = time.Second // after an install, which is written last
	repairSoon  = time.Minute // after a start of the daemon
)

func (a *App) jiraHandlers() map[string]jobs.Handler {
	handlers := a.jiraWork.Handlers()
	handlers[jobRead] = jobs.Handler{Do: a.ofSite(a.readAgain), Limit: 2}
	handlers[jobPeople] = jobs.Handler{Do: a.ofSite(a.reportPeople)}
	return handlers
}

// publisherOf opens what tells a tenant's site; without one that is approved it is ErrNotFound.
func (a *App) publisherOf(ctx context.Context, tenant behavepro.TenantID) (*jira.Publisher, error) {
	s, err := a.approvedSite(ctx, tenant)
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
func (a *App) approvedSite(ctx context.Context, tenant behavepro.TenantID) (*jiraSite, error) {
	i, err := a.installs.ByTenant(ctx, tenant)
	if errors.Is(err, behavepro.ErrNotFound) || err == nil && i.State != connect.Approved {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return a.siteOf(ctx, &i)
}

func (a *App) siteOf(ctx context.Context, i *connect.Install) (*jiraSite, error) {
	scope, err := a.store.Tenant(ctx, i.Tenant)
	if err != nil {
		return nil, err
	}
	c, err := a.tenants.catalog(ctx, i.Tenant)
	if err != nil {
		return nil, err
	}
	s := &jiraSite{client: a.connect.Jira(i)}
	s.known = &jira.Known{Scope: scope, Catalog: c, Client: s.client, Now: a.conf.Now}
	s.publisher = &jira.Publisher{
		Scope:   scope,
		Catalog: c,
		Client:  s.client,
		Known:   s.known,
		Now:     a.conf.Now,
		Badge:   a.connect.StatusProperty(),
	}
	return s, nil
}

// ofSite makes a handler of what is done with a tenant's site. Where the site is busy or down, the job is tried again when it says.
func (a *App) ofSite(do func(context.Context, jobs.Job, *jiraSite) error) func(context.Context, jobs.Job) error {
	return func(ctx context.Context, job jobs.Job) error {
		s, err := a.approvedSite(ctx, job.Tenant)
		if err != nil || s == nil {
			return err
		}
		err = do(ctx, job, s)
		if at, ok := jira.RetryAt(err); ok {
			return &jobs.RetryAfter{After: max(time.Second, at.Sub(a.conf.Now())), Err: err}
		}
		return err
	}
}

// askJira asks for a job of a kind. No two of a tenant run at once.
func (a *App) askJira(ctx context.Context, kind string, tenant behavepro.TenantID, about string, at time.Time) error {
	_, err := a.queue.Enqueue(ctx, a.conf.Now(), jobs.Request{
		Name: kind + "/" + string(tenant) + about, Kind: kind, Tenant: tenant, Exclusive: "jira/" + string(tenant), NotBefore: at,
	})
	return err
}

// jiraChanged notes that what a repository holds changed, for its site to be told; "" stands for several repositories.
func (a *App) jiraChanged(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	return a.jiraWork.RepositoryChanged(ctx, tenant, cmp.Or(id, "several"))
}

// siteJobs asks for what a site's tenant needs regularly.
func (a *App) siteJobs(ctx context.Context, tenant behavepro.TenantID, first time.Duration) error {
	return errors.Join(
		a.askJira(ctx, jira.JobRepair, tenant, "", a.conf.Now().Add(first)),
		a.askJira(ctx, jobPeople, tenant, "", a.conf.Now().Add(first)),
	)
}

// publishWaiting asks again for what was noted and not written: a wake-up that was lost costs no more than a sweep's time.
func (a *App) publishWaiting(ctx context.Context) error {
	all, err := a.installs.List(ctx)
	errs := []error{err}
	for i := range all {
		if all[i].State == connect.Approved {
			errs = append(errs, a.askJira(ctx, jira.JobPublish, all[i].Tenant, "", a.conf.Now()))
		}
	}
	return errors.Join(errs...)
}

const (
	aboutIssue   = "/issue/" // id and key
	aboutProject = "/project/"
)

// siteHints asks for reading what a hint is about again: its body is not signed, and nothing of it is believed.
func (a *App) siteHints(ctx context.Context, i connect.Install, h connect.Hint) error {
	s, err := a.siteOf(ctx, &i)
	if err != nil {
		return err
	}
	if h.Change == connect.ProjectDeleted {
		return a.askJira(ctx, jobRead, i.Tenant, aboutProject+strconv.FormatInt(h.ProjectID, 10), a.conf.Now())
	}
	known, err := s.known.ByID(ctx, h.IssueID)
	if err != nil {
		return err
	}
	enabled, err := s.known.Enabled(ctx)
	if err != nil {
		return err
	}
	if len(known) == 0 && !enabled[h.IssueKey.Project()] {
		return nil // of a project that nobody connected
	}
	return a.askJira(ctx, jobRead, i.Tenant, aboutIssue+strconv.FormatInt(h.IssueID, 10)+"/"+string(h.IssueKey), a.conf.Now())
}

func (a *App) readAgain(ctx context.Context, job jobs.Job, s *jiraSite) error {
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
	return a.jiraWork.Hinted(ctx, job.Tenant, hints...)
}

// reportPeople tells Jira whose accountIds are kept, and forgets those who closed their account.
func (a *App) reportPeople(ctx context.Context, job jobs.Job, s *jiraSite) error {
	accounts, err := s.known.Accounts(ctx)
	if err != nil {
		return err
	}
	if accounts, err = a.withChanges(ctx, job.Tenant, accounts); err != nil {
		return err
	}
	said, err := s.client.ReportAccounts(ctx, accounts)
	if err != nil {
		return err
	}
	for _, account := range said.Closed {
		if err := errors.Join(s.known.ForgetAccount(ctx, account), a.forgetChanges(ctx, job.Tenant, behavepro.AccountID(account))); err != nil {
			return err
		}
	}
	return a.askJira(ctx, jobPeople, job.Tenant, "", a.conf.Now().Add(said.Cycle))
}

// editChanges calls edit with who changed each record of a tenant, and writes the records for which it returns true.
func (a *App) editChanges(ctx context.Context, tenant behavepro.TenantID, edit func(*behavepro.Change) bool) error {
	c, err := a.tenants.catalog(ctx, tenant)
	if err != nil {
		return err
	}
	rules, err := a.siteRules(ctx, tenant)
	if err != nil {
		return err
	}
	return errors.Join(c.EditChanges(ctx, edit), a.registry.EditChanges(ctx, tenant, edit), rules.EditChanges(ctx, edit))
}

// withChanges adds to accounts those of people who changed something, each with its oldest time.
func (a *App) withChanges(ctx context.Context, tenant behavepro.TenantID, accounts []jira.Account) ([]jira.Account, error) {
	oldest := map[string]time.Time{}
	add := func(id string, at time.Time) {
		if known, ok := oldest[id]; id != "" && (!ok || at.Before(known)) {
			oldest[id] = at
		}
	}
	for _, account := range accounts {
		add(account.ID, account.Updated)
	}
	err := a.editChanges(ctx, tenant, func(c *behavepro.Change) bool {
		add(string(c.Person), c.At)
		return false
	})
	var all []jira.Account
	for _, id := range slices.Sorted(maps.Keys(oldest)) {
		all = append(all, jira.Account{ID: id, Updated: oldest[id]})
	}
	return all, err
}

// forgetChanges removes an accountId from all that its person changed.
func (a *App) forgetChanges(ctx context.Context, tenant behavepro.TenantID, person behavepro.AccountID) error {
	return a.editChanges(ctx, tenant, func(c *behavepro.Change) bool {
		if c.Person != person || person == "" {
			return false
		}
		c.Person = ""
		return true
	})
}
