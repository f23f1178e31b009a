package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
)

// Repository is a Git repository connected to one or more projects.
type Repository struct {
	ID       behavepro.RepositoryID `cbor:"1,keyasint"`
	Name     string                 `cbor:"2,keyasint"` // unique in its tenant; for people and --repo
	First    string                 `cbor:"3,keyasint"` // the name under which it was first added: part of every new lineage
	URL      string                 `cbor:"4,keyasint"` // without a password
	Projects []behavepro.ProjectKey `cbor:"5,keyasint"`
	Branches []string               `cbor:"6,keyasint,omitempty"` // glob patterns; none means all
	Path     string                 `cbor:"7,keyasint,omitempty"` // feature root path; "" means the whole repository
	Links    []string               `cbor:"8,keyasint,omitempty"` // link patterns; none means the default forms
	Poll     time.Duration          `cbor:"9,keyasint,omitempty"` // 0 means the daemon's default
	Added    time.Time              `cbor:"10,keyasint"`
	Hook     string                 `cbor:"11,keyasint,omitempty"` // the unguessable id of its webhook
	// Quarantine is the pattern of tags that keep a scenario out of gates and roll-ups; "" means gherkin.DefaultQuarantine.
	Quarantine string         `cbor:"12,keyasint,omitempty"`
	Rev        store.Revision `cbor:"-"`

	// Offered are projects whose issues its tags name and whose admins were asked to accept it; Guests are those that did. Guests read
	// it, and its tags link to their issues; they change nothing.
	Offered []behavepro.ProjectKey `cbor:"13,keyasint,omitempty"`
	Guests  []behavepro.ProjectKey `cbor:"14,keyasint,omitempty"`

	AddedBy   behavepro.Change `cbor:"15,keyasint,omitzero"`
	ChangedBy behavepro.Change `cbor:"16,keyasint,omitzero"` // its settings, offers and what was accepted; zero if never
}

// reading names what decides how tags are read: of the same text, another makes another view.
func (r *Repository) reading() string {
	return strings.Join(r.Links, "\x00") + "\x01" + r.Quarantine
}

// View is how its commits are read at first.
func (r *Repository) View() View { return viewOf(r.Path, gherkin.ParserVersion, 0) }

// In reports whether the repository is connected to a project, or was accepted by it; "" stands for any.
func (r *Repository) In(p behavepro.ProjectKey) bool {
	return p == "" || slices.Contains(r.Projects, p) || slices.Contains(r.Guests, p)
}

// RepositoryID is its ID, for package access.
func (r *Repository) RepositoryID() behavepro.RepositoryID { return r.ID }

// Owners are the projects that connected it.
func (r *Repository) Owners() []behavepro.ProjectKey { return r.Projects }

// SharedWith are the projects that accepted it, and did not connect it themselves.
func (r *Repository) SharedWith() []behavepro.ProjectKey { return r.Guests }

// Readers are the projects whose people read the repository.
func (r *Repository) Readers() []behavepro.ProjectKey {
	if len(r.Guests) == 0 {
		return r.Projects
	}
	return slices.Concat(r.Projects, r.Guests)
}

// Foreign reports whether a key is of a project that neither connected nor accepted the repository: in a Jira site its tag does not link.
func (r *Repository) Foreign(key behavepro.IssueKey) bool { return !r.In(key.Project()) }

// Credential opens a repository. Secrets are revealed only to be sealed or used.
type Credential struct {
	User       string
	Token      behavepro.Secret // a token or password for https
	SSHKey     behavepro.Secret // a private key in PEM or OpenSSH form
	KnownHosts string           // known_hosts lines; required for ssh
	ChangedBy  behavepro.Change // who set it
}

type sealedCredential struct {
	User       string `cbor:"1,keyasint,omitempty"`
	Token      string `cbor:"2,keyasint,omitempty"`
	SSHKey     string `cbor:"3,keyasint,omitempty"`
	KnownHosts string `cbor:"4,keyasint,omitempty"`

	ChangedBy behavepro.Change `cbor:"5,keyasint,omitzero"`
}

// Repositories lists the repositories of the tenant, by name.
func (c *Catalog) Repositories(ctx context.Context) ([]*Repository, error) {
	var all []*Repository
	for r, err := range c.scope.Scan(ctx, kindRepository, store.Range{}) {
		if err != nil {
			return nil, fmt.Errorf("list repositories: %w", err)
		}
		repo := &Repository{Rev: r.Rev}
		if err := decode(kindRepository, r.Body, repo); err != nil {
			return nil, err
		}
		all = append(all, repo)
	}
	slices.SortFunc(all, func(a, b *Repository) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// Repository reads one repository.
func (c *Catalog) Repository(ctx context.Context, id behavepro.RepositoryID) (*Repository, error) {
	records, err := c.scope.Get(ctx, kindRepository, store.Key{string(id)})
	if err != nil {
		return nil, fmt.Errorf("read repository: %w", err)
	}
	if records[0].Rev == 0 {
		return nil, fmt.Errorf("repository %s: %w", id, behavepro.ErrNotFound)
	}
	repo := &Repository{Rev: records[0].Rev}
	return repo, decode(kindRepository, records[0].Body, repo)
}

// PutRepository writes a repository, new (Rev 0) or changed (the Rev that was read).
func (c *Catalog) PutRepository(ctx context.Context, repo *Repository) error {
	rev, err := c.put(ctx, store.Durable, kindRepository, store.Key{string(repo.ID)}, repo.Rev, encode(repo))
	if err != nil {
		return fmt.Errorf("write repository %s: %w", repo.Name, err)
	}
	repo.Rev = rev
	return nil
}

// put writes one record if its revision is rev; a lost race is ErrConflict.
func (c *Catalog) put(
	ctx context.Context,
	d store.Durability,
	kind *store.Kind,
	key store.Key,
	rev store.Revision,
	body []byte,
) (store.Revision, error) {
	out, err := c.scope.Write(ctx, d, store.Change{Action: store.PutIf, Kind: kind, Record: store.Record{Key: key, Body: body, Rev: rev}})
	if err != nil {
		return 0, err
	}
	if out[0].Result != store.Done {
		return 0, behavepro.ErrConflict
	}
	return out[0].Rev, nil
}

// upsert writes one record whatever was there.
func (c *Catalog) upsert(ctx context.Context, d store.Durability, kind *store.Kind, key store.Key, body []byte) error {
	for {
		records, err := c.scope.Get(ctx, kind, key)
		if err != nil {
			return err
		}
		_, err = c.put(ctx, d, kind, key, records[0].Rev, body)
		if !errors.Is(err, behavepro.ErrConflict) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// Credential reads a repository's credential; the zero Credential where there is none.
func (c *Catalog) Credential(ctx context.Context, id behavepro.RepositoryID) (Credential, error) {
	records, err := c.scope.Get(ctx, kindCredential, store.Key{string(id)})
	if err != nil || records[0].Rev == 0 {
		return Credential{}, err
	}
	var s sealedCredential
	if err := decode(kindCredential, records[0].Body, &s); err != nil {
		return Credential{}, err
	}
	return Credential{
		User: s.User, Token: behavepro.NewSecret(s.Token), SSHKey: behavepro.NewSecret(s.SSHKey), KnownHosts: s.KnownHosts,
		ChangedBy: s.ChangedBy,
	}, nil
}

// PutCredential replaces a repository's credential.
func (c *Catalog) PutCredential(ctx context.Context, id behavepro.RepositoryID, cred Credential) error {
	body := encode(sealedCredential{cred.User, cred.Token.Reveal(), cred.SSHKey.Reveal(), cred.KnownHosts, cred.ChangedBy})
	return c.upsert(ctx, store.Durable, kindCredential, store.Key{string(id)}, body)
}

// AddRepository writes a new repository with its credential and first sync state. The repository itself is written last: before that
// nobody sees any of it, and what a failure leaves behind is deleted by the next sweep.
func (c *Catalog) AddRepository(ctx context.Context, repo *Repository, cred Credential, state SyncState, now time.Time) error {
	if err := c.noteRemoved(ctx, repo.ID, now); err != nil {
		return fmt.Errorf("add repository: %w", err)
	}
	if err := c.PutCredential(ctx, repo.ID, cred); err != nil {
		return fmt.Errorf("write credential of repository %s: %w", repo.Name, err)
	}
	if err := c.PutSyncState(ctx, repo.ID, state); err != nil {
		return err
	}
	return c.PutRepository(ctx, repo)
}

// noteRemoved notes for the sweep that nothing of a repository may stay unless its record is there.
func (c *Catalog) noteRemoved(ctx context.Context, id behavepro.RepositoryID, now time.Time) error {
	return c.noteSweep(ctx, store.Durable, store.Key{string(id)}, func(n *sweepNote) { n.Removed = DayOf(now) })
}

// RemoveRepository deletes a repository with head, refs, mentions, problems, credential and settings. Content and runs stay for the
// sweep. The repository itself is deleted first, which decides: an error with the repository still there means that nothing changed,
// and what else an error leaves behind is deleted by the next sweep.
func (c *Catalog) RemoveRepository(ctx context.Context, id behavepro.RepositoryID, now time.Time) error {
	if err := c.noteRemoved(ctx, id, now); err != nil {
		return fmt.Errorf("remove repository: %w", err)
	}
	if err := c.scope.Drop(ctx, kindRepository, store.Key{string(id)}); err != nil {
		return fmt.Errorf("remove repository: %w", err)
	}
	return c.dropSettings(ctx, id)
}

// dropSettings deletes what goes immediately with a repository whose record is gone.
func (c *Catalog) dropSettings(ctx context.Context, id behavepro.RepositoryID) error {
	var errs []error
	for _, kind := range []*store.Kind{
		kindHead, kindRefSet, kindRefPage, kindMention, kindCredential, kindProblem, kindSyncState, kindResultsRevision,
	} {
		errs = append(errs, c.scope.Drop(ctx, kind, store.Key{string(id)}))
	}
	c.mu.Lock()
	delete(c.graphs, id)
	delete(c.pushes, id)
	c.mu.Unlock()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove repository: %w", err)
	}
	return nil
}
