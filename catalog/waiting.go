package catalog

import (
	"context"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// MayBelongTo reports whether a push may belong to a repository: it names it, or it names none and its token was for a project that
// connected or accepted the repository, or for all projects (Projects is empty then).
func (p *Push) MayBelongTo(repo *Repository) bool {
	if !p.NamesNone() {
		return p.Repository == repo.ID
	}
	return len(p.Projects) == 0 || slices.ContainsFunc(p.Projects, repo.In)
}

// WaitingFor lists what is not matched yet and may belong to a repository, oldest first. Like WaitingPushes it includes markers of uploads
// and, for a day, matched pushes that named no repository.
func (c *Catalog) WaitingFor(ctx context.Context, repo *Repository) ([]*Push, error) {
	all, err := c.WaitingPushes(ctx, repo.ID)
	if err != nil {
		return nil, err
	}
	unnamed, err := c.scanPushes(ctx, store.Range{Index: "waiting", From: noRepository, To: noRepository + "\xff"})
	if err != nil {
		return nil, err
	}
	for _, p := range unnamed {
		if p.MayBelongTo(repo) {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b *Push) int { return a.Received.Compare(b.Received) })
	return all, nil
}

// AwaitedCommits lists the commits that pushes wait for and that a repository may have, those of the newest pushes first, at most limit.
func (c *Catalog) AwaitedCommits(ctx context.Context, repo *Repository, limit int) ([]behavepro.SHA, error) {
	waiting, err := c.WaitingFor(ctx, repo)
	var commits []behavepro.SHA
	for _, p := range slices.Backward(waiting) {
		if p.State == PushWaiting && !slices.Contains(commits, p.Commit) && len(commits) < limit {
			commits = append(commits, p.Commit)
		}
	}
	return commits, err
}
