package api

import (
	"net/http"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/web"
)

func (s *Server) listTrusts(x *web.Request) error {
	trusts, err := s.opt.Access.Trusts(x.Context(), x.Tenant)
	if err != nil {
		return err
	}
	trusts, next, err := page(x, trusts, func(t access.Trust) string { return t.ID })
	if err != nil {
		return err
	}
	names, err := s.repositoryNames(x)
	if err != nil {
		return err
	}
	doc := client.TrustList{Trusts: make([]client.Trust, 0, len(trusts)), Next: next}
	for i := range trusts {
		doc.Trusts = append(doc.Trusts, trustDoc(&trusts[i], names))
	}
	return x.Reply(http.StatusOK, doc)
}

func (s *Server) addTrust(x *web.Request) error {
	var in client.AddTrust
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	projects, err := s.projects(x, in.Projects)
	if err != nil {
		return err
	}
	wish := access.Trust{
		Name: in.Name, Tenant: x.Tenant, Projects: projects, Issuer: in.Issuer, RepositoryID: in.RepositoryID, OwnerID: in.OwnerID,
		Refs: in.Refs, Events: in.Events, Gate: in.Gate,
	}
	if in.Repository != "" {
		repo, err := s.repository(x, in.Repository)
		if err != nil {
			return err
		}
		wish.Repository = repo.ID
	}
	names, err := s.repositoryNames(x)
	if err != nil {
		return err
	}
	trust, err := s.opt.Access.AddTrust(x.Context(), x.Change(), wish)
	if err != nil {
		return err
	}
	return x.Reply(http.StatusCreated, trustDoc(&trust, names))
}

func (s *Server) removeTrust(x *web.Request) error {
	id := x.R.PathValue(web.PathID)
	if err := s.opt.Access.RemoveTrust(x.Context(), x.Tenant, id); err != nil {
		return err
	}
	return x.Reply(http.StatusOK, client.Done{Done: "its jobs are not let in any more"})
}

func trustDoc(t *access.Trust, names map[behavepro.RepositoryID]string) client.Trust {
	return client.Trust{
		ID: t.ID, Name: t.Name, Projects: list(t.Projects), Repository: string(t.Repository), RepositoryName: names[t.Repository],
		Issuer:       t.Issuer,
		RepositoryID: t.RepositoryID, OwnerID: t.OwnerID, Refs: list(t.Refs), Events: list(t.Events), Gate: t.Gate, Created: t.Created,
	}
}
