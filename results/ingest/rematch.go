package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// How long what waits may wait.
const (
	unseenAfter    = 24 * time.Hour // then a push becomes a visible problem; it still waits
	abandonedAfter = 24 * time.Hour // then an upload that never ended is dropped
)

// Rematch matches what waits and may belong to a repository. It is called after every sync. One push that fails does not keep the others
// from being matched.
func (in Ingest) Rematch(ctx context.Context, repo *catalog.Repository) error {
	waiting, err := in.Catalog.WaitingFor(ctx, repo)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range waiting {
		if err := in.Match(ctx, p); err != nil {
			errs = append(errs, fmt.Errorf("match push %s: %w", p.ID, err))
		}
	}
	return errors.Join(errs...)
}

// Sweep repeats the match of everything that waits, so that no wake-up is ever lost. What waits for too long becomes a
// problem of its repository, and uploads that never ended are dropped.
func (in Ingest) Sweep(ctx context.Context, now time.Time) error {
	waiting, err := in.Catalog.WaitingPushes(ctx, "")
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range waiting {
		if err := in.sweep(ctx, p, now); err != nil {
			errs = append(errs, fmt.Errorf("sweep push %s: %w", p.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (in Ingest) sweep(ctx context.Context, p *catalog.Push, now time.Time) error {
	if p.State == catalog.PushUploading {
		if p.Age(now) < abandonedAfter {
			return nil
		}
		return in.abandon(ctx, p)
	}
	err := in.Match(ctx, p)
	if errors.Is(err, behavepro.ErrNotFound) && !p.NamesNone() {
		return nil // its repository was removed
	}
	if err != nil || p.Age(now) < unseenAfter {
		return err
	}
	if p.State == catalog.PushMatched {
		if !p.NamesNone() || p.Settled {
			return nil
		}
		p.Settled = true
		return in.Catalog.PutPush(ctx, p)
	}
	return in.tellUnseen(ctx, p, now)
}

// abandon drops an upload that never ended, unless a push names it: then only its marker was left behind.
func (in Ingest) abandon(ctx context.Context, marker *catalog.Push) error {
	pushes, err := in.Catalog.PushesOf(ctx, marker.Repository, marker.Commit)
	if err != nil {
		return err
	}
	for _, p := range pushes {
		if p.Upload == marker.Upload {
			return in.Catalog.DropPush(ctx, marker)
		}
	}
	if err := in.Catalog.DropUpload(ctx, marker); err != nil {
		return err
	}
	return in.Catalog.DropPush(ctx, marker)
}

func problemOf(p *catalog.Push) string { return "push-" + p.ID }

// tellUnseen makes a visible problem of a push whose commit has not been seen.
func (in Ingest) tellUnseen(ctx context.Context, p *catalog.Push, now time.Time) error {
	repos, err := in.Catalog.Repositories(ctx)
	if err != nil {
		return err
	}
	for _, repo := range repos {
		if !p.MayBelongTo(repo) {
			continue
		}
		why, err := in.whyUnseen(ctx, repo, p)
		if err != nil {
			return err
		}
		problem := catalog.Problem{
			ID: problemOf(p), Commit: p.Commit, At: now.UTC(),
			Message: fmt.Sprintf("%d results of %s wait for commit %s, which has not been seen since %s: %s", p.Counts.Read, pushed(p),
				p.Commit.Short(), p.Received.UTC().Format("2006-01-02 15:04 UTC"), why),
		}
		if err := in.Catalog.PutProblem(ctx, repo.ID, problem); err != nil {
			return err
		}
	}
	return nil
}

func pushed(p *catalog.Push) string {
	if p.Build != "" {
		return "build " + p.Build
	}
	return "a push"
}

// whyUnseen names the likely cause.
func (in Ingest) whyUnseen(ctx context.Context, repo *catalog.Repository, p *catalog.Push) (string, error) {
	state, err := in.Catalog.SyncState(ctx, repo.ID)
	if err != nil {
		return "", err
	}
	head, err := in.Catalog.Head(ctx, repo.ID)
	if err != nil {
		return "", err
	}
	refs, err := in.Catalog.Refs(ctx, repo.ID, head.RefSet)
	if err != nil {
		return "", err
	}
	has := false
	for _, ref := range refs {
		has = has || ref.Name == p.Branch
	}
	switch {
	case state.Error != "":
		return "the repository's sync fails: " + state.Error, nil
	case head.RefSet.IsZero():
		return "the repository has not been synced yet", nil
	case p.Branch != "" && !has && len(repo.Branches) > 0:
		return fmt.Sprintf("its branch %s is not among the branches that are followed, or was deleted before a sync saw it", p.Branch), nil
	case p.Branch != "" && !has:
		return fmt.Sprintf("its branch %s is not there: it was deleted before a sync saw it, or never pushed", p.Branch), nil
	}
	return "it may be a merge that CI made for itself (give the pull request's head with --commit), a commit that was never pushed " +
		"or was force-pushed away, or one of another repository", nil
}
