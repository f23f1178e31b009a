package access

import (
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
)

// Repository is a repository as far as access to it depends on it.
type Repository interface {
	RepositoryID() behavepro.RepositoryID
	Owners() []behavepro.ProjectKey     // projects that connected it
	SharedWith() []behavepro.ProjectKey // other projects that accepted it
}

// reads reports whether a verb changes nothing.
func (v Verb) reads() bool { return v == ResultsRead || v == ReposRead }

// Allow returns nil if the principal may do verb in every one of projects; without projects it asks for the verb alone. Otherwise it
// is ErrForbidden, and the text says what is missing.
func (p *Principal) Allow(verb Verb, projects ...behavepro.ProjectKey) error {
	if !p.Can(verb) {
		return behavepro.Explain(behavepro.ErrForbidden,
			fmt.Sprintf("%s may not do %s, only %s", p.who(), verb, joinVerbs(p.Verbs)), "use a token with "+string(verb))
	}
	for _, project := range projects {
		if !p.InProject(project) {
			return behavepro.Explain(behavepro.ErrForbidden,
				fmt.Sprintf("%s does not reach project %s", p.who(), project), "use a token for "+string(project))
		}
	}
	return nil
}

// AllowRepository returns nil if the principal may do verb in a repository. Reading needs one of the projects that connected or
// accepted it; everything else, results of its tests included, needs one that connected it. A principal of one repository reaches no
// other. A repository out of reach is ErrNotFound: its existence is not disclosed.
func (p *Principal) AllowRepository(verb Verb, r Repository) error {
	if err := p.Allow(verb); err != nil {
		return err
	}
	if p.reaches(verb, r) {
		return nil
	}
	return behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("%s does not reach this repository, or there is none", p.who()), "")
}

func (p *Principal) reaches(verb Verb, r Repository) bool {
	switch {
	case p.Repository != "" && p.Repository != r.RepositoryID():
		return false
	case p.AllProjects || slices.ContainsFunc(r.Owners(), p.InProject):
		return true
	}
	return verb.reads() && slices.ContainsFunc(r.SharedWith(), p.InProject)
}

// AllowOwner returns nil if the principal may change the settings of a repository, its credential and webhook, or remove it: that
// needs every project that connected it. A repository that the principal may not even read is ErrNotFound, another one ErrForbidden.
func (p *Principal) AllowOwner(verb Verb, r Repository) error {
	if err := p.Allow(verb); err != nil {
		return err
	}
	if !p.reaches(ReposRead, r) {
		return p.AllowRepository(verb, r)
	}
	if p.Allow(verb, r.Owners()...) != nil {
		return behavepro.Explain(behavepro.ErrForbidden, "this repository also belongs to projects that you do not administer",
			"who administers all projects that connected it can change it")
	}
	return nil
}

// AllowConnect returns nil if the principal may connect a repository to projects.
func (p *Principal) AllowConnect(projects ...behavepro.ProjectKey) error {
	if p.Repository != "" {
		return behavepro.Explain(behavepro.ErrForbidden, p.who()+" is for one repository and connects no other", "use a token without --repo")
	}
	return p.Allow(ReposWrite, projects...)
}

// AllowProject returns nil if the principal may do verb with what belongs to a whole project, such as what it keeps of its evidence or
// which repositories it accepts. A principal of one repository changes none of it.
func (p *Principal) AllowProject(verb Verb, project behavepro.ProjectKey) error {
	if p.Repository != "" && !verb.reads() {
		return behavepro.Explain(
			behavepro.ErrForbidden,
			p.who()+" is for one repository and decides nothing for a project",
			"use a token without --repo",
		)
	}
	return p.Allow(verb, project)
}

// AllowTenant returns nil if the principal may do verb in all projects and repositories of its tenant.
func (p *Principal) AllowTenant(verb Verb) error {
	if err := p.Allow(verb); err != nil {
		return err
	}
	if !p.AllProjects || p.Repository != "" {
		return behavepro.Explain(behavepro.ErrForbidden, "this needs a token for all projects", "use the admin token")
	}
	return nil
}

// AllowUnnamed returns nil if the principal may do verb with a push that names no repository and was made under projects; none stands
// for all.
func (p *Principal) AllowUnnamed(verb Verb, projects []behavepro.ProjectKey) error {
	if len(projects) == 0 || p.Repository != "" {
		return p.AllowTenant(verb)
	}
	return p.Allow(verb, projects...)
}

// AllowTokens returns nil if the principal may make tokens, and end those that it reaches.
func (p *Principal) AllowTokens() error {
	if p.Repository != "" {
		return behavepro.Explain(behavepro.ErrForbidden, p.who()+" is for one repository and manages no tokens", "")
	}
	return p.Allow(Admin)
}

// ReachesToken reports whether the principal reaches all that a token reaches.
func (p *Principal) ReachesToken(t *Token) bool {
	return p.AllProjects || !t.AllProjects && p.Allow(Admin, t.Projects...) == nil
}

// MayUseLocalPaths reports whether the principal may connect repositories by a path of the server's machine: only the server's own
// admin may.
func (p *Principal) MayUseLocalPaths() bool {
	return p.Tenant == behavepro.Local && p.AllowTenant(Admin) == nil
}

// Seen returns those of projects that the principal reaches.
func (p *Principal) Seen(projects []behavepro.ProjectKey) []behavepro.ProjectKey {
	seen := make([]behavepro.ProjectKey, 0, len(projects))
	for _, project := range projects {
		if p.InProject(project) {
			seen = append(seen, project)
		}
	}
	return seen
}
