package server

import (
	"context"
	"errors"

	"github.com/behavepro/behavepro"
)

// maxAwaited bounds how many commits one sync asks for by name.
const maxAwaited = 100

// awaited lists the commits that pushes to a repository wait for, the newest pushes first.
func (w *work) awaited(ctx context.Context, tenant behavepro.TenantID, id behavepro.RepositoryID) ([]behavepro.SHA, error) {
	c, err := w.tenants.catalog(ctx, tenant)
	if err != nil {
		return nil, err
	}
	repo, err := c.Repository(ctx, id)
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil, nil // it was removed; the sync will see
	}
	if err != nil {
		return nil, err
	}
	return c.AwaitedCommits(ctx, repo, maxAwaited)
}
