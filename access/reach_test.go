package access_test

import (
	"errors"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
)

type repository struct {
	id             behavepro.RepositoryID
	owners, shared []behavepro.ProjectKey
}

func (r *repository) RepositoryID() behavepro.RepositoryID { return r.id }
func (r *repository) Owners() []behavepro.ProjectKey       { return r.owners }
func (r *repository) SharedWith() []behavepro.ProjectKey   { return r.shared }

func principal(repository behavepro.RepositoryID, verbs []access.Verb, projects ...behavepro.ProjectKey) access.Principal {
	return access.Principal{Grant: access.Grant{
		Tenant: behavepro.Local, Projects: projects, AllProjects: len(projects) == 0, Verbs: verbs, Repository: repository,
	}, Name: "ci", TokenID: "1"}
}

// TestReachOfRepository has a line for each kind of caller: who owns the repository, owns it with others, accepted it, or neither.
func TestReachOfRepository(t *testing.T) {
	t.Parallel()
	all := []access.Verb{access.ResultsWrite, access.ResultsRead, access.ReposRead, access.ReposWrite}
	shared := &repository{"r1", []behavepro.ProjectKey{"PAY", "SHOP"}, []behavepro.ProjectKey{"SEC"}}
	missing, forbidden := behavepro.ErrNotFound, behavepro.ErrForbidden
	for _, c := range []struct {
		name                     string
		who                      access.Principal
		read, push, sync, change error
	}{
		{"the server's admin", principal("", []access.Verb{access.Admin}), nil, nil, nil, nil},
		{"all owners", principal("", all, "PAY", "SHOP"), nil, nil, nil, nil},
		{"one of the owners", principal("", all, "SHOP"), nil, nil, nil, forbidden},
		{"a project that accepted it", principal("", all, "SEC"), nil, missing, missing, forbidden},
		{"an owner and a project that accepted it", principal("", all, "SEC", "SHOP"), nil, nil, nil, forbidden},
		{"a stranger", principal("", all, "BANK"), missing, missing, missing, missing},
		{"an owner, for this repository", principal("r1", all, "PAY", "SHOP"), nil, nil, nil, nil},
		{"an owner, for another repository", principal("r2", all, "PAY", "SHOP"), missing, missing, missing, missing},
		{"accepting, for this repository", principal("r1", all, "SEC"), nil, missing, missing, forbidden},
		{"accepting, for another repository", principal("r2", all, "SEC"), missing, missing, missing, missing},
		{"all projects, for another repository", principal("r2", all), missing, missing, missing, missing},
		{"no verb", principal("", []access.Verb{"none"}, "SHOP"), forbidden, forbidden, forbidden, forbidden},
	} {
		for _, got := range []struct {
			what      string
			err, want error
		}{
			{"read files", c.who.AllowRepository(access.ReposRead, shared), c.read},
			{"read results", c.who.AllowRepository(access.ResultsRead, shared), c.read},
			{"push results", c.who.AllowRepository(access.ResultsWrite, shared), c.push},
			{"sync", c.who.AllowRepository(access.ReposWrite, shared), c.sync},
			{"change", c.who.AllowOwner(access.ReposWrite, shared), c.change},
		} {
			if !errors.Is(got.err, got.want) {
				t.Errorf("%s: %s: got %v, want %v", c.name, got.what, got.err, got.want)
			}
		}
	}
}

// TestReachBeyondRepositories: a token of one repository decides nothing for its projects, and none reaches more than its projects.
func TestReachBeyondRepositories(t *testing.T) {
	t.Parallel()
	admin := []access.Verb{access.Admin}
	everything, shop, one := principal("", admin), principal("", admin, "SHOP"), principal("r1", admin)
	oneOfShop, other := principal("r1", admin, "SHOP"), principal("", admin)
	other.Tenant = "other"
	reader := principal("r1", []access.Verb{access.ReposRead, access.ResultsRead}, "SHOP")
	for _, c := range []struct {
		name string
		got  error
		want error
	}{
		{"all: tenant", everything.AllowTenant(access.Admin), nil},
		{"all: tokens", everything.AllowTokens(), nil},
		{"all: connect", everything.AllowConnect("SHOP"), nil},
		{"SHOP: tenant", shop.AllowTenant(access.Admin), behavepro.ErrForbidden},
		{"SHOP: tokens", shop.AllowTokens(), nil},
		{"SHOP: connect to SHOP", shop.AllowConnect("SHOP"), nil},
		{"SHOP: connect to PAY", shop.AllowConnect("SHOP", "PAY"), behavepro.ErrForbidden},
		{"SHOP: its evidence", shop.AllowProject(access.ReposWrite, "SHOP"), nil},
		{"SHOP: evidence of PAY", shop.AllowProject(access.ReposWrite, "PAY"), behavepro.ErrForbidden},
		{"one repository: tenant", one.AllowTenant(access.Admin), behavepro.ErrForbidden},
		{"one repository: tokens", one.AllowTokens(), behavepro.ErrForbidden},
		{"one repository: connect", one.AllowConnect("SHOP"), behavepro.ErrForbidden},
		{"one repository: evidence", oneOfShop.AllowProject(access.ReposWrite, "SHOP"), behavepro.ErrForbidden},
		{"one repository: look at evidence", reader.AllowProject(access.ReposRead, "SHOP"), nil},
		{"SHOP: a push under SHOP", shop.AllowUnnamed(access.ResultsRead, []behavepro.ProjectKey{"SHOP"}), nil},
		{"SHOP: a push under SHOP and PAY", shop.AllowUnnamed(access.ResultsRead, []behavepro.ProjectKey{"PAY", "SHOP"}), behavepro.ErrForbidden},
		{"SHOP: a push under all projects", shop.AllowUnnamed(access.ResultsRead, nil), behavepro.ErrForbidden},
		{"all: a push under all projects", everything.AllowUnnamed(access.ResultsRead, nil), nil},
		{"one repository: a push under SHOP", oneOfShop.AllowUnnamed(access.ResultsRead, []behavepro.ProjectKey{"SHOP"}), behavepro.ErrForbidden},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
	for _, c := range []struct {
		who  access.Principal
		want bool
	}{{everything, true}, {shop, false}, {one, false}, {other, false}, {reader, false}} {
		if got := c.who.MayUseLocalPaths(); got != c.want {
			t.Errorf("%+v: local paths: got %v, want %v", c.who.Grant, got, c.want)
		}
	}
	ofShop, ofAll := access.Token{Grant: shop.Grant}, access.Token{Grant: everything.Grant}
	if !shop.ReachesToken(&ofShop) || shop.ReachesToken(&ofAll) || !everything.ReachesToken(&ofAll) {
		t.Error("a token is reached by who reaches all that it reaches")
	}
}
