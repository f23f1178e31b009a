package api

import (
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/web"
)

// pushedTo finds the repository of a push among those within reach: by name or id, else by the address of the checkout's
// origin, else the only one that there is.
func (s *Server) pushedTo(x *web.Request, name, origin string) (*catalog.Repository, error) {
	if name != "" {
		return s.repository(x, name)
	}
	reached, err := s.repositories(x)
	if err != nil {
		return nil, err
	}
	var fits []*catalog.Repository
	if place := client.Place(origin); place != "" {
		for _, r := range reached {
			if client.Place(r.URL) == place {
				fits = append(fits, r)
			}
		}
	}
	if len(fits) == 0 {
		fits = reached
	}
	if len(fits) == 1 {
		return fits[0], nil
	}
	if len(fits) == 0 {
		return nil, behavepro.Explain(
			behavepro.ErrNotFound,
			"no repository is connected within the token's reach",
			"`behavepro repos add` connects one",
		)
	}
	names := make([]string, 0, 5)
	for _, r := range fits[:min(len(fits), 5)] {
		names = append(names, r.Name)
	}
	return nil, behavepro.Explain(behavepro.ErrInvalid,
		fmt.Sprintf("%d repositories may be meant: %s", len(fits), strings.Join(names, ", ")), "name one: --repo "+names[0])
}
