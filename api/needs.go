package api

import (
	"context"
	"io"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
)

// Catalogs opens what is known of a tenant. An unknown tenant is ErrNotFound.
type Catalogs func(ctx context.Context, tenant behavepro.TenantID) (*catalog.Catalog, error)

// Access authenticates callers and keeps tokens and hooks; *access.Registry is it.
type Access interface {
	Authenticate(ctx context.Context, token string, now time.Time) (access.Principal, error)
	Session(ctx context.Context, cookie string, now time.Time) (access.Principal, error)
	Create(ctx context.Context, now time.Time, wish access.NewToken) (behavepro.Secret, access.Token, error)
	List(ctx context.Context, tenant behavepro.TenantID) ([]access.Token, error)
	Revoke(ctx context.Context, tenant behavepro.TenantID, id string, now time.Time) error
	NewTicket(ctx context.Context, wish access.Ticket) (behavepro.Secret, error)
	RotateHook(ctx context.Context, now time.Time, tenant behavepro.TenantID, repository behavepro.RepositoryID) (access.Hook, error)
	Hook(ctx context.Context, id string) (access.Hook, error)
	RemoveHook(ctx context.Context, tenant behavepro.TenantID, repository behavepro.RepositoryID) error
}

// Repositories connects, changes and syncs repositories; *sync.Service does.
type Repositories interface {
	// Add checks the settings, connects the repository and asks for its first sync. Warnings are for the person who adds
	// it. A name that is taken is ErrExists; wrong settings are ErrInvalid, a forbidden address ErrRefused.
	Add(ctx context.Context, tenant behavepro.TenantID, wish gitsync.NewRepository) (repo *catalog.Repository, warnings []string, err error)
	// Change writes settings and asks for a sync where they matter to it.
	Change(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID, change gitsync.RepositoryChange) (*catalog.Repository, error)
	// Remove deletes what design §4 lets go at once, with the mirror and the jobs.
	Remove(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// Sync asks for a sync. While one waits, another request changes nothing.
	Sync(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// Wait returns when no sync of the repository waits or runs; ctx ends it early, which is no error of Wait.
	Wait(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
	// SetCredential replaces the credential and asks for a sync.
	SetCredential(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID, cred catalog.Credential) error
}

// NewPush is an upload of results as its request describes it.
type NewPush struct {
	Repository   behavepro.RepositoryID // "" where an old client names none: then Projects take its place
	Projects     []behavepro.ProjectKey // of the token, empty with AllProjects
	AllProjects  bool
	Commit       behavepro.SHA
	TestedCommit behavepro.SHA // zero where it is Commit
	Params       []behavepro.Param
	Run          string
	Build        string
	BuildURL     string // http(s) only
	Branch       string
	Attempt      int
	Started      time.Time       // zero where the client did not tell
	By           string          // the token's name
	Key          string          // the client's Idempotency-Key; "" makes one of the content
	Sources      []client.Source // the feature files that the tests ran
	Notes        []string        // what the person who pushes should know, to be kept with the push
}

// NextFile gives the next report file of an upload; io.EOF is the end. A body is valid until the next call.
type NextFile func() (name string, body io.Reader, err error)

// Results takes pushes in and accounts for them.
type Results interface {
	// Accept stores a push durably, matches it where its commit is known and asks for a sync where not. repeated tells
	// that the same push was stored before.
	Accept(ctx context.Context, tenant behavepro.TenantID, push NewPush, next NextFile) (stored *catalog.Push, repeated bool, err error)
	// Wait returns when the push is matched; ctx ends it early, which is no error of Wait.
	Wait(ctx context.Context, tenant behavepro.TenantID, push *catalog.Push) error
	// Accounting calls yield with every result of a push, in the order of the upload, until it returns false.
	Accounting(ctx context.Context, tenant behavepro.TenantID, push *catalog.Push, yield func(client.Result) bool) error
}
