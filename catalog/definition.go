package catalog

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

var kindDefinitions = &store.Kind{
	Name: "definitions", Key: []store.Field{inRepository, byCommit, byPush},
	Body:  "pattern, place in the test code and number of uses of the step definitions that the reports of a push tell",
	Class: store.ClassResult, Purpose: "unused and duplicate steps of a ref", Retention: "as its push",
}

// StepDefinition is what test code does for steps that fit a pattern, as a runner tells it.
type StepDefinition struct {
	Pattern string `cbor:"1,keyasint"`
	Type    string `cbor:"2,keyasint,omitempty"` // the runner's word: CUCUMBER_EXPRESSION or REGULAR_EXPRESSION
	Place   string `cbor:"3,keyasint,omitempty"` // path of a file, or a class with its method; "" unknown
	Line    int    `cbor:"4,keyasint,omitempty"` // in the file; 0 unknown
	Uses    int    `cbor:"5,keyasint,omitempty"` // steps of scenarios and rows that it was found for; attempts count once
}

// At names the place for people: a path with its line, or a class with its method.
func (d *StepDefinition) At() string {
	if d.Line > 0 {
		return fmt.Sprintf("%s:%d", d.Place, d.Line)
	}
	return d.Place
}

// CompareDefinitions orders by pattern, type, place and line; 0 is the same definition.
func CompareDefinitions(a, b *StepDefinition) int {
	return cmp.Or(strings.Compare(a.Pattern, b.Pattern), strings.Compare(a.Type, b.Type), strings.Compare(a.Place, b.Place), cmp.Compare(a.Line, b.Line))
}

// Definitions are the step definitions that the reports of a push tell, in the order of CompareDefinitions, each once.
type Definitions struct {
	All     []StepDefinition `cbor:"1,keyasint"`
	Cut     bool             `cbor:"2,keyasint,omitempty"` // some were left out: there are too many, or a pattern is too long
	Partial bool             `cbor:"3,keyasint,omitempty"` // a report was not read to its end, so that uses may be missing
}

// definitionsKey is where an upload has its definitions: a copy of a push finds those of the push that it was made of.
func definitionsKey(p *Push) store.Key {
	return store.Key{string(p.UploadTo), p.Commit.Raw(), p.Upload}
}

// PutDefinitions stores the step definitions of an upload and counts them in its push, which is written after them. Where
// there are none nothing is stored.
func (c *Catalog) PutDefinitions(ctx context.Context, p *Push, d *Definitions) error {
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
func (c *Catalog) Definitions(ctx context.Context, p *Push) (*Definitions, error) {
	d := &Definitions{}
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
