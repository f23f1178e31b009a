package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Hook is the way in of a repository's Git host.
type Hook struct {
	ID         string // unguessable; stands in the webhook's URL
	Tenant     behavepro.TenantID
	Repository behavepro.RepositoryID
	Secret     behavepro.Secret // what the host signs with, or sends
	Created    time.Time
	CreatedBy  behavepro.Change
}

// hookBody is what a record of hookKind holds.
type hookBody struct {
	ID         string                 `cbor:"1,keyasint"`
	Tenant     behavepro.TenantID     `cbor:"2,keyasint"`
	Repository behavepro.RepositoryID `cbor:"3,keyasint"`
	Secret     string                 `cbor:"4,keyasint"`
	Created    time.Time              `cbor:"5,keyasint"`
	CreatedBy  behavepro.Change       `cbor:"6,keyasint,omitzero"`
}

// RotateHook makes a repository's hook, and removes those before it.
func (r *Registry) RotateHook(
	ctx context.Context,
	by behavepro.Change,
	tenant behavepro.TenantID,
	repository behavepro.RepositoryID,
) (Hook, error) {
	if tenant == "" || repository == "" {
		return Hook{}, fmt.Errorf("make hook: no tenant or repository: %w", behavepro.ErrInvalid)
	}
	body := hookBody{ID: newSecret(), Tenant: tenant, Repository: repository, Secret: newSecret(), Created: by.At.UTC(), CreatedBy: by}
	if err := r.put(ctx, store.Durable, hookKind, body.ID, 0, body, "repository", string(tenant), string(repository)); err != nil {
		return Hook{}, fmt.Errorf("make hook: %w", err)
	}
	if err := r.removeHooks(ctx, store.Key{string(tenant), string(repository)}, body.ID); err != nil {
		return Hook{}, fmt.Errorf("remove replaced hook: %w", err)
	}
	return body.hook(), nil
}

func (b *hookBody) hook() Hook {
	return Hook{
		ID:         b.ID,
		Tenant:     b.Tenant,
		Repository: b.Repository,
		Secret:     behavepro.NewSecret(b.Secret),
		Created:    b.Created,
		CreatedBy:  b.CreatedBy,
	}
}

// Hook finds a hook by the id in a URL; an unknown one is ErrNotFound.
func (r *Registry) Hook(ctx context.Context, id string) (Hook, error) {
	if !plainWord(id, 100) {
		return Hook{}, fmt.Errorf("find hook: %w", behavepro.ErrNotFound)
	}
	var body hookBody
	rev, err := r.get(ctx, hookKind, id, &body)
	if err == nil && rev == 0 {
		err = behavepro.ErrNotFound
	}
	if err != nil {
		return Hook{}, fmt.Errorf("find hook: %w", err)
	}
	return body.hook(), nil
}

// HookOf finds the hook of a repository; ErrNotFound where it has none.
func (r *Registry) HookOf(ctx context.Context, tenant behavepro.TenantID, repository behavepro.RepositoryID) (Hook, error) {
	newest := hookBody{}
	at := store.Range{Index: "repository", Prefix: store.Key{string(tenant), string(repository)}}
	for record, err := range r.scope.Scan(ctx, hookKind, at) {
		var body hookBody
		if err == nil {
			err = decode(hookKind, record.Body, &body)
		}
		if err != nil {
			return Hook{}, fmt.Errorf("find hook: %w", err)
		}
		if newest.ID == "" || body.Created.After(newest.Created) {
			newest = body
		}
	}
	if newest.ID == "" {
		return Hook{}, fmt.Errorf("find hook: %w", behavepro.ErrNotFound)
	}
	return newest.hook(), nil
}

// RemoveHook removes the hook of a repository, if there is one.
func (r *Registry) RemoveHook(ctx context.Context, tenant behavepro.TenantID, repository behavepro.RepositoryID) error {
	if err := r.removeHooks(ctx, store.Key{string(tenant), string(repository)}, ""); err != nil {
		return fmt.Errorf("remove hook: %w", err)
	}
	return nil
}

func (r *Registry) removeHooks(ctx context.Context, prefix store.Key, except string) error {
	for record, err := range r.scope.Scan(ctx, hookKind, store.Range{Index: "repository", Prefix: prefix}) {
		var body hookBody
		if err == nil {
			err = decode(hookKind, record.Body, &body)
		}
		if err == nil && body.ID != except {
			err = r.remove(ctx, hookKind, body.ID, record.Rev)
		}
		if err != nil && !errors.Is(err, behavepro.ErrConflict) {
			return err
		}
	}
	return nil
}

// RemoveTenant removes all tokens, trusts and hooks of a tenant that goes.
func (r *Registry) RemoveTenant(ctx context.Context, tenant behavepro.TenantID) error {
	if err := r.removeHooks(ctx, store.Key{string(tenant)}, ""); err != nil {
		return fmt.Errorf("remove tenant's hooks: %w", err)
	}
	at := store.Range{Index: "tenant", Prefix: store.Key{string(tenant)}, KeysOnly: true}
	for _, kind := range []*store.Kind{tokenKind, trustKind} {
		for record, err := range r.scope.Scan(ctx, kind, at) {
			if err == nil {
				err = r.scope.Drop(ctx, kind, record.Key)
			}
			if err != nil {
				return fmt.Errorf("remove tenant's tokens and trusts: %w", err)
			}
		}
	}
	return nil
}
