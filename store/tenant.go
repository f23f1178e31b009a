package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/seal"
)

// CreateTenant makes a tenant with its own keys. One that is there is ErrExists.
func (s *Store) CreateTenant(ctx context.Context, id behavepro.TenantID) error {
	if id == "" {
		return fmt.Errorf("create tenant: empty id: %w", behavepro.ErrInvalid)
	}
	if err := s.makeKeys(ctx, string(id)); err != nil {
		return fmt.Errorf("create tenant: %w", err)
	}
	return nil
}

// Tenant returns a tenant's scope, the same one each time. An unknown tenant is ErrNotFound.
func (s *Store) Tenant(ctx context.Context, id behavepro.TenantID) (*Scope, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if scope := s.scopes[id]; scope != nil {
		return scope, nil
	}
	if id == "" {
		return nil, fmt.Errorf("open tenant: empty id: %w", behavepro.ErrNotFound)
	}
	keys, _, err := s.loadKeys(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("open tenant: %w", err)
	}
	scope := s.newScope(string(id), keys)
	s.scopes[id] = scope
	return scope, nil
}

// Tenants lists all tenants, ordered by id.
func (s *Store) Tenants(ctx context.Context) ([]behavepro.TenantID, error) {
	var ids []behavepro.TenantID
	q := Query{From: tenantOwner, To: after(tenantOwner), KeysOnly: true}
	for {
		page, err := s.driver.Scan(ctx, keysetSpace, q)
		if err != nil {
			return nil, fmt.Errorf("list tenants: %w", err)
		}
		for _, raw := range page.Records {
			id := strings.ReplaceAll(strings.TrimPrefix(raw.Key, tenantOwner), escaped, "\x00")
			ids = append(ids, behavepro.TenantID(id))
		}
		if q.Cursor = page.Cursor; page.Cursor == "" {
			return ids, nil
		}
	}
}

// DropTenant deletes all data of a tenant and last its keys; interrupted, it can be called again. Scopes of the tenant
// that are still held return ErrGone from then on. What directory kinds hold about the tenant belongs to their packages.
func (s *Store) DropTenant(ctx context.Context, id behavepro.TenantID) error {
	scope, err := s.Tenant(ctx, id)
	if err != nil {
		return fmt.Errorf("drop tenant: %w", err)
	}
	scope.mu.Lock()
	scope.dropped = true
	scope.mu.Unlock()
	if err := s.driver.Drop(ctx, Space{Tenant: string(id)}, ""); err != nil {
		return fmt.Errorf("drop tenant %q: %w", id, err)
	}
	if err := s.objects.Drop(ctx, tenantFolder(string(id))); err != nil {
		return fmt.Errorf("drop tenant %q: %w", id, err)
	}
	for {
		_, rev, err := s.loadKeys(ctx, string(id))
		if err != nil {
			return fmt.Errorf("drop tenant %q: %w", id, err)
		}
		op := Op{Action: DeleteIf, At: keysetSpace, Raw: Raw{Key: keysetKey(string(id)), Rev: rev}}
		out, err := s.driver.Write(ctx, []Op{op}, Durable)
		if err != nil {
			return fmt.Errorf("drop tenant %q: %w", id, err)
		}
		if out[0].Result == Done {
			break
		}
	}
	s.mu.Lock()
	delete(s.scopes, id) // not before: nobody gets a fresh scope of what is being deleted
	s.mu.Unlock()
	return nil
}

// RotateKeys gives a tenant, or with "" the directory, a new sealing key. What was sealed before still opens; hashes in
// keys and indexes stay as they are. A rotation at the same time elsewhere is ErrConflict.
func (s *Store) RotateKeys(ctx context.Context, id behavepro.TenantID) error {
	scope := s.directory
	if id != "" {
		var err error
		if scope, err = s.Tenant(ctx, id); err != nil {
			return fmt.Errorf("rotate keys: %w", err)
		}
	}
	keys, rev, err := s.loadKeys(ctx, string(id))
	if err != nil {
		return fmt.Errorf("rotate keys: %w", err)
	}
	rotated, err := keys.Rotated()
	if err != nil {
		return fmt.Errorf("rotate keys: %w", err)
	}
	out, err := s.saveKeys(ctx, string(id), rotated, PutIf, rev)
	if err != nil {
		return fmt.Errorf("rotate keys: %w", err)
	}
	if out != Done {
		return fmt.Errorf("rotate keys of tenant %q: %w", id, behavepro.ErrConflict)
	}
	scope.keys.Store(rotated)
	return nil
}

// reloadKeys reads a scope's keys again, for when a body was sealed with one that is not known here. changed is false
// where the stored ones are those in use.
func (s *Store) reloadKeys(ctx context.Context, scope *Scope, used *seal.Keys) (keys *seal.Keys, changed bool, err error) {
	if now := scope.keys.Load(); now != used {
		return now, true, nil
	}
	keys, _, err = s.loadKeys(ctx, scope.tenant)
	if err != nil || keys.SameKeys(used) {
		return nil, false, err
	}
	scope.keys.CompareAndSwap(used, keys)
	return keys, true, nil
}
