package catalog

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/store"
)

var kindDefinitions = &store.Kind{
	Name: "definitions", Key: []store.Field{inRepository, byCommit, byPush},
	Body:  "pattern, place in the test code and number of uses of the step definitions that the reports of a push tell",
	Class: store.ClassResult, Purpose: "unused and duplicate steps of a ref", Retention: "as its push",
}

// definitionsKey is where an upload has its definitions: a copy of a push finds those of the push that it was made of.
func definitionsKey(p *Push) store.Key {
	return store.Key{string(p.UploadTo), p.Commit.Raw(), p.Upload}
}

// PutDefinitions stores the step definitions of an upload and counts them in its push, which is written after them. Where
// there are none nothing is stored.
func (c *Catalog) PutDefinitions(ctx context.Context, p *Push, d *model.Definitions) error {
	p.Definitions = len(d.All)
	if len(d.All) == 0 {
		return nil
	}
	change := store.Change{Action: store.PutNew, Kind: kindDefinitions, Record: store.Record{Key: definitionsKey(p), Body: encode(d)}}
	if _, err := c.scope.Write(ctx, store.Relaxed, change); err != nil {
		return fmt.Errorf("write step definitions: %w", err)
	}
	return nil
}

// Definitions reads the step definitions of a push; none where its reports tell none.
func (c *Catalog) Definitions(ctx context.Context, p *Push) (*model.Definitions, error) {
	d := &model.Definitions{}
	if p.Definitions == 0 {
		return d, nil
	}
	records, err := c.scope.Get(ctx, kindDefinitions, definitionsKey(p))
	if err != nil {
		return nil, fmt.Errorf("read step definitions: %w", err)
	}
	if records[0].Rev == 0 {
		return nil, fmt.Errorf("step definitions of push %s: %w", p.ID, behavepro.ErrNotFound)
	}
	return d, decode(kindDefinitions, records[0].Body, d)
}
