package catalog

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// MentionChange records that the feature file at path once named a key-shaped word.
func MentionChange(repo behavepro.RepositoryID, word, path string) store.Change {
	return store.Change{Action: store.PutNew, Kind: kindMention, Record: store.Record{Key: store.Key{string(repo), word, path}}}
}

// MentionedPaths returns the paths that ever named a word, sorted.
func (c *Catalog) MentionedPaths(ctx context.Context, repo behavepro.RepositoryID, word string) ([]string, error) {
	var paths []string
	for r, err := range c.scope.Scan(ctx, kindMention, store.Range{Prefix: store.Key{string(repo), word}, KeysOnly: true}) {
		if err != nil {
			return nil, fmt.Errorf("read mentions of %s: %w", word, err)
		}
		paths = append(paths, r.Key[2])
	}
	return paths, nil
}

// MentionedWords calls yield with every key-shaped word that the repository ever named, sorted, until it returns false.
func (c *Catalog) MentionedWords(ctx context.Context, repo behavepro.RepositoryID, yield func(word string) bool) error {
	last := ""
	for r, err := range c.scope.Scan(ctx, kindMention, store.Range{Prefix: store.Key{string(repo)}, KeysOnly: true}) {
		if err != nil {
			return fmt.Errorf("read mentions: %w", err)
		}
		if word := r.Key[1]; word != last {
			last = word
			if !yield(word) {
				return nil
			}
		}
	}
	return nil
}

// Place is every path that ever held a lineage: a superset of where it is at any commit.
type Place struct {
	Paths []string       `cbor:"1,keyasint"`
	Rev   store.Revision `cbor:"-"`
}

// PlaceChange writes a place; its Rev is the revision that was read.
func PlaceChange(repo behavepro.RepositoryID, l behavepro.Lineage, p Place) store.Change {
	return store.Change{
		Action: store.PutIf,
		Kind:   kindPlace,
		Record: store.Record{Key: store.Key{string(repo), l.String()}, Body: encode(p), Rev: p.Rev},
	}
}

// Places reads the places of lineages, in order; a lineage that was never seen has none.
func (c *Catalog) Places(ctx context.Context, repo behavepro.RepositoryID, lineages ...behavepro.Lineage) ([]Place, error) {
	if len(lineages) == 0 {
		return nil, nil
	}
	keys := make([]store.Key, len(lineages))
	for i, l := range lineages {
		keys[i] = store.Key{string(repo), l.String()}
	}
	records, err := c.scope.Get(ctx, kindPlace, keys...)
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	out := make([]Place, len(lineages))
	for i, r := range records {
		if r.Rev == 0 {
			continue
		}
		if err := decode(kindPlace, r.Body, &out[i]); err != nil {
			return nil, err
		}
		out[i].Rev = r.Rev
	}
	return out, nil
}
