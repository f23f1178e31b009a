package pages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
)

// CIServices are those whose jobs may come without an API token.
type CIServices struct {
	Issuers  []string // as their ID tokens name them; none where the operator lists none
	Audience string   // that an ID token has to be for
}

// trustList is the trusts on the settings page.
type trustList struct {
	Add      string // where the form is; "" where the server takes no ID tokens
	Audience string
	Lines    []trustLine
}

type trustLine struct {
	Name, Reach string
	Gate        bool
	At          string // issuer, repository and owner
	Refs        string
	Events      string
	Created     time.Time
	End         string
}

type trustPage struct {
	sheet
	Audience string
	Name     input
	Projects projectsField
	Issuers  []option
	CI       input // the service's number of the repository
	Owner    input
	Refs     input
	Events   input
	Repos    []option
	Gate     bool
}

const (
	fieldIssuer, fieldCI, fieldOwner  = "issuer", "repository-id", "owner-id"
	fieldRefs, fieldEvents, fieldGate = "refs", "events", "gate"
)

// trustKeeper tells why the visitor trusts no jobs; nil where it may. A job has one grant, put together of all trusts that fit it, so
// that they are for who decides for all projects.
func (v *Visit) trustKeeper() error {
	if err := v.Principal.Allow(access.Admin); err != nil {
		return err
	}
	if v.Manager == nil || v.Principal.AllowTenant(access.Admin) != nil {
		return behavepro.Explain(behavepro.ErrForbidden, "which CI jobs are trusted is decided for all projects", "ask who administers them all")
	}
	return nil
}

// trusts are those that the visitor decides about; nil where it decides none, or the server takes no ID tokens.
func (p *Pages) trusts(v *Visit, repos []*catalog.Repository) (*trustList, error) {
	if v.trustKeeper() != nil {
		return nil, nil
	}
	trusts, err := v.Manager.Trusts(v.ctx())
	services := v.Manager.CI()
	if err != nil || len(trusts) == 0 && len(services.Issuers) == 0 {
		return nil, err
	}
	list := &trustList{Audience: services.Audience}
	if len(services.Issuers) > 0 {
		list.Add = p.link.newTrust()
	}
	for _, t := range trusts {
		line := trustLine{
			Name: t.Name, Reach: joinKeys(t.Projects), Gate: t.Gate,
			At:   fmt.Sprintf("%s, repository %s, owner %s", t.Issuer, t.RepositoryID, t.OwnerID),
			Refs: strings.Join(t.Refs, ", "), Events: strings.Join(t.Events, ", "), Created: t.Created, End: p.link.write("trusts", t.ID, "end"),
		}
		if line.Name == "" {
			line.Name = "repository " + t.RepositoryID
		}
		if t.Repository != "" {
			line.Reach += ", only " + nameOf(repos, t.Repository)
		}
		list.Lines = append(list.Lines, line)
	}
	return list, nil
}

func (p *Pages) newTrust(v *Visit) error {
	if err := v.trustKeeper(); err != nil {
		return err
	}
	return p.showTrust(v, newForm(nil))
}

func (p *Pages) showTrust(v *Visit, f *form) error {
	services := v.Manager.CI()
	page := trustPage{
		sheet: p.sheet(v, "Trust CI jobs", f, "trusts"), Audience: services.Audience,
		Name:     f.field(input{Name: fieldName, Label: "Name", Example: "acme/webstore on main", About: "Results say who sent them by it."}),
		Projects: v.projectsField(f), Gate: f.text(fieldGate) == checked,
		CI: f.field(
			input{
				Name:     fieldCI,
				Label:    "Number of the repository",
				Required: true,
				Mono:     true,
				About:    "GitHub: `gh api repos/OWNER/NAME --jq .id`, GitLab: `CI_PROJECT_ID`.",
			},
		),
		Owner: f.field(
			input{
				Name:     fieldOwner,
				Label:    "Number of its owner",
				Required: true,
				Mono:     true,
				About:    "`gh api repos/OWNER/NAME --jq .owner.id`, `CI_PROJECT_NAMESPACE_ID`. A name could be given away.",
			},
		),
		Refs: f.field(input{
			Name: fieldRefs, Label: "Refs", Required: true, Mono: true, Rows: 3, Example: "refs/heads/main",
			About: "In full, one to a line; `*` ends at a slash, `**` does not. All branches: `refs/heads/**`. " +
				"Pull requests of GitHub: `refs/pull/*/merge`.",
		}),
		Events: f.field(
			input{Name: fieldEvents, Label: "Events", Required: true, Mono: true, Example: "push pull_request", About: "What starts the jobs."},
		),
	}
	page.Projects.Input.About, page.Projects.Input.Required = "Keys of the projects that their results reach.", true
	for _, issuer := range services.Issuers {
		page.Issuers = append(page.Issuers, option{issuer, issuer, issuer == f.text(fieldIssuer)})
	}
	repos, err := v.repositories()
	if err != nil {
		return err
	}
	page.Repos = repositoryOptions(repos, f)
	v.once()
	return p.render(v.W, v.R, f.status(), "trust", &page)
}

func (p *Pages) addTrust(v *Visit) error {
	if err := v.trustKeeper(); err != nil {
		return err
	}
	f := newForm(v.R.PostForm)
	wish, err := v.trustWish(f)
	if err != nil {
		return err
	}
	if len(f.wrong) > 0 {
		return p.showTrust(v, f)
	}
	err = v.Manager.AddTrust(v.ctx(), wish)
	switch {
	case f.refused(err):
		return p.showTrust(v, f)
	case err != nil:
		return err
	}
	return v.goTo(p.link.settings("trust"))
}

// trustWish reads the form of a trust. What a trust may say is checked where it is kept.
func (v *Visit) trustWish(f *form) (access.Trust, error) {
	wish := access.Trust{
		Name: f.text(
			fieldName,
		), Projects: v.projectsOf(f), Issuer: f.text(fieldIssuer), RepositoryID: f.text(fieldCI), OwnerID: f.text(fieldOwner),
		Refs: f.words(fieldRefs), Events: f.words(fieldEvents), Gate: f.text(fieldGate) == checked,
	}
	if !slices.Contains(v.Manager.CI().Issuers, wish.Issuer) {
		f.fail(fieldIssuer, "Choose a CI service that this server takes ID tokens of.")
	}
	for _, needed := range []struct{ field, what string }{
		{fieldCI, "The number of the repository is missing."},
		{fieldOwner, "The number of its owner is missing."},
		{fieldRefs, "Name at least one ref."},
		{fieldEvents, "Name at least one event."},
	} {
		if len(f.words(needed.field)) == 0 {
			f.fail(needed.field, needed.what)
		}
	}
	var err error
	wish.Repository, err = v.repositoryOf(f)
	return wish, err
}

func (p *Pages) endTrust(v *Visit) error {
	if err := v.trustKeeper(); err != nil {
		return err
	}
	if err := v.Manager.EndTrust(v.ctx(), v.R.PathValue("id")); err != nil {
		return err
	}
	return v.goTo(p.link.settings("distrust"))
}
