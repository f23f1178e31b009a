package api

import (
	"net/http"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
)

func listTrusts(x *Exchange) error {
	trusts, err := x.s.opt.Access.Trusts(x.ctx(), x.Tenant)
	if err != nil {
		return err
	}
	trusts, next, err := page(x, trusts, func(t access.Trust) string { return t.ID })
	if err != nil {
		return err
	}
	names, err := x.repositoryNames()
	if err != nil {
		return err
	}
	doc := client.TrustList{Trusts: make([]client.Trust, 0, len(trusts)), Next: next}
	for i := range trusts {
		doc.Trusts = append(doc.Trusts, trustDoc(&trusts[i], names))
	}
	return x.reply(http.StatusOK, doc)
}

func addTrust(x *Exchange) error {
	var in client.AddTrust
	if err := x.read(&in); err != nil {
		return err
	}
	projects, err := x.projects(in.Projects)
	if err != nil {
		return err
	}
	wish := access.Trust{
		Name: in.Name, Tenant: x.Tenant, Projects: projects, Issuer: in.Issuer, RepositoryID: in.RepositoryID, OwnerID: in.OwnerID, Refs: in.Refs, Events: in.Events, Gate: in.Gate,
	}
	if in.Repository != "" {
		repo, err := x.repository(in.Repository)
		if err != nil {
			return err
		}
		wish.Repository = repo.ID
	}
	names, err := x.repositoryNames()
	if err != nil {
		return err
	}
	trust, err := x.s.opt.Access.AddTrust(x.ctx(), x.Now, wish)
	if err != nil {
		return err
	}
	return x.reply(http.StatusCreated, trustDoc(&trust, names))
}

func removeTrust(x *Exchange) error {
	id := x.R.PathValue(pathID)
	if err := x.s.opt.Access.RemoveTrust(x.ctx(), x.Tenant, id); err != nil {
		return err
	}
	return x.reply(http.StatusOK, client.Done{Done: "its jobs are not let in any more"})
}

func trustDoc(t *access.Trust, names map[behavepro.RepositoryID]string) client.Trust {
	return client.Trust{
		ID: t.ID, Name: t.Name, Projects: list(t.Projects), Repository: string(t.Repository), RepositoryName: names[t.Repository], Issuer: t.Issuer,
		RepositoryID: t.RepositoryID, OwnerID: t.OwnerID, Refs: list(t.Refs), Events: list(t.Events), Gate: t.Gate, Created: t.Created,
	}
}
