package api

import (
	"errors"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/web"
)

// repositories lists those in which the principal may do the route's verb.
func (s *Server) repositories(x *web.Request) ([]*catalog.Repository, error) {
	all, err := x.Catalog.Repositories(x.Context())
	if err != nil {
		return nil, err
	}
	reached := all[:0:0]
	for _, r := range all {
		if s.sees(x, r) {
			reached = append(reached, r)
		}
	}
	return reached, nil
}

func (s *Server) sees(x *web.Request, r *catalog.Repository) bool {
	return x.Principal.AllowRepository(x.Verb(), r) == nil
}

// repository finds one by ID or name among those in which the principal may do the route's verb; the others do not exist.
func (s *Server) repository(x *web.Request, name string) (*catalog.Repository, error) {
	reached, err := s.repositories(x)
	if err != nil {
		return nil, err
	}
	if r := named(reached, name); r != nil {
		return r, nil
	}
	return nil, noRepository(name)
}

// owned finds a repository that the principal may change.
func (s *Server) owned(x *web.Request, name string) (*catalog.Repository, error) {
	all, err := x.Catalog.Repositories(x.Context())
	if err != nil {
		return nil, err
	}
	readable := slices.DeleteFunc(all, func(r *catalog.Repository) bool {
		return errors.Is(x.Principal.AllowOwner(x.Verb(), r), behavepro.ErrNotFound)
	})
	r := named(readable, name)
	if r == nil {
		return nil, noRepository(name)
	}
	return r, x.Principal.AllowOwner(x.Verb(), r)
}

// named finds a repository by ID, else by name.
func named(reached []*catalog.Repository, name string) *catalog.Repository {
	for _, r := range reached {
		if string(r.ID) == name {
			return r
		}
	}
	for _, r := range reached {
		if r.Name == name {
			return r
		}
	}
	return nil
}

func noRepository(name string) error {
	return behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("there is no repository %q within the token's reach", name),
		"`behavepro repos list` shows those that are")
}
