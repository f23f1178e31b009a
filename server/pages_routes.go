package server

import (
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/web"
)

// pageRoutes are the local pages, opened by a session. Webhooks are reached under publicURL.
func (a *App) pageRoutes(p *pages.Pages, publicURL string) []web.Route {
	var routes []web.Route
	for _, page := range p.Routes() {
		if page.Of == pages.OfSite {
			continue // of a site in Jira alone
		}
		route := web.Route{Pattern: page.Pattern, About: page.About, Auth: web.Session, Slow: true, Fail: p.Fail}
		if page.Public {
			route.Auth = web.Public
		}
		route.Serve = func(x *web.Request) error {
			v := &pages.Visit{W: x.W, R: x.R, Now: x.Now, Catalog: x.Catalog, Principal: x.Principal}
			if !page.Public {
				v.Manager = a.manager(x.Principal, publicURL)
			}
			return page.Serve(v)
		}
		routes = append(routes, route)
	}
	return routes
}
