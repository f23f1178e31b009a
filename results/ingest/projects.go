package ingest

import (
	"context"
	"errors"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/results/match"
)

// matchProjects gives a push that named no repository to every repository that it may belong to and that shows its commit.
func (in Ingest) matchProjects(ctx context.Context, push *catalog.Push) error {
	if push.Settled || push.State == catalog.PushUploading {
		return nil
	}
	shown, err := in.show(ctx, push)
	if err != nil || len(shown) == len(push.Shown) {
		return err
	}
	done := *push
	done.Shown = shown
	_, outcomes, err := in.best(ctx, &done)
	if err != nil {
		return err
	}
	all := make([]match.Outcome, len(outcomes))
	for i, o := range outcomes {
		all[i] = o.Outcome
	}
	done.Counts, done.State = match.Tally(all), catalog.PushMatched
	err = in.Catalog.PutPush(ctx, &done)
	if errors.Is(err, behavepro.ErrConflict) { // somebody else matched it; what is missing the next match adds
		return in.reread(ctx, push)
	}
	if err == nil {
		*push = done
	}
	return err
}

// show makes a copy of a push in every repository that shows its commit and has none yet, and returns all that have one.
func (in Ingest) show(ctx context.Context, push *catalog.Push) ([]behavepro.RepositoryID, error) {
	repos, err := in.Catalog.Repositories(ctx)
	if err != nil {
		return nil, err
	}
	shown := slices.Clone(push.Shown)
	for _, repo := range repos {
		if !push.MayBelongTo(repo) || slices.Contains(push.Shown, repo.ID) {
			continue
		}
		_, known, err := in.Catalog.AtCommit(ctx, repo, push.Commit)
		if err != nil {
			return nil, err
		}
		if !known {
			continue
		}
		if err := in.copyTo(ctx, push, repo.ID); err != nil {
			return nil, err
		}
		shown = append(shown, repo.ID)
		if err := in.Catalog.SolveProblem(ctx, repo.ID, problemOf(push)); err != nil {
			return nil, err
		}
	}
	slices.Sort(shown)
	return shown, nil
}

// reread brings a push up to date that somebody else changed.
func (in Ingest) reread(ctx context.Context, push *catalog.Push) error {
	now, err := in.Catalog.Push(ctx, push.Repository, push.Commit, push.ID)
	if err == nil {
		*push = *now
	}
	return err
}

// copyTo makes a repository's own push of one that named none, and matches it. Its chunks stay where they are.
func (in Ingest) copyTo(ctx context.Context, push *catalog.Push, repo behavepro.RepositoryID) error {
	own := *push
	own.Repository, own.State, own.Rev, own.Shown = repo, catalog.PushWaiting, 0, nil
	own.Counts = model.Counts{Read: push.Counts.Read, Waiting: push.Counts.Read}
	err := in.Catalog.PutPush(ctx, &own)
	if errors.Is(err, behavepro.ErrConflict) {
		found, err := in.Catalog.Push(ctx, repo, push.Commit, push.ID)
		if err != nil {
			return err
		}
		return in.Match(ctx, found)
	}
	if err != nil {
		return err
	}
	return in.Match(ctx, &own)
}
