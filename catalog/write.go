package catalog

import (
	"context"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Write applies changes that the catalog's own functions made, in order.
func (c *Catalog) Write(ctx context.Context, d store.Durability, changes ...store.Change) ([]store.Outcome, error) {
	return c.scope.Write(ctx, d, changes...)
}

// HasPlaces tells whether any lineage of a repository is known.
func (c *Catalog) HasPlaces(ctx context.Context, id behavepro.RepositoryID) (bool, error) {
	for _, err := range c.scope.Scan(ctx, kindPlace, store.Range{Prefix: store.Key{string(id)}, Limit: 1, KeysOnly: true}) {
		return err == nil, err
	}
	return false, nil
}
