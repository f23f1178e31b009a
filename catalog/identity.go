package catalog

import (
	"context"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Identity is the ordered list of lineages of one feature file at one commit, one per scenario of its document.
type Identity struct {
	Scenarios []ScenarioID `cbor:"1,keyasint"`
}

// ScenarioID is the lineage of one scenario and the ids of its example rows, over all its tables in order.
type ScenarioID struct {
	Lineage behavepro.Lineage `cbor:"1,keyasint"`
	Rows    []behavepro.RowID `cbor:"2,keyasint,omitempty"`
}

// Hash names the identity by its content.
func (id *Identity) Hash() behavepro.Hash { return behavepro.Sum("identity", string(encode(id))) }

// Holds tells whether a lineage is in the file.
func (id *Identity) Holds(l behavepro.Lineage) bool {
	for i := range id.Scenarios {
		if id.Scenarios[i].Lineage == l {
			return true
		}
	}
	return false
}

// IdentityChange is the write of an identity.
func (c *Catalog) IdentityChange(repo behavepro.RepositoryID, hash behavepro.Hash, id *Identity) store.Change {
	return store.Change{Action: store.PutNew, Kind: kindIdentity, Record: store.Record{Key: store.Key{string(repo), hash.String()}, Body: encode(id)}}
}

// Identities reads identities, in the order of their hashes. The zero hash is the identity of a file without scenarios.
func (c *Catalog) Identities(ctx context.Context, repo behavepro.RepositoryID, hashes ...behavepro.Hash) ([]*Identity, error) {
	return fetch(ctx, c, kindIdentity, hashes,
		func(h behavepro.Hash) (*Identity, bool) {
			if h.IsZero() {
				return &Identity{}, true
			}
			return c.identities.Get(treeName{repo, h})
		},
		func(h behavepro.Hash) store.Key { return store.Key{string(repo), h.String()} },
		func(h behavepro.Hash, body []byte) (*Identity, error) {
			id := &Identity{}
			if err := decode(kindIdentity, body, id); err != nil {
				return nil, err
			}
			c.identities.Add(treeName{repo, h}, id, len(body))
			return id, nil
		})
}
