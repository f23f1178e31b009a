package pages

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
)

// Describer tells who made commits and what their messages say; *sync.Engine does. A commit that it does not know is
// left out.
type Describer interface {
	Describe(ctx context.Context, id behavepro.RepositoryID, shas ...behavepro.SHA) map[behavepro.SHA]gitsync.CommitInfo
}

// Options are what Pages are made of. The zero Options are valid.
type Options struct {
	Base      string    // path that all addresses begin with, such as "/app", without a slash at its end; "" is the root
	Describer Describer // nil: commits are shown without author and subject
}

// Pages are all pages under one base path. They are safe for use by many goroutines.
type Pages struct {
	opt       Options
	link      links
	templates *template.Template
	assets    *assets
	policy    string
	host      *Host
}

// New makes the pages.
func New(opt Options) *Pages {
	p := &Pages{opt: opt, link: links{base: opt.Base}, assets: newAssets(), templates: parseTemplates()}
	p.policy = policy(nil, "")
	return p
}

// Visit is one request with what its authentication found out.
type Visit struct {
	W         http.ResponseWriter
	R         *http.Request
	Now       time.Time
	Catalog   *catalog.Catalog // of the visitor's tenant
	Principal access.Principal // what the visitor reaches
	Host      *Host            // the site that shows the page inside its own; nil where none does
	Manager   Manager          // does what settings pages offer; nil: settings are only shown
	NoLeave   bool             // the site's admins do not let the visitor connect repositories
	Issues    Issues           // what the site says of issues; nil: there is none to ask
	Mends     func() bool      // whether the visitor can mend what is wrong in repositories; nil: it can
	Site      Site             // what the visitor decides for the whole site; nil: nothing
}

// Route is one page. Those whose method is POST write.
type Route struct {
	Pattern string // as http.ServeMux reads it: method and path, base path included
	About   string // one sentence
	Public  bool   // it tells nobody's data: its Visit needs no Catalog and no Principal
	Of      Of     // what it tells of
	// Serve answers. Where it returns an error, it has already answered with a page about it: the error is for the log.
	Serve func(v *Visit) error
}

// Of is what a page tells of, which decides who may see it.
type Of string

const (
	OfAll        Of = "all"        // everything within the visitor's reach
	OfIssue      Of = "issue"      // the issue that the path names by {key}
	OfRepository Of = "repository" // the repository that the path names by {repo}
	OfSettings   Of = "settings"   // settings within the visitor's reach
	OfSite       Of = "site"       // what the admins of a site decide
)

// Routes lists the pages and their assets.
func (p *Pages) Routes() []Route {
	return append([]Route{
		p.route("/{$}", OfAll, "Shows recent issues and the repositories.", (*Pages).home),
		p.route("/issues", OfAll, "Leads to the page of an issue key that was typed.", (*Pages).findIssue),
		p.route("/issues/{key}", OfIssue, "Shows the scenarios of an issue with their results.", (*Pages).issue),
		p.route("/repositories", OfAll, "Lists repositories and how their sync is doing.", (*Pages).repositories),
		p.route("/repositories/{repo}", OfRepository, "Shows the living documentation of a ref.", (*Pages).documentation),
		p.route(
			"/repositories/{repo}/problems",
			OfRepository,
			"Lists what could not be read of a repository, and results that wait.",
			(*Pages).problems,
		),
		p.route("/repositories/{repo}/steps", OfRepository, "Shows unused and duplicate steps of a ref.", (*Pages).steps),
		p.route("/repositories/{repo}/scenarios/{lineage}", OfRepository, "Shows a scenario with its versions and runs.", (*Pages).scenario),
		p.route("/repositories/{repo}/attachments/{hash}", OfRepository, "Gives an attachment of a result.", (*Pages).attachment),
		{
			Pattern: "GET " + p.opt.Base + "/assets/{name}", About: "Serves style and script of the pages.", Public: true,
			Serve: func(v *Visit) error { p.assets.serve(v.W, v.R); return nil },
		},
	}, p.settingsRoutes()...)
}

func (p *Pages) route(path string, of Of, about string, serve func(*Pages, *Visit) error) Route {
	return p.at(http.MethodGet, path, of, about, serve)
}

func (p *Pages) at(method, path string, of Of, about string, serve func(*Pages, *Visit) error) Route {
	return Route{Pattern: method + " " + p.opt.Base + path, About: about, Of: of, Serve: func(v *Visit) error {
		p := p
		if v.Host != nil {
			p = p.In(v.Host)
		}
		err := v.Principal.Allow(access.ReposRead)
		if err == nil {
			err = v.Principal.Allow(access.ResultsRead)
		}
		if err == nil {
			err = serve(p, v)
		}
		if err != nil {
			p.Fail(v.W, v.R, err)
		}
		return err
	}}
}

// mends reports whether what is wrong is said to the visitor: others could do nothing about it.
func (v *Visit) mends() bool { return v.Mends == nil || v.Mends() }

func (v *Visit) ctx() context.Context { return v.R.Context() }

// sees reports whether the visitor reaches a repository.
func (v *Visit) sees(r *catalog.Repository) bool {
	return v.Principal.AllowRepository(access.ReposRead, r) == nil
}

// repositories lists what the visitor reaches, by name.
func (v *Visit) repositories() ([]*catalog.Repository, error) {
	all, err := v.Catalog.Repositories(v.ctx())
	if err != nil {
		return nil, err
	}
	seen := all[:0:0]
	for _, r := range all {
		if v.sees(r) {
			seen = append(seen, r)
		}
	}
	return seen, nil
}

// repository finds the repository that the path names by its id or name. What is out of reach does not exist.
func (v *Visit) repository() (*catalog.Repository, error) {
	name := v.R.PathValue("repo")
	all, err := v.repositories()
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if string(r.ID) == name {
			return r, nil
		}
	}
	for _, r := range all {
		if r.Name == name {
			return r, nil
		}
	}
	return nil, behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("There is no repository %q within your reach.", name),
		"The list of repositories shows those that are.")
}
