package connect

import (
	_ "embed"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/behavepro/behavepro"
)

// Addresses; all but the descriptor's are below Options.Path.
const (
	pathDescriptor  = "/atlassian-connect.json"
	pathInstalled   = "/installed"
	pathUninstalled = "/uninstalled"
	pathEnabled     = "/enabled"
	pathDisabled    = "/disabled"
	pathWebhook     = "/webhooks"
	pathToken       = "/tokens"
	pathPanels      = "/panels/"
	pathIcon        = "/icon.svg"
)

// Module is a place in Jira where the app shows itself.
type Module string

// The modules.
const (
	ScenariosModule     Module = "scenarios"
	StatusModule        Module = "status"
	DocumentationModule Module = "documentation"
	SettingsModule      Module = "settings"
	SiteModule          Module = "site"
)

func (m Module) path() string { return pathPanels + string(m) }

// Panel is the address that Jira puts into a frame for a module. It is URL-bound; what the page in the frame asks for afterwards is
// context-bound, with tokens for the module.
type Panel struct {
	Module  Module
	Pattern string // as http.ServeMux reads it
	About   string // one sentence
	Need    Need   // what the visitor must be allowed
}

// Panels lists the modules that have a page.
func (a *App) Panels() []Panel {
	panel := func(m Module, need Need, about string) Panel {
		return Panel{Module: m, Pattern: "GET " + a.opt.Path + m.path(), About: about, Need: need}
	}
	return []Panel{
		panel(ScenariosModule, Browse, "Shows an issue's scenarios inside it."),
		panel(StatusModule, Browse, "Shows the status of an issue's scenarios beside it."),
		panel(DocumentationModule, Browse, "Shows the living documentation inside a project."),
		panel(SettingsModule, Configure, "Shows a project's repositories, tokens and problems to its admins."),
		panel(SiteModule, Administer, "Shows all projects of a site to its admins."),
	}
}

// RouteKind says who calls a route.
type RouteKind string

// The kinds of routes.
const (
	ForAll       RouteKind = "all"       // it tells nobody's data
	ForLifecycle RouteKind = "lifecycle" // Jira, signed; the tenant may not exist yet
	ForWebhook   RouteKind = "webhook"   // Jira, signed; the tenant may wait for approval
	ForPage      RouteKind = "page"      // a page in Jira, context-bound
)

// Route is one entry point of this package. Frames serve the panels.
type Route struct {
	Pattern string // as http.ServeMux reads it
	About   string // one sentence
	Kind    RouteKind
	// Serve checks what the route needs, and answers or returns an error. What it refuses is logged.
	Serve func(w http.ResponseWriter, r *http.Request) error
}

// Routes lists what Jira and its pages call.
func (a *App) Routes() []Route {
	post := func(path, about string, kind RouteKind, serve func(http.ResponseWriter, *http.Request) error) Route {
		return Route{Pattern: "POST " + a.opt.Path + path, About: about, Kind: kind, Serve: func(w http.ResponseWriter, r *http.Request) error {
			err := serve(w, r)
			if err != nil {
				a.note(r, err)
			}
			return err
		}}
	}
	return []Route{
		{Pattern: "GET " + pathDescriptor, About: "Describes the app to Jira.", Kind: ForAll, Serve: a.describe},
		{Pattern: "GET " + a.opt.Path + pathIcon, About: "Serves the app's icon.", Kind: ForAll, Serve: serveIcon},
		post(pathInstalled, "Takes a site's install and its secret.", ForLifecycle, a.installed),
		post(pathUninstalled, "Ends a site's install.", ForLifecycle, a.uninstalled),
		post(pathEnabled, "Takes note that a site enabled the app.", ForLifecycle, a.toggled),
		post(pathDisabled, "Takes note that a site disabled the app.", ForLifecycle, a.toggled),
		post(pathWebhook, "Takes hints of changes in Jira.", ForWebhook, a.webhook),
		post(pathToken+"/{module}", "Trades what Jira signed for a page into a token of ours.", ForPage, a.renew),
	}
}

// RenewPath is where a page of a module trades Jira's context token for an own one.
func (a *App) RenewPath(m Module) string { return a.opt.Path + pathToken + "/" + string(m) }

func (a *App) describe(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, a.descriptor())
}

//go:embed icon.svg
var icon []byte

func serveIcon(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write(icon) // a caller who went away misses it
	return nil
}

// renew answers {"token": …}. Our own tokens are not taken here: only Jira can say that somebody is still there.
func (a *App) renew(w http.ResponseWriter, r *http.Request) error {
	m := Module(r.PathValue("module"))
	if !slices.ContainsFunc(a.Panels(), func(p Panel) bool { return p.Module == m }) {
		return behavepro.Explain(behavepro.ErrNotFound, "there is no such module", "")
	}
	i, u, err := a.symmetric(r, ContextBound)
	if err == nil {
		err = admitted(&i)
	}
	if err != nil {
		return err
	}
	token, err := a.ContextToken(visitor(&i, u, a.opt.Now()), m)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, map[string]string{"token": token.Reveal()})
}

func writeJSON(w http.ResponseWriter, v any) error {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return errors.Join(behavepro.ErrCorrupt, err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(append(body, '\n')) // a caller who went away misses it
	return nil
}
