package pages

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
)

// foreignView is a project that has not connected a repository whose tags name its issues.
type foreignView struct {
	Project behavepro.ProjectKey
	Issues  string // that tags name, counted
	Offered bool
	Guest   bool // its admins accepted
}

// offerView is a repository that another project offers.
type offerView struct {
	Name    string
	From    string // its own projects
	Project behavepro.ProjectKey
	Answer  string // where the form goes
	Guest   bool   // it was accepted
}

const fieldProject = "project"

// foreign lists the projects that a repository's tags name and that have not connected it. Without a site around the pages all keys
// link, and there is nobody to ask.
func (p *Pages) foreign(v *Visit, r *catalog.Repository) ([]foreignView, error) {
	if v.Host == nil {
		return nil, nil
	}
	named, err := v.foreignKeys(r)
	if err != nil {
		return nil, err
	}
	count := map[behavepro.ProjectKey]int{}
	for _, key := range named {
		count[key.Project()]++
	}
	for _, project := range slices.Concat(r.Offered, r.Guests) {
		count[project] += 0
	}
	var all []foreignView
	for project, n := range count {
		all = append(
			all,
			foreignView{project, plural(n, "issue", "issues"), slices.Contains(r.Offered, project), slices.Contains(r.Guests, project)},
		)
	}
	slices.SortFunc(all, func(a, b foreignView) int { return cmp.Compare(a.Project, b.Project) })
	return all, nil
}

// foreignKeys are those of the default branch that are of no project of the repository.
func (v *Visit) foreignKeys(r *catalog.Repository) ([]behavepro.IssueKey, error) {
	at, err := v.Catalog.Resolve(v.ctx(), r, "")
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	standing, err := v.Catalog.Standing(v.ctx(), at)
	if err != nil {
		return nil, err
	}
	var keys []behavepro.IssueKey
	for _, issue := range standing.Issues() {
		if !slices.Contains(r.Projects, issue.Key.Project()) {
			keys = append(keys, issue.Key)
		}
	}
	return keys, nil
}

// offer asks the admins of a project to accept a repository, or takes back what was offered or accepted. Accepting is theirs alone: a tag
// that names a project gives nobody there the files, and nobody here a place in its issues.
func (p *Pages) offer(v *Visit) error {
	r, err := v.owned()
	if err != nil {
		return err
	}
	if v.Host == nil {
		return behavepro.Explain(behavepro.ErrInvalid, "there is no Jira site whose projects could accept it", "")
	}
	f := newForm(v.R.PostForm)
	project, err := behavepro.ParseProjectKey(f.text(fieldProject))
	if err != nil {
		return err
	}
	if slices.Contains(r.Projects, project) {
		return behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("%q is no other project", project), "load the page again")
	}
	offered, guests := without(r.Offered, project), r.Guests
	switch {
	case f.text(fieldDo) != "offer":
		guests = without(guests, project)
	case !slices.Contains(guests, project):
		offered = append(offered, project)
	}
	if len(offered)+len(guests) > maxOffers {
		return behavepro.Explain(
			behavepro.ErrLimit,
			fmt.Sprintf("a repository is offered to at most %d projects", maxOffers),
			"take an offer back first",
		)
	}
	if err := v.Manager.Change(v.ctx(), r.ID, gitsync.RepositoryChange{Offered: &offered, Guests: &guests}); err != nil {
		return p.repositoryFailed(v, r, f, err)
	}
	return v.goTo(p.link.settingsOf(r, "offer"))
}

// maxOffers is how many other projects a repository is offered to.
const maxOffers = 100

func without(all []behavepro.ProjectKey, one behavepro.ProjectKey) []behavepro.ProjectKey {
	return slices.DeleteFunc(slices.Clone(all), func(p behavepro.ProjectKey) bool { return p == one })
}

// offersTo lists what is offered to, and was accepted for, the projects that the visitor administers.
func (p *Pages) offersTo(v *Visit) ([]offerView, error) {
	if v.Host == nil || v.Manager == nil {
		return nil, nil
	}
	all, err := v.Catalog.Repositories(v.ctx())
	if err != nil {
		return nil, err
	}
	var offers []offerView
	for _, r := range all {
		for _, project := range slices.Concat(r.Offered, r.Guests) {
			if v.Principal.AllowProject(access.ReposWrite, project) == nil {
				offers = append(offers, offerView{
					r.Name, projectsOf(r), project, p.link.write("offers", url.PathEscape(string(r.ID))), slices.Contains(r.Guests, project),
				})
			}
		}
	}
	return offers, nil
}

// answerOffer accepts or refuses for a project that the visitor administers. What is not offered to it does not exist.
func (p *Pages) answerOffer(v *Visit) error {
	f := newForm(v.R.PostForm)
	project := behavepro.ProjectKey(f.text(fieldProject))
	all, err := v.Catalog.Repositories(v.ctx())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(r *catalog.Repository) bool { return string(r.ID) == v.R.PathValue("repo") })
	if at < 0 || v.Host == nil || v.Principal.AllowProject(access.ReposWrite, project) != nil || project == "" ||
		!slices.Contains(all[at].Offered, project) && !slices.Contains(all[at].Guests, project) {
		return behavepro.Explain(behavepro.ErrNotFound, "this is offered no more", "load the page again")
	}
	r := all[at]
	offered, guests, did := without(r.Offered, project), without(r.Guests, project), "refused"
	if f.text(fieldDo) == "accept" {
		guests, did = append(guests, project), "accepted"
	}
	if err := v.Manager.Change(v.ctx(), r.ID, gitsync.RepositoryChange{Offered: &offered, Guests: &guests}); err != nil {
		return err
	}
	return v.goTo(p.link.settings(did))
}
