package main

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
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/connect/pages"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/outbound"
)

// Where a pretended Jira has what Atlassian's servers have.
const (
	trialKeys   = "/_keys"
	trialScript = "/all.js"
)

// openJira makes the app for Jira, as it is reached under a site. Where its routes are not served it still approves and ends installs.
func (r *rooms) openJira(s site) error {
	o := connect.Options{
		Installs: r.installs, PublicURL: appURL(&r.config, s), Regional: r.regional, Key: r.appKey, Sites: r.jiraSites, Open: r.openInstalls,
		HTTP: r.jiraPolicy().Client(), Jira: jira.Options{Now: r.now}, Logger: r.log, Now: r.now,
		OnInstalled: r.siteInstalled, OnUninstalled: r.siteEnded, OnHint: r.siteHints, Rules: r.siteRules,
	}
	o.ExtraSites = r.jiraTrials
	for _, trial := range r.jiraTrials {
		o.KeyServers = append(o.KeyServers, trial+trialKeys)
	}
	var err error
	if r.app, err = connect.New(o); err != nil {
		return fmt.Errorf("make the app for Jira: %w", err)
	}
	return nil
}

// appURL is what the app's addresses begin with.
func appURL(c *config, s site) string {
	if !c.jiraDoor() {
		return "http://localhost" // nobody is told
	}
	return strings.TrimSuffix(s.url, map[bool]string{true: ":443", false: ":80"}[s.https()])
}

// jiraPolicy lets us reach Jira sites, which have public addresses; and the pretended ones.
func (c *config) jiraPolicy() outbound.Policy {
	if len(c.jiraTrials) > 0 {
		return outbound.Policy{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	}
	return outbound.Policy{Proxy: c.gitProxy}
}

// jiraRoutes are what Jira calls and what it shows.
func (r *rooms) jiraRoutes(s site) []api.Route {
	if !r.jiraDoor() {
		return nil
	}
	var all []api.Route
	add := func(pattern, about string, public bool, serve func(http.ResponseWriter, *http.Request) error) {
		route := api.Route{Pattern: pattern, About: about, Door: api.Signed, Serve: func(x *api.Exchange) error { return serve(x.W, x.R) }}
		if public {
			route.Door = api.Public
		}
		all = append(all, route)
	}
	for _, route := range r.app.Routes() {
		add(route.Pattern, route.About, route.Kind == connect.ForAll, route.Serve)
	}
	frames := connect.Frames{
		App: r.app, Catalogs: r.tenants.catalog, Describer: r.engine, Known: r.knownIssues,
		Manager: func(id behavepro.TenantID) pages.Manager { return r.manager(id, s.url) },
	}
	if len(r.jiraTrials) > 0 {
		frames.Script = r.jiraTrials[0] + trialScript
	}
	for _, page := range frames.Routes() {
		add(page.Pattern, page.About, page.Public, page.Serve)
	}
	return all
}

// knownIssues is the copy of a tenant's issues, to be read: Jira is not asked for issues while somebody waits for a page.
func (r *rooms) knownIssues(ctx context.Context, tenant behavepro.TenantID) (*jira.Known, error) {
	scope, err := r.store.Tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	c, err := r.tenants.catalog(ctx, tenant)
	return &jira.Known{Scope: scope, Catalog: c, Now: r.now}, err
}

// siteRules finds what the admins of a tenant's site decide.
func (r *rooms) siteRules(ctx context.Context, tenant behavepro.TenantID) (connect.Rules, error) {
	scope, err := r.store.Tenant(ctx, tenant)
	return connect.Rules{Scope: scope}, err
}

// siteInstalled makes the tenant of a site where there is none, and starts its jobs. What was written to the site's issues before
// went with the app's last install.
func (r *rooms) siteInstalled(ctx context.Context, i connect.Install) error {
	if err := r.tenants.ensure(ctx, i.Tenant); err != nil {
		return fmt.Errorf("make tenant: %w", err)
	}
	s, err := r.siteOf(ctx, &i)
	if err != nil {
		return err
	}
	return errors.Join(s.publisher.Forget(ctx), r.service.Start(ctx, i.Tenant), r.siteJobs(ctx, i.Tenant, firstRepair))
}

// startTenant asks for what a tenant needs regularly, at the start of the daemon.
func (r *rooms) startTenant(ctx context.Context, tenant behavepro.TenantID) error {
	if err := r.service.Start(ctx, tenant); err != nil {
		return err
	}
	s, err := r.approvedSite(ctx, tenant)
	if err != nil || s == nil {
		return err
	}
	return r.siteJobs(ctx, tenant, repairSoon)
}

// siteEnded stops the jobs of a tenant that no site reaches any more. Those that run see it before the next.
func (r *rooms) siteEnded(ctx context.Context, i connect.Install) error {
	if err := r.ended(ctx, i.Tenant); !errors.Is(err, behavepro.ErrGone) {
		return err
	}
	return r.stopJobs(ctx, i.Tenant)
}

func (r *rooms) stopJobs(ctx context.Context, tenant behavepro.TenantID) error {
	return r.queue.Remove(ctx, func(j *jobs.Job) bool { return j.Tenant == tenant })
}

// ended is ErrGone for a tenant whose site has the app no more. The tenant local belongs to the server, whoever shows it.
func (r *rooms) ended(ctx context.Context, tenant behavepro.TenantID) error {
	if tenant == "" || tenant == behavepro.Local {
		return nil
	}
	i, err := r.installs.ByTenant(ctx, tenant)
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
func (r *rooms) whileInstalled(do func(context.Context, jobs.Job) error) func(context.Context, jobs.Job) error {
	return func(ctx context.Context, job jobs.Job) error {
		err := r.ended(ctx, job.Tenant)
		if err == nil && job.Tenant != "" {
			_, err = r.store.Tenant(ctx, job.Tenant)
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

// gate lets nobody in who belongs to a tenant whose site has the app no more: tokens, sessions and hooks stay, for when it comes back.
type gate struct {
	*access.Registry
	ended func(context.Context, behavepro.TenantID) error
}

func (g gate) Authenticate(ctx context.Context, token string, now time.Time) (access.Principal, error) {
	who, err := g.Registry.Authenticate(ctx, token, now)
	if err == nil {
		err = g.ended(ctx, who.Tenant)
	}
	return who, err
}

func (g gate) Admit(ctx context.Context, tenant behavepro.TenantID, job *access.Job) (access.Principal, error) {
	who, err := g.Registry.Admit(ctx, tenant, job)
	if err == nil {
		err = g.ended(ctx, who.Tenant)
	}
	return who, err
}

func (g gate) Session(ctx context.Context, cookie string, now time.Time) (access.Principal, error) {
	who, err := g.Registry.Session(ctx, cookie, now)
	if err == nil {
		err = g.ended(ctx, who.Tenant)
	}
	return who, err
}

func (g gate) Hook(ctx context.Context, id string) (access.Hook, error) {
	hook, err := g.Registry.Hook(ctx, id)
	if err == nil {
		err = g.ended(ctx, hook.Tenant)
	}
	return hook, err
}
