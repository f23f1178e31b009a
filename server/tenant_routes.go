package server

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/web"
)

// tenantRoutes are for whoever runs the server: which Jira sites are let in, and whose data is kept.
func (a *App) tenantRoutes() []web.Route {
	route := func(pattern, about string, serve func(*web.Request) error) web.Route {
		return web.Route{
			Pattern: pattern,
			About:   about,
			Auth:    web.Token,
			Verb:    access.Admin,
			Reach:   web.WholeTenant,
			Serve: func(x *web.Request) error {
				if x.Tenant != behavepro.Local {
					return behavepro.Explain(behavepro.ErrForbidden, "the tenants of the server are not yours", "")
				}
				return serve(x)
			},
		}
	}
	return []web.Route{
		route("GET /api/v1/tenants", "Lists the Jira sites with their tenants.", a.listTenants),
		route("POST /api/v1/tenants/{id}/approve", "Lets a Jira site in.", a.approveTenant),
		route("POST /api/v1/tenants/{id}/join", "Gives a Jira site the tenant of one that lost the app.", a.joinTenant),
		route("DELETE /api/v1/tenants/{id}", "Deletes a site's install and all data of its tenant.", a.deleteTenant),
	}
}

func (a *App) listTenants(x *web.Request) error {
	all, err := a.installs.List(x.R.Context())
	if err != nil {
		return err
	}
	list := client.TenantList{Tenants: []client.Tenant{}}
	localShown := false
	for i := range all {
		told, err := a.tellTenant(x, &all[i])
		if err != nil {
			return err
		}
		localShown = localShown || told.ID == behavepro.Local
		list.Tenants = append(list.Tenants, told)
	}
	if !localShown {
		n, err := a.countRepositories(x, behavepro.Local)
		if err != nil {
			return err
		}
		list.Tenants = append(list.Tenants, client.Tenant{ID: behavepro.Local, State: string(behavepro.Local), Repositories: n})
	}
	return x.Reply(http.StatusOK, list)
}

func (a *App) tellTenant(x *web.Request, i *connect.Install) (client.Tenant, error) {
	t := client.Tenant{ID: i.Tenant, Site: i.Host(), State: string(i.State), Installed: since(i.Created), Ended: since(i.Ended)}
	var err error
	t.Repositories, err = a.countRepositories(x, i.Tenant)
	return t, err
}

func since(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// countRepositories counts those of a tenant; a site that waits for approval has none yet.
func (a *App) countRepositories(x *web.Request, tenant behavepro.TenantID) (int, error) {
	c, err := a.tenants.catalog(x.R.Context(), tenant)
	if errors.Is(err, behavepro.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	all, err := c.Repositories(x.R.Context())
	return len(all), err
}

func (a *App) approveTenant(x *web.Request) error {
	ctx := x.R.Context()
	var in client.ApproveTenant
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	i, err := a.siteNamed(ctx, x.R.PathValue("id"), pendingSite)
	if errors.Is(err, behavepro.ErrNotFound) {
		i, err = a.siteNamed(ctx, x.R.PathValue("id"), anySite)
	}
	if err != nil {
		return err
	}
	if in.Local {
		if err := a.moveSite(x, &i, func() (connect.Install, behavepro.TenantID, error) {
			return a.installs.Adopt(ctx, i.ClientKey, behavepro.Local)
		}); err != nil {
			return err
		}
	}
	if i, err = a.connect.Approve(ctx, i.ClientKey); err != nil {
		return err
	}
	told, err := a.tellTenant(x, &i)
	if err != nil {
		return err
	}
	return x.Reply(http.StatusOK, told)
}

func (a *App) joinTenant(x *web.Request) error {
	ctx := x.R.Context()
	var in client.JoinTenant
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	i, err := a.siteNamed(ctx, x.R.PathValue("id"), liveSite)
	if err != nil {
		return err
	}
	old, err := a.siteNamed(ctx, in.Old, lostSite)
	if err != nil {
		return err
	}
	if err := a.moveSite(x, &i, func() (connect.Install, behavepro.TenantID, error) {
		return a.installs.Join(ctx, i.ClientKey, old.Tenant)
	}); err != nil {
		return err
	}
	if i.State == connect.Approved {
		if err := a.siteInstalled(ctx, i); err != nil {
			return err
		}
	}
	a.conf.Log.Info("tenants joined", "tenant", string(i.Tenant), "host", i.Host())
	told, err := a.tellTenant(x, &i)
	if err != nil {
		return err
	}
	return x.Reply(http.StatusOK, told)
}

// moveSite gives a site another tenant and deletes the one that it had, which has to be empty: nobody reaches it any more. The tenant
// local stays: it is the server's.
func (a *App) moveSite(x *web.Request, i *connect.Install, move func() (connect.Install, behavepro.TenantID, error)) error {
	n, err := a.countRepositories(x, i.Tenant)
	if err != nil {
		return err
	}
	if n > 0 && i.Tenant != behavepro.Local {
		return behavepro.Explain(
			behavepro.ErrConflict,
			fmt.Sprintf("%s has %d repositories of its own, which nobody would reach any more", i.Host(), n),
			"remove them first: behavepro repos remove",
		)
	}
	moved, before, err := move()
	if err != nil {
		return err
	}
	*i = moved
	if before == moved.Tenant || before == behavepro.Local {
		return nil
	}
	return a.clear(x.R.Context(), before)
}

// deleteTenant deletes last what finds the tenant, so that it can be called again where it broke off.
func (a *App) deleteTenant(x *web.Request) error {
	ctx := x.R.Context()
	i, err := a.siteNamed(ctx, x.R.PathValue("id"), anySite)
	if err != nil {
		return err
	}
	if x.R.URL.Query().Get("site") != i.Host() {
		return behavepro.Explain(
			behavepro.ErrInvalid,
			"to delete a tenant, name its site: "+i.Host(),
			"syncd tenant delete "+string(i.Tenant)+" --yes "+i.Host(),
		)
	}
	all, err := a.installs.List(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Tenant == i.Tenant {
			if _, err := a.installs.Retire(ctx, x.Now, other.ClientKey); err != nil {
				return err
			}
		}
	}
	done := "deleted"
	if i.Tenant == behavepro.Local {
		done = "the site was forgotten; the tenant local stays, with its data"
	} else if err := a.clear(ctx, i.Tenant); err != nil {
		return err
	}
	for _, other := range all {
		if other.Tenant == i.Tenant {
			if err := a.installs.Delete(ctx, other.ClientKey); err != nil {
				return err
			}
		}
	}
	a.conf.Log.Info("tenant deleted", "tenant", string(i.Tenant), "host", i.Host(), "by", x.Principal.TokenID)
	return x.Reply(http.StatusOK, client.Done{Done: done})
}
