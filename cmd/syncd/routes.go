package main

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/connect/pages"
)

const (
	pathOpen    = "/open"
	sessionTime = 12 * time.Hour
)

// ownRoutes are the routes of the daemon itself; those of other rooms are registered beside them, in the same list.
func (r *rooms) ownRoutes(s site, p *pages.Pages) []api.Route {
	return []api.Route{
		r.cliRoute(),
		{
			Pattern: "GET " + pathOpen, About: "Buys a session of the local pages with a ticket.", Door: api.Public, Fail: p.Fail,
			Serve: func(x *api.Exchange) error { return r.openPages(x, s) },
		},
		{
			Pattern: "POST /api/v1/admin-token", About: "Writes a new admin token to the data folder and ends the one before.",
			Door: api.Token, Verb: access.Admin, Reach: api.WholeTenant, Serve: r.rotateAdmin,
		},
		{
			Pattern: "POST /api/v1/backup", About: "Sends everything that is kept, sealed and without its key, as it is at one moment.",
			Door: api.Token, Verb: access.Admin, Reach: api.WholeTenant, Slow: true, Serve: r.sendBackup,
		},
	}
}

// openPages turns a ticket into a cookie. ?to= names the page to go to; what is no path of this site leads to the first page.
func (r *rooms) openPages(x *api.Exchange, s site) error {
	query := x.R.URL.Query()
	var cookie behavepro.Secret
	var until time.Time
	err := x.Prove(query.Get("ticket"), func() (err error) {
		cookie, until, err = r.registry.Redeem(x.R.Context(), query.Get("ticket"), x.Now, sessionTime)
		return err
	})
	if err != nil {
		return err
	}
	http.SetCookie(x.W, &http.Cookie{
		Name: s.cookie(), Value: cookie.Reveal(), Path: "/", Expires: until, HttpOnly: true, Secure: s.https(), SameSite: http.SameSiteStrictMode,
	})
	x.W.Header().Set("Cache-Control", "no-store")
	http.Redirect(x.W, x.R, ownPath(query.Get("to")), http.StatusSeeOther)
	return nil
}

// ownPath keeps a redirect on this site.
func ownPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

// rotateAdmin writes the new token to the file of the data folder; it never travels. The file belongs to the tenant local.
func (r *rooms) rotateAdmin(x *api.Exchange) error {
	if x.Tenant != behavepro.Local {
		return behavepro.Explain(behavepro.ErrForbidden, "the admin token of the server is not yours", "")
	}
	if err := r.registry.RotateAdmin(x.R.Context(), r.data, x.Now); err != nil {
		return err
	}
	r.log.Info("admin token rotated", "by", x.Principal.TokenID)
	x.W.WriteHeader(http.StatusNoContent)
	return nil
}
