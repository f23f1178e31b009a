package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/outbound"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/web"
)

// Where a pretended Jira has what Atlassian's servers have.
const (
	trialKeys   = "/_keys"
	trialScript = "/all.js"
)

// openJira makes the app for Jira, as it is reached under a site. Where its routes are not served it still approves and ends installs.
func (a *App) openJira(e endpoint) error {
	o := connect.Options{
		Installs: a.installs, PublicURL: appURL(&a.conf, e), Regional: a.conf.Regional, Key: a.conf.AppKey, Sites: a.conf.JiraSites,
		Open: a.conf.OpenInstalls,
		HTTP: a.conf.jiraPolicy().Client(), Jira: jira.Options{Now: a.conf.Now}, Logger: a.conf.Log, Now: a.conf.Now,
		OnInstalled: a.siteInstalled, OnUninstalled: a.siteEnded, OnHint: a.siteHints, Rules: a.siteRules,
	}
	o.ExtraSites = a.conf.MockJiras
	for _, trial := range a.conf.MockJiras {
		o.KeyServers = append(o.KeyServers, trial+trialKeys)
	}
	var err error
	if a.connect, err = connect.New(o); err != nil {
		return fmt.Errorf("make the app for Jira: %w", err)
	}
	return nil
}

// appURL is what the app's addresses begin with.
func appURL(c *Config, e endpoint) string {
	if !c.ServesJira() {
		return "http://localhost" // nobody is told
	}
	return strings.TrimSuffix(e.url, map[bool]string{true: ":443", false: ":80"}[e.https()])
}

// jiraPolicy lets us reach Jira sites, which have public addresses; and the pretended ones.
func (c *Config) jiraPolicy() outbound.Policy {
	if len(c.MockJiras) > 0 {
		return outbound.Policy{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	}
	return outbound.Policy{Proxy: c.GitProxy}
}

// jiraRoutes are what Jira calls and what it shows.
func (a *App) jiraRoutes(e endpoint) []web.Route {
	if !a.conf.ServesJira() {
		return nil
	}
	var all []web.Route
	add := func(pattern, about string, public bool, serve func(http.ResponseWriter, *http.Request) error) {
		route := web.Route{Pattern: pattern, About: about, Auth: web.Signed, Serve: func(x *web.Request) error { return serve(x.W, x.R) }}
		if public {
			route.Auth = web.Public
		}
		all = append(all, route)
	}
	for _, route := range a.connect.Routes() {
		add(route.Pattern, route.About, route.Kind == connect.ForAll, route.Serve)
	}
	frames := connect.Frames{
		App: a.connect, Catalogs: a.tenants.catalog, Describer: a.engine, Known: a.knownIssues,
		Manager: func(who access.Principal) pages.Manager { return a.manager(who, e.url) },
	}
	if len(a.conf.MockJiras) > 0 {
		frames.Script = a.conf.MockJiras[0] + trialScript
	}
	for _, page := range frames.Routes() {
		add(page.Pattern, page.About, page.Public, page.Serve)
	}
	return all
}

// knownIssues is the copy of a tenant's issues, to be read: Jira is not asked for issues while somebody waits for a page.
func (a *App) knownIssues(ctx context.Context, tenant behavepro.TenantID) (*jira.Known, error) {
	scope, err := a.store.Tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	c, err := a.tenants.catalog(ctx, tenant)
	return &jira.Known{Scope: scope, Catalog: c, Now: a.conf.Now}, err
}

// siteRules finds what the admins of a tenant's site decide.
func (a *App) siteRules(ctx context.Context, tenant behavepro.TenantID) (connect.Rules, error) {
	scope, err := a.store.Tenant(ctx, tenant)
	return connect.Rules{Scope: scope}, err
}

// siteInstalled makes the tenant of a site where there is none, and starts its jobs. What was written to the site's issues before
// went with the app's last install.
func (a *App) siteInstalled(ctx context.Context, i connect.Install) error {
	if err := a.tenants.ensure(ctx, i.Tenant); err != nil {
		return fmt.Errorf("make tenant: %w", err)
	}
	s, err := a.siteOf(ctx, &i)
	if err != nil {
		return err
	}
	return errors.Join(s.publisher.Forget(ctx), a.service.Start(ctx, i.Tenant), a.siteJobs(ctx, i.Tenant, firstRepair))
}

// startTenant asks for what a tenant needs regularly, at the start of the daemon.
func (a *App) startTenant(ctx context.Context, tenant behavepro.TenantID) error {
	if err := a.service.Start(ctx, tenant); err != nil {
		return err
	}
	s, err := a.approvedSite(ctx, tenant)
	if err != nil || s == nil {
		return err
	}
	return a.siteJobs(ctx, tenant, repairSoon)
}

// siteEnded stops the jobs of a tenant that no site reaches any more. Those that run see it before the next.
func (a *App) siteEnded(ctx context.Context, i connect.Install) error {
	if err := a.refuseUninstalled(ctx, i.Tenant); !errors.Is(err, behavepro.ErrGone) {
		return err
	}
	return a.stopJobs(ctx, i.Tenant)
}

func (a *App) stopJobs(ctx context.Context, tenant behavepro.TenantID) error {
	return a.queue.Remove(ctx, func(j *jobs.Job) bool { return j.Tenant == tenant })
}

// ended is ErrGone for a tenant whose site has the app no more. The tenant local belongs to the server, whoever shows it.
func (a *App) refuseUninstalled(ctx context.Context, tenant behavepro.TenantID) error {
	if tenant == "" || tenant == behavepro.Local {
		return nil
	}
	i, err := a.installs.ByTenant(ctx, tenant)
	switch {
	case errors.Is(err, behavepro.ErrNotFound):
		return nil // of no site
	case err != nil:
		return err
	case !i.Lives():
		return behavepro.Explain(fmt.Errorf("%w: %s is %s", behavepro.ErrGone, i.Host(), i.State),
			"the app was removed from the Jira site that this belongs to", "a Jira admin can install it again; nothing was deleted")
	}
	return nil
}

// whileInstalled drops jobs of tenants that were deleted, and of those whose site has the app no more; a new install starts these again.
func (a *App) whileInstalled(do func(context.Context, jobs.Job) error) func(context.Context, jobs.Job) error {
	return func(ctx context.Context, job jobs.Job) error {
		err := a.refuseUninstalled(ctx, job.Tenant)
		if err == nil && job.Tenant != "" {
			_, err = a.store.Tenant(ctx, job.Tenant)
		}
		if errors.Is(err, behavepro.ErrGone) || errors.Is(err, behavepro.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return do(ctx, job)
	}
}

// authenticator lets nobody in who belongs to a tenant whose site has the app no more: tokens, sessions and hooks stay, for when it comes
// back.
type authenticator struct {
	*access.Registry
	ended func(context.Context, behavepro.TenantID) error
}

func (g authenticator) Authenticate(ctx context.Context, token string, now time.Time) (access.Principal, error) {
	who, err := g.Registry.Authenticate(ctx, token, now)
	if err == nil {
		err = g.ended(ctx, who.Tenant)
	}
	return who, err
}

func (g authenticator) Admit(ctx context.Context, tenant behavepro.TenantID, job *access.Job) (access.Principal, error) {
	who, err := g.Registry.Admit(ctx, tenant, job)
	if err == nil {
		err = g.ended(ctx, who.Tenant)
	}
	return who, err
}

func (g authenticator) Session(ctx context.Context, cookie string, now time.Time) (access.Principal, error) {
	who, err := g.Registry.Session(ctx, cookie, now)
	if err == nil {
		err = g.ended(ctx, who.Tenant)
	}
	return who, err
}

func (g authenticator) Hook(ctx context.Context, id string) (access.Hook, error) {
	hook, err := g.Registry.Hook(ctx, id)
	if err == nil {
		err = g.ended(ctx, hook.Tenant)
	}
	return hook, err
}
