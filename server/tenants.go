package server

import (
	"context"
	"errors"
	"sync"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/store"
)

// Kinds are the record kinds of all packages.
func Kinds() []*store.Kind {
	var all []*store.Kind
	all = append(all, access.Kinds()...)
	all = append(all, jobs.Kinds()...)
	all = append(all, jira.Kinds()...)
	all = append(all, connect.Kinds()...)
	return append(all, catalog.Kinds()...)
}

// tenants opens the catalog of each tenant once, because it holds caches.
type tenants struct {
	store *store.Store
	most  int64 // bytes that each may store; 0 is no bound
	mu    sync.Mutex
	open  map[behavepro.TenantID]*catalog.Catalog
}

// catalog opens what is known of a tenant; an unknown one is ErrNotFound.
func (t *tenants) catalog(ctx context.Context, id behavepro.TenantID) (*catalog.Catalog, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.open[id]; c != nil {
		return c, nil
	}
	scope, err := t.store.Tenant(ctx, id)
	if err != nil {
		return nil, err
	}
	c := catalog.Open(scope)
	c.Bound(t.most)
	if t.open == nil {
		t.open = map[behavepro.TenantID]*catalog.Catalog{}
	}
	t.open[id] = c
	return c, nil
}

// each calls do for every tenant; one that fails does not keep the others from it.
func (t *tenants) each(ctx context.Context, do func(behavepro.TenantID, *catalog.Catalog) error) error {
	all, err := t.store.Tenants(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range all {
		c, err := t.catalog(ctx, id)
		if err == nil {
			err = do(id, c)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// ensure makes a tenant where there is none.
func (t *tenants) ensure(ctx context.Context, id behavepro.TenantID) error {
	err := t.store.CreateTenant(ctx, id)
	if errors.Is(err, behavepro.ErrExists) {
		return nil
	}
	return err
}

// drop deletes all data of a tenant; of one that is not there, it does nothing.
func (t *tenants) drop(ctx context.Context, id behavepro.TenantID) error {
	t.mu.Lock()
	delete(t.open, id)
	t.mu.Unlock()
	err := t.store.DropTenant(ctx, id)
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil
	}
	return err
}
