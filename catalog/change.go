package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// EditChanges calls edit with who changed each repository, credential and evidence rule, and writes the records for which it returns
// true. If it loses a race it returns ErrConflict, and may be called again.
func (c *Catalog) EditChanges(ctx context.Context, edit func(*behavepro.Change) bool) error {
	err := errors.Join(
		editEach(ctx, c, kindRepository, func(r *Repository) bool {
			added, changed := edit(&r.AddedBy), edit(&r.ChangedBy)
			return added || changed
		}),
		editEach(ctx, c, kindCredential, func(s *sealedCredential) bool { return edit(&s.ChangedBy) }),
		editEach(ctx, c, kindEvidenceRule, func(r *EvidenceRule) bool { return edit(&r.ChangedBy) }),
	)
	if err != nil {
		return fmt.Errorf("edit who changed settings: %w", err)
	}
	return nil
}

func editEach[T any](ctx context.Context, c *Catalog, kind *store.Kind, edit func(*T) bool) error {
	for record, err := range c.scope.Scan(ctx, kind, store.Range{}) {
		var body T
		if err == nil {
			err = decode(kind, record.Body, &body)
		}
		if err == nil && edit(&body) {
			_, err = c.put(ctx, store.Durable, kind, record.Key, record.Rev, encode(&body))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
