package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
)

// ProblemCounts are the two numbers of problems that pages, CLI and API show of a repository.
type ProblemCounts struct {
	Files   int // feature files with problems at the default branch
	Results int // results that are waiting or unmatched
}

// ProblemCounts counts the problems of a repository.
func (c *Catalog) ProblemCounts(ctx context.Context, repo *Repository) (ProblemCounts, error) {
	files, err := c.FilesWithProblems(ctx, repo.ID)
	if err != nil {
		return ProblemCounts{}, err
	}
	results, err := c.ResultsWaitingOrUnmatched(ctx, repo)
	return ProblemCounts{files, results}, err
}

// FilesWithProblems returns how many feature files of the default branch have problems, as the last sync counted them with CountFiles.
func (c *Catalog) FilesWithProblems(ctx context.Context, id behavepro.RepositoryID) (int, error) {
	state, err := c.SyncState(ctx, id)
	return state.Problems, err
}

// CountFiles counts the feature files of a tree, and those of them that Files lists with problems.
func (c *Catalog) CountFiles(ctx context.Context, repo behavepro.RepositoryID, root behavepro.Hash) (files, withProblems int, err error) {
	all, err := c.treePaths(ctx, repo, root)
	if err != nil {
		return 0, 0, err
	}
	var empty []*FeatureFile
	for batch := range slices.Chunk(all, filesAtOnce) {
		if err := c.identify(ctx, repo, batch); err != nil {
			return 0, 0, err
		}
		for _, f := range batch {
			if f.broken || isMarkdown(f.Path) {
				withProblems++
			} else if len(f.Identity.Scenarios) == 0 {
				empty = append(empty, f)
			}
		}
	}
	for batch := range slices.Chunk(empty, filesAtOnce) {
		if err := c.read(ctx, repo, batch); err != nil {
			return 0, 0, err
		}
		for _, f := range batch {
			withProblems += boolToInt(len(f.Problems) > 0)
		}
	}
	return len(all), withProblems, nil
}

// ResultsWaitingOrUnmatched counts the results of PushesWaitingOrUnmatched that are so.
func (c *Catalog) ResultsWaitingOrUnmatched(ctx context.Context, repo *Repository) (int, error) {
	pushes, err := c.PushesWaitingOrUnmatched(ctx, repo)
	n := 0
	for _, p := range pushes {
		n += p.WaitingOrUnmatched()
	}
	return n, err
}

// PushesWaitingOrUnmatched lists the pushes that wait for a commit and may belong to a repository, oldest first, then those for the tip
// of its
// default branch with results that match no scenario, newest first. Unmatched results of older commits are history.
func (c *Catalog) PushesWaitingOrUnmatched(ctx context.Context, repo *Repository) ([]*Push, error) {
	pushes, err := c.WaitingFor(ctx, repo)
	if err != nil {
		return nil, err
	}
	pushes = slices.DeleteFunc(pushes, func(p *Push) bool { return p.State != PushWaiting })
	at, err := c.Resolve(ctx, repo, "")
	if errors.Is(err, behavepro.ErrNotFound) {
		return pushes, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list pushes: %w", err)
	}
	tip, err := c.PushesOf(ctx, repo.ID, at.SHA)
	if err != nil {
		return nil, err
	}
	return append(pushes, slices.DeleteFunc(tip, func(p *Push) bool { return p.State != PushMatched || p.WaitingOrUnmatched() == 0 })...), nil
}

// WaitingOrUnmatched returns how many results of a push wait for their commit or match no scenario of it.
func (p *Push) WaitingOrUnmatched() int { return p.Counts.Waiting + p.Counts.Unmatched }
