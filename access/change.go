package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// EditChanges calls edit with who created or revoked each token, trust and hook of a tenant, and writes the records for which it
// returns true. If it loses a race it returns ErrConflict, and may be called again.
func (r *Registry) EditChanges(ctx context.Context, tenant behavepro.TenantID, edit func(*behavepro.Change) bool) error {
	err := errors.Join(
		editEach(ctx, r, tokenKind, "tenant", tenant, func(rev store.Revision, b *tokenBody) error {
			created, revoked := edit(&b.Token.CreatedBy), edit(&b.Token.RevokedBy)
			if !created && !revoked {
				return nil
			}
			return r.save(ctx, store.Durable, rev, b)
		}),
		editEach(ctx, r, trustKind, "tenant", tenant, func(rev store.Revision, t *Trust) error {
			if !edit(&t.CreatedBy) {
				return nil
			}
			return r.put(ctx, store.Durable, trustKind, t.ID, rev, t, "tenant", string(t.Tenant))
		}),
		editEach(ctx, r, hookKind, "repository", tenant, func(rev store.Revision, b *hookBody) error {
			if !edit(&b.CreatedBy) {
				return nil
			}
			return r.put(ctx, store.Durable, hookKind, b.ID, rev, b, "repository", string(b.Tenant), string(b.Repository))
		}),
	)
	if err != nil {
		return fmt.Errorf("edit who changed tokens, trusts and hooks: %w", err)
	}
	return nil
}

func editEach[T any](
	ctx context.Context, r *Registry, kind *store.Kind, index string, tenant behavepro.TenantID, edit func(store.Revision, *T) error,
) error {
	for record, err := range r.scope.Scan(ctx, kind, store.Range{Index: index, Prefix: store.Key{string(tenant)}}) {
		var body T
		if err == nil {
			err = decode(kind, record.Body, &body)
		}
		if err == nil {
			err = edit(record.Rev, &body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
