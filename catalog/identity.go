package catalog

import (
	"context"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/store"
)

// IdentityHash names an identity by its content.
func IdentityHash(id *model.Identity) behavepro.Hash {
	return behavepro.Sum("identity", string(encode(id)))
}

// IdentityChange is the write of an identity.
func (c *Catalog) IdentityChange(repo behavepro.RepositoryID, hash behavepro.Hash, id *model.Identity) store.Change {
	return store.Change{
		Action: store.PutNew,
		Kind:   kindIdentity,
		Record: store.Record{Key: store.Key{string(repo), hash.String()}, Body: encode(id)},
	}
}

// Identities reads identities, in the order of their hashes. The zero hash is the identity of a file without scenarios.
func (c *Catalog) Identities(ctx context.Context, repo behavepro.RepositoryID, hashes ...behavepro.Hash) ([]*model.Identity, error) {
	return fetch(ctx, c, kindIdentity, hashes,
		func(h behavepro.Hash) (*model.Identity, bool) {
			if h.IsZero() {
				return &model.Identity{}, true
			}
			return c.identities.Get(treeName{repo, h})
		},
		func(h behavepro.Hash) store.Key { return store.Key{string(repo), h.String()} },
		func(h behavepro.Hash, body []byte) (*model.Identity, error) {
			id := &model.Identity{}
			if err := decode(kindIdentity, body, id); err != nil {
				return nil, err
			}
			c.identities.Add(treeName{repo, h}, id, len(body))
			return id, nil
		})
}
