package server

import (
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/pages"
)

// pageRoutes are the local pages, opened by a session. Webhooks are reached under publicURL.
func (a *App) pageRoutes(p *pages.Pages, publicURL string) []api.Route {
	var routes []api.Route
	for _, page := range p.Routes() {
		if page.Of == pages.OfSite {
			continue // of a site in Jira alone
		}
		route := api.Route{Pattern: page.Pattern, About: page.About, Door: api.Session, Slow: true, Fail: p.Fail}
		if page.Public {
			route.Door = api.Public
		}
		route.Serve = func(x *api.Exchange) error {
			v := &pages.Visit{W: x.W, R: x.R, Now: x.Now, Catalog: x.Catalog, Principal: x.Principal}
			if !page.Public {
				v.Manager = a.manager(x.Tenant, publicURL)
			}
			return page.Serve(v)
		}
		routes = append(routes, route)
	}
	return routes
}
