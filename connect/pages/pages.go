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
	Embedded  bool      // shown inside another page, such as a Jira issue: without a header of our own
	Ancestors []string  // origins that may frame the pages; none means that nobody may
}

// Pages are all pages under one base path. They are safe for use by many goroutines.
type Pages struct {
	opt       Options
	link      links
	templates *template.Template
	assets    *assets
	policy    string
}

// New makes the pages.
func New(opt Options) *Pages {
	p := &Pages{opt: opt, link: links{opt.Base}, assets: newAssets(), templates: parseTemplates()}
	p.policy = policy(opt.Ancestors)
	return p
}

// Visit is one request with what its door found out.
type Visit struct {
	W         http.ResponseWriter
	R         *http.Request
	Now       time.Time
	Catalog   *catalog.Catalog // of the visitor's tenant
	Principal access.Principal // what the visitor reaches
}

// Route is one page.
type Route struct {
	Pattern string // as http.ServeMux reads it: method and path, base path included
	About   string // one sentence
	Public  bool   // it tells nobody's data: its Visit needs no Catalog and no Principal
	// Serve answers. Where it returns an error, it has already answered with a page about it: the error is for the log.
	Serve func(v *Visit) error
}

// Routes lists the pages and their assets.
func (p *Pages) Routes() []Route {
	return []Route{
		p.route("/{$}", "Shows recent issues and the repositories.", p.home),
		p.route("/issues", "Leads to the page of an issue key that was typed.", p.findIssue),
		p.route("/issues/{key}", "Shows the scenarios of an issue with their results.", p.issue),
		p.route("/repositories", "Lists repositories and how their sync is doing.", p.repositories),
		p.route("/repositories/{repo}", "Shows the living documentation of a ref.", p.documentation),
		p.route("/repositories/{repo}/problems", "Lists what could not be read of a repository, and results that wait.", p.problems),
		p.route("/repositories/{repo}/scenarios/{lineage}", "Shows a scenario with its versions and runs.", p.scenario),
		{
			Pattern: "GET " + p.opt.Base + "/assets/{name}", About: "Serves style and script of the pages.", Public: true,
			Serve: func(v *Visit) error { p.assets.serve(v.W, v.R); return nil },
		},
	}
}

func (p *Pages) route(path, about string, serve func(*Visit) error) Route {
	return Route{Pattern: "GET " + p.opt.Base + path, About: about, Serve: func(v *Visit) error {
		err := v.Principal.Allow(access.ReposRead, "")
		if err == nil {
			err = v.Principal.Allow(access.ResultsRead, "")
		}
		if err == nil {
			err = serve(v)
		}
		if err != nil {
			p.Fail(v.W, v.R, err)
		}
		return err
	}}
}

func (v *Visit) ctx() context.Context { return v.R.Context() }

// sees tells whether the visitor reaches a repository.
func (v *Visit) sees(r *catalog.Repository) bool {
	return v.Principal.AllowRepository(access.ReposRead, r.ID, r.Projects) == nil
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
