package main

import (
	"context"
	"errors"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
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
	waiting, err := c.WaitingPushes(ctx, id)
	if err != nil {
		return nil, err
	}
	under, err := c.WaitingUnderProjects(ctx)
	if err != nil {
		return nil, err
	}
	for _, push := range under {
		if mayShow(repo, push) {
			waiting = append(waiting, push)
		}
	}
	slices.SortStableFunc(waiting, func(a, b *catalog.Push) int { return b.Received.Compare(a.Received) })
	var commits []behavepro.SHA
	for _, push := range waiting {
		if push.State == catalog.PushWaiting && !slices.Contains(commits, push.Commit) && len(commits) < maxAwaited {
			commits = append(commits, push.Commit)
		}
	}
	return commits, nil
}

// mayShow tells whether a repository is connected to a project of a push that named none; no projects stand for all.
func mayShow(repo *catalog.Repository, push *catalog.Push) bool {
	return len(push.Projects) == 0 || slices.ContainsFunc(push.Projects, repo.In)
}
