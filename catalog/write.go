package catalog

import (
	"context"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Write applies changes that the catalog's own functions made, in order.
func (c *Catalog) Write(ctx context.Context, d store.Durability, changes ...store.Change) ([]store.Outcome, error) {
	out, err := c.scope.Write(ctx, d, changes...)
	for i := range changes {
		if changes[i].Kind == kindBlob && changes[i].Action == store.PutIf { // the one record of content that is ever replaced
			if sha, err := behavepro.FromRaw(changes[i].Key[0]); err == nil {
				c.documents.Remove(sha)
			}
		}
	}
	return out, err
}

// HasPlaces reports whether any lineage of a repository is known.
func (c *Catalog) HasPlaces(ctx context.Context, id behavepro.RepositoryID) (bool, error) {
	for _, err := range c.scope.Scan(ctx, kindPlace, store.Range{Prefix: store.Key{string(id)}, Limit: 1, KeysOnly: true}) {
		return err == nil, err
	}
	return false, nil
}
