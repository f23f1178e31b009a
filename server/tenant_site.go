package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/connect"
)

// Which sites a command may mean.
func anySite(*connect.Install) bool       { return true }
func liveSite(i *connect.Install) bool    { return i.Lives() }
func lostSite(i *connect.Install) bool    { return !i.Lives() }
func pendingSite(i *connect.Install) bool { return i.State == connect.Pending }

// siteNamed finds a site by tenant id or host. A host may have come back as another tenant: the one that has the app is meant, where
// only one has.
func (a *App) siteNamed(ctx context.Context, name string, may func(*connect.Install) bool) (connect.Install, error) {
	all, err := a.installs.List(ctx)
	if err != nil {
		return connect.Install{}, err
	}
	var found, live []connect.Install
	for i := range all {
		if may(&all[i]) && (string(all[i].Tenant) == name || strings.EqualFold(all[i].Host(), name)) {
			found = append(found, all[i])
			if all[i].Lives() {
				live = append(live, all[i])
			}
		}
	}
	switch {
	case len(live) == 1:
		return live[0], nil
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return connect.Install{}, behavepro.Explain(
			behavepro.ErrNotFound,
			fmt.Sprintf("there is no such site: %q", name),
			"syncd tenant list shows all",
		)
	}
	return connect.Install{}, behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("%d sites may be meant by %q", len(found), name),
		"name the tenant by its id: syncd tenant list")
}

// clear deletes all that a tenant has: jobs, mirrors, tokens, hooks and last its records.
func (a *App) clear(ctx context.Context, tenant behavepro.TenantID) error {
	if tenant == behavepro.Local {
		return fmt.Errorf("the tenant local is the server's own: %w", behavepro.ErrRefused)
	}
	if err := a.stopJobs(ctx, tenant); err != nil {
		return err
	}
	c, err := a.tenants.catalog(ctx, tenant)
	if errors.Is(err, behavepro.ErrNotFound) {
		return a.registry.RemoveTenant(ctx, tenant)
	}
	if err != nil {
		return err
	}
	repositories, err := c.Repositories(ctx)
	if err != nil && !errors.Is(err, behavepro.ErrGone) {
		return err
	}
	forget := func() error {
		var errs []error
		for _, repo := range repositories {
			errs = append(errs, a.engine.Forget(ctx, repo.ID))
		}
		return errors.Join(errs...)
	}
	if err := errors.Join(forget(), a.registry.RemoveTenant(ctx, tenant)); err != nil {
		return err
	}
	if err := a.tenants.drop(ctx, tenant); err != nil {
		return err
	}
	// A sync that ran may have begun anew; from now on it finds no tenant to write to.
	return errors.Join(forget(), a.stopJobs(ctx, tenant))
}
