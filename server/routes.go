package server

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/web"
)

const (
	pathOpen    = "/open"
	sessionTime = 12 * time.Hour
)

// ownRoutes are the routes of the server itself; those of other packages are registered beside them.
func (a *App) ownRoutes(e endpoint, p *pages.Pages) []web.Route {
	return []web.Route{
		a.cliRoute(),
		{
			Pattern: "GET " + pathOpen, About: "Buys a session of the local pages with a ticket.", Auth: web.Public, Fail: p.Fail,
			Serve: func(x *web.Request) error { return a.openPages(x, e) },
		},
		{
			Pattern: "POST /api/v1/admin-token", About: "Writes a new admin token to the data folder and ends the one before.",
			Auth: web.Token, Verb: access.Admin, Reach: web.WholeTenant, Serve: a.rotateAdmin,
		},
		{
			Pattern: "POST /api/v1/backup", About: "Sends everything that is kept, sealed and without its key, as it is at one moment.",
			Auth: web.Token, Verb: access.Admin, Reach: web.WholeTenant, Slow: true, Serve: a.sendBackup,
		},
	}
}

// openPages turns a ticket into a cookie. ?to= names the page to go to; what is no path of this site leads to the first page.
func (a *App) openPages(x *web.Request, e endpoint) error {
	query := x.R.URL.Query()
	var cookie behavepro.Secret
	var until time.Time
	err := x.Prove(query.Get("ticket"), func() (err error) {
		cookie, until, err = a.registry.Redeem(x.R.Context(), query.Get("ticket"), x.Now, sessionTime)
		return err
	})
	if err != nil {
		return err
	}
	http.SetCookie(x.W, &http.Cookie{
		Name: e.cookie(), Value: cookie.Reveal(), Path: "/", Expires: until, HttpOnly: true, Secure: e.https(), SameSite: http.SameSiteStrictMode,
	})
	x.W.Header().Set("Cache-Control", "no-store")
	http.Redirect(x.W, x.R, ownPath(query.Get("to")), http.StatusSeeOther)
	return nil
}

// ownPath keeps a redirect on this site.
func ownPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") ||
		strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

// rotateAdmin writes the new token to the file of the data folder; it never travels. The file belongs to the tenant local.
func (a *App) rotateAdmin(x *web.Request) error {
	if x.Tenant != behavepro.Local {
		return behavepro.Explain(behavepro.ErrForbidden, "the admin token of the server is not yours", "")
	}
	if err := a.registry.RotateAdmin(x.R.Context(), x.Change(), a.conf.Data); err != nil {
		return err
	}
	a.conf.Log.Info("admin token rotated", "by", x.Principal.TokenID)
	x.W.WriteHeader(http.StatusNoContent)
	return nil
}
