// Package manage holds the use cases that several entry points share: API, pages and commands connect and remove a repository in the
// same way. A use case of several steps leaves nothing half done: when a step fails, those before it are undone, or the rest is done
// later. It decides nothing about access: its callers have asked package access.
package manage

import (
	"context"
	"errors"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
)

// Hooks stores the webhooks of repositories; *access.Registry does.
type Hooks interface {
	RotateHook(ctx context.Context, by behavepro.Change, tenant behavepro.TenantID, repository behavepro.RepositoryID) (access.Hook, error)
	RemoveHook(ctx context.Context, tenant behavepro.TenantID, repository behavepro.RepositoryID) error
}

// Repositories connects and removes repositories; *sync.Service does. Each either happens or changes nothing that anyone sees.
type Repositories interface {
	Add(
		ctx context.Context, by behavepro.Change, tenant behavepro.TenantID, wish gitsync.NewRepository,
	) (repo *catalog.Repository, warnings []string, err error)
	Remove(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
}

// Manager does the use cases of all tenants.
type Manager struct {
	Hooks        Hooks
	Repositories Repositories
	// Removed is called after a repository was removed, for what else shows it; may be nil.
	Removed func(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error
}

// Connected is a new repository.
type Connected struct {
	Repository *catalog.Repository
	Hook       access.Hook
	Warnings   []string // for the person who connects it
}

// Connect connects a repository, asks for its first sync and makes its webhook: all of it, or nothing.
func (m *Manager) Connect(
	ctx context.Context,
	by behavepro.Change,
	tenant behavepro.TenantID,
	spec gitsync.NewRepository,
) (Connected, error) {
	repo, warnings, err := m.Repositories.Add(ctx, by, tenant, spec)
	if err != nil {
		return Connected{}, err
	}
	hook, err := m.Hooks.RotateHook(ctx, by, tenant, repo.ID)
	if err != nil {
		return Connected{}, errors.Join(err, m.Remove(context.WithoutCancel(ctx), tenant, repo.ID)) // also if the caller went away
	}
	return Connected{Repository: repo, Hook: hook, Warnings: warnings}, nil
}

// Remove disconnects a repository and deletes its webhook. An error with the repository still there means that nothing changed. What
// another error leaves behind is deleted by Forget, which the tenant's sweep calls.
func (m *Manager) Remove(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	if err := m.Repositories.Remove(ctx, tenant, id); err != nil {
		return err
	}
	return m.Forget(ctx, tenant, id)
}

// Forget deletes what is left of a repository that was removed. It may be called again.
func (m *Manager) Forget(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) error {
	err := m.Hooks.RemoveHook(ctx, tenant, id)
	if m.Removed != nil {
		err = errors.Join(err, m.Removed(ctx, tenant, id))
	}
	return err
}
