package api

import (
	"context"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
)

// Catalogs opens what is known of a tenant. An unknown tenant is ErrNotFound.
type Catalogs func(ctx context.Context, tenant behavepro.TenantID) (*catalog.Catalog, error)

// Access authenticates callers and keeps tokens and hooks; *access.Registry is it.
type Access interface {
	Authenticate(ctx context.Context, token string, now time.Time) (access.Principal, error)
	Session(ctx context.Context, cookie string, now time.Time) (access.Principal, error)
	Create(ctx context.Context, by behavepro.Change, wish access.NewToken) (behavepro.Secret, access.Token, error)
	List(ctx context.Context, tenant behavepro.TenantID) ([]access.Token, error)
	Revoke(ctx context.Context, by behavepro.Change, tenant behavepro.TenantID, id string) error
	Admit(ctx context.Context, tenant behavepro.TenantID, job *access.Job) (access.Principal, error)
	AddTrust(ctx context.Context, by behavepro.Change, wish access.Trust) (access.Trust, error)
	Trusts(ctx context.Context, tenant behavepro.TenantID) ([]access.Trust, error)
	RemoveTrust(ctx context.Context, tenant behavepro.TenantID, id string) error
	NewTicket(ctx context.Context, wish access.Ticket) (behavepro.Secret, error)
	RotateHook(ctx context.Context, by behavepro.Change, tenant behavepro.TenantID, repository behavepro.RepositoryID) (access.Hook, error)
	Hook(ctx context.Context, id string) (access.Hook, error)
	RemoveHook(ctx context.Context, tenant behavepro.TenantID, repository behavepro.RepositoryID) error
}

// Repositories connects, changes and syncs repositories; *sync.Service does.
type Repositories interface {
	// Add checks the settings, connects the repository and asks for its first sync. Warnings are for the person who adds
	// it. A name that is taken is ErrExists; wrong settings are ErrInvalid, a forbidden address ErrRefused.
	Add(
		ctx context.Context, by behavepro.Change, tenant behavepro.TenantID, wish gitsync.NewRepository,
	) (repo *catalog.Repository, warnings []string, err error)
	// Change writes settings and asks for a sync where they matter to it.
	Change(
		ctx context.Context, by behavepro.Change, tenant behavepro.TenantID, id behavepro.RepositoryID, change gitsync.RepositoryChange,
	) (*catalog.Repository, error)
	// Remove deletes what design §4 lets go at once, with the mirror and the jobs.
	Remove(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// Sync asks for a sync. While one waits, another request changes nothing.
	Sync(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// Wait returns when no sync of the repository waits or runs; ctx ends it early, which is no error of Wait.
	Wait(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// SetCredential replaces the credential and asks for a sync.
	SetCredential(
		ctx context.Context,
		by behavepro.Change,
		tenant behavepro.TenantID,
		id behavepro.RepositoryID,
		cred catalog.Credential,
	) error
}
