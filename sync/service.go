package sync

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/jobs"
)

// Kinds of jobs. A first import has a kind of its own, so that live syncs never wait behind it.
const (
	JobSync   = "sync"
	JobImport = "import"
	JobPoll   = "poll"
	JobTidy   = "tidy" // of a repository or, without one, of a tenant
)

// Bounds per tenant and repository.
const (
	MaxRepositories = 1000
	MaxName         = 200
	MaxPatterns     = 100
)

// DefaultPoll is how often a repository is looked at where nothing else asks for a sync.
const DefaultPoll = 5 * time.Minute

// Service connects, changes, removes and schedules repositories.
type Service struct {
	Engine   *Engine
	Queue    *jobs.Queue
	Catalogs func(ctx context.Context, tenant behavepro.TenantID) (*catalog.Catalog, error)
	// Synced is called after each sync that ended well, for what waits for commits.
	Synced func(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// Awaited lists commits that results wait for; may be nil.
	Awaited func(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) ([]behavepro.SHA, error)
	// Removed is called by a tenant's sweep for each repository that was removed lately, and deletes what other packages still hold of it;
	// may be nil.
	Removed func(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// Poll is how often a repository is looked at that has no interval of its own; 0 means DefaultPoll.
	Poll time.Duration
	// Most is how many repositories a tenant may connect; 0 means MaxRepositories.
	Most int
}

// NewRepository is a repository that is to be connected.
type NewRepository struct {
	URL        string // may hold a user and password, which become the credential
	Name       string // "" takes it from the URL
	Projects   []behavepro.ProjectKey
	Branches   []string
	Path       string
	Links      []string
	Quarantine string // pattern of quarantine tags; "" means the default one
	Poll       time.Duration
	Credential catalog.Credential
	AllowLocal bool // the caller may name a path of this machine, below the configured root
}

// RepositoryChange changes the settings that are not nil.
type RepositoryChange struct {
	Name       *string
	Branches   *[]string
	Path       *string
	Projects   *[]behavepro.ProjectKey
	Links      *[]string
	Quarantine *string
	Poll       *time.Duration
	Offered    *[]behavepro.ProjectKey
	Guests     *[]behavepro.ProjectKey
}

// Add checks the settings and that the credential opens the repository by itself, connects it and asks for its first sync.
// Warnings are for the person who adds it. A name that is taken is ErrExists; wrong settings are ErrInvalid, a forbidden
// address ErrRefused.
func (s *Service) Add(
	ctx context.Context, by behavepro.Change, tenant behavepro.TenantID, wish NewRepository,
) (repo *catalog.Repository, warnings []string, err error) {
	address, user, password, err := ParseAddress(wish.URL)
	if err != nil {
		return nil, nil, err
	}
	if address.Scheme == "file" && !wish.AllowLocal {
		return nil, nil, behavepro.Explain(
			behavepro.ErrRefused,
			"local paths need the admin token",
			"use the daemon's own admin.token, or an https address",
		)
	}
	cred := wish.Credential
	cred.ChangedBy = by
	if !password.IsZero() && cred.Token.IsZero() {
		cred.User, cred.Token = user, password
		warnings = append(
			warnings,
			"the password in the address was moved into the sealed credential; it may still stand in your shell's history",
		)
	}
	repo = &catalog.Repository{
		ID: behavepro.RepositoryID(randomID()), Name: wish.Name, URL: address.String(), Projects: wish.Projects, Branches: wish.Branches,
		Path: strings.Trim(wish.Path, "/"), Links: wish.Links, Quarantine: wish.Quarantine, Poll: wish.Poll,
		Added: s.Engine.options.Now(), AddedBy: by,
	}
	if repo.Name == "" {
		repo.Name = address.SuggestName()
	}
	repo.First = repo.Name
	c, err := s.Catalogs(ctx, tenant)
	if err != nil {
		return nil, nil, err
	}
	if err := s.check(ctx, c, repo); err != nil {
		return nil, nil, err
	}
	if _, err := s.Engine.Check(ctx, address, cred); err != nil {
		return nil, nil, err
	}
	err = c.AddRepository(ctx, repo, cred, catalog.SyncState{Phase: "waiting", First: true}, s.Engine.options.Now())
	if err == nil {
		err = errors.Join(s.Sync(ctx, tenant, repo.ID), s.poll(ctx, tenant, repo), s.tidy(ctx, tenant, repo.ID))
	}
	if err != nil {
		undo := context.WithoutCancel(ctx) // also if the caller went away
		return nil, nil, errors.Join(err, c.RemoveRepository(undo, repo.ID, s.Engine.options.Now()), s.forget(undo, tenant, repo.ID))
	}
	return repo, warnings, nil
}

// check refuses settings that cannot work, all mistakes at once.
func (s *Service) check(ctx context.Context, c *catalog.Catalog, repo *catalog.Repository) error {
	var mistakes []error
	if repo.Name == "" || len(repo.Name) > MaxName || notInName.MatchString(repo.Name) {
		mistakes = append(
			mistakes,
			behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("name %q", repo.Name), "letters, digits, . _ - and / up to 200; use --name"),
		)
	}
	if len(repo.Projects) == 0 {
		mistakes = append(mistakes, behavepro.Explain(behavepro.ErrInvalid, "no project", "name one or more: --project SHOP"))
	}
	for _, p := range repo.Projects {
		if key, err := behavepro.ParseProjectKey(string(p)); err != nil {
			mistakes = append(mistakes, err)
		} else if key != p {
			mistakes = append(mistakes, behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("the project key %q is not in capitals", p), ""))
		}
	}
	if len(repo.Branches) > MaxPatterns {
		mistakes = append(
			mistakes,
			behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("more than %d branch patterns", MaxPatterns), "use wider patterns"),
		)
	}
	_, linkErr := gherkin.CompileLinkRules(repo.Links)
	_, quarantineErr := gherkin.CompileQuarantine(repo.Quarantine)
	mistakes = append(mistakes, CheckPatterns(repo.Branches), linkErr, quarantineErr)
	if repo.Poll != 0 && repo.Poll < 10*time.Second {
		mistakes = append(mistakes, behavepro.Explain(behavepro.ErrInvalid, "poll interval below 10 s", "use a webhook to be told at once"))
	}
	all, err := c.Repositories(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Name == repo.Name && other.ID != repo.ID {
			mistakes = append(
				mistakes,
				behavepro.Explain(behavepro.ErrExists, fmt.Sprintf("a repository is already named %s", repo.Name), "choose another: --name"),
			)
		}
	}
	if repo.Rev == 0 && len(all) >= cmp.Or(s.Most, MaxRepositories) {
		mistakes = append(
			mistakes,
			behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("%d repositories are connected, and no more may be", len(all)), "remove one first"),
		)
	}
	return errors.Join(mistakes...)
}

func randomID() string {
	var b [10]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Change writes settings and asks for a sync.
func (s *Service) Change(
	ctx context.Context, by behavepro.Change, tenant behavepro.TenantID, id behavepro.RepositoryID, change RepositoryChange,
) (*catalog.Repository, error) {
	c, err := s.Catalogs(ctx, tenant)
	if err != nil {
		return nil, err
	}
	repo, err := c.Repository(ctx, id)
	if err != nil {
		return nil, err
	}
	repo.ChangedBy = by
	set(&repo.Name, change.Name)
	set(&repo.Branches, change.Branches)
	set(&repo.Projects, change.Projects)
	set(&repo.Links, change.Links)
	set(&repo.Quarantine, change.Quarantine)
	set(&repo.Poll, change.Poll)
	set(&repo.Offered, change.Offered)
	set(&repo.Guests, change.Guests)
	if change.Path != nil {
		repo.Path = strings.Trim(*change.Path, "/")
	}
	if err := s.check(ctx, c, repo); err != nil {
		return nil, err
	}
	if err := c.PutRepository(ctx, repo); err != nil {
		return nil, err
	}
	return repo, s.Sync(ctx, tenant, id)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// SetCredential replaces the credential, which must open the repository, and asks for a sync.
func (s *Service) SetCredential(
	ctx context.Context,
	by behavepro.Change,
	tenant behavepro.TenantID,
	id behavepro.RepositoryID,
	cred catalog.Credential,
) error {
	c, err := s.Catalogs(ctx, tenant)
	if err != nil {
		return err
	}
	repo, err := c.Repository(ctx, id)
	if err != nil {
		return err
	}
	address, _, _, err := ParseAddress(repo.URL)
	if err != nil {
		return err
	}
	if _, err := s.Engine.Check(ctx, address, cred); err != nil {
		return err
	}
	cred.ChangedBy = by
	if err := c.PutCredential(ctx, id, cred); err != nil {
		return err
	}
	return s.Sync(ctx, tenant, id)
}

// Remove deletes head, refs, mentions, settings, credential, jobs and mirror at once; content and runs stay for the sweep. An error with
// the repository still there means that nothing changed; what else an error leaves behind is deleted with the tenant's next sweep.
func (s *Service) Remove(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	c, err := s.Catalogs(ctx, tenant)
	if err != nil {
		return err
	}
	if _, err := c.Repository(ctx, id); err != nil {
		return err
	}
	if err := s.Engine.Stop(ctx, id); err != nil {
		return err
	}
	if err := c.RemoveRepository(ctx, id, s.Engine.options.Now()); err != nil {
		if _, there := c.Repository(ctx, id); !errors.Is(there, behavepro.ErrNotFound) {
			return err
		}
		return errors.Join(err, s.forget(ctx, tenant, id))
	}
	return s.forget(ctx, tenant, id)
}

// forget deletes jobs and mirror of a repository that is removed.
func (s *Service) forget(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	return errors.Join(
		s.Queue.Remove(ctx, func(j *jobs.Job) bool { return j.Tenant == tenant && j.Repository == id }),
		s.Engine.Forget(ctx, id),
	)
}

// forgetRemoved finishes removals that failed on their way.
func (s *Service) forgetRemoved(ctx context.Context, tenant behavepro.TenantID, c *catalog.Catalog) error {
	removed, err := c.Removed(ctx, s.Engine.options.Now())
	errs := []error{err}
	for _, id := range removed {
		errs = append(errs, s.forget(ctx, tenant, id))
		if s.Removed != nil {
			errs = append(errs, s.Removed(ctx, tenant, id))
		}
	}
	return errors.Join(errs...)
}

// Sync asks for a sync. While one waits, another request changes nothing.
func (s *Service) Sync(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	return s.ask(ctx, tenant, id, true)
}

// ask enqueues a sync. Where nobody waits for it (wanted is false), a repository of which all is to be read again is read in the
// background, as at its first import.
func (s *Service) ask(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID, wanted bool) error {
	c, err := s.Catalogs(ctx, tenant)
	if err != nil {
		return err
	}
	kind, priority := JobSync, 10
	head, err := c.Head(ctx, id)
	if err != nil {
		return err
	}
	background := head.RefSet.IsZero()
	if !background && !wanted {
		repo, err := c.Repository(ctx, id)
		if err != nil {
			return err
		}
		background = head.Behind(repo)
	}
	if background {
		kind, priority = JobImport, 0
	}
	_, err = s.Queue.Enqueue(ctx, s.Engine.options.Now(), jobs.Request{
		Name: JobSync + ":" + string(
			tenant,
		) + ":" + string(
			id,
		), Kind: kind, Tenant: tenant, Repository: id, Exclusive: exclusive(tenant, id), Priority: priority,
	})
	return err
}

func exclusive(tenant behavepro.TenantID, id behavepro.RepositoryID) string {
	return string(tenant) + ":" + string(id)
}

// Wait returns when no sync of the repository waits to run at once, or runs; ctx ends it early, which is no error.
func (s *Service) Wait(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		now := s.Engine.options.Now()
		busy, err := s.Queue.List(ctx, func(j *jobs.Job) bool {
			ours := j.Tenant == tenant && j.Repository == id && (j.Kind == JobSync || j.Kind == JobImport)
			return ours && (j.Running(now) || !j.NotBefore.After(now))
		})
		if err != nil || len(busy) == 0 {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
