package sync

import (
	"context"
	"maps"
	"slices"

	"github.com/behavepro/behavepro"
)

// ends are the commits at which the server's history ends though they have parents: it is a shallow clone.
func (a *advertisement) ends() []behavepro.SHA {
	return slices.SortedFunc(maps.Keys(a.shallow), behavepro.CompareSHA)
}

// fetchDeeper brings the whole history anew where it goes on behind commits at which it had ended: with other parents, scenarios
// have other lineages, so all commits are read again. whole is what was fetched before, which may be nil.
func (s *run) fetchDeeper(ctx context.Context, tips []behavepro.SHA, whole *wholePack) (*wholePack, error) {
	goesOn, err := s.goesOn(ctx, tips)
	if err != nil || !goesOn {
		return whole, err
	}
	if whole != nil {
		whole.close()
	}
	s.engine.options.Log.Info("history goes on where it had ended; all of it is read again", "repository", s.repo.ID)
	if whole, err = s.rebuild(ctx, tips); err != nil {
		return whole, err
	}
	s.head.Deeper++ // written with the refs
	return whole, s.fetchCommits(ctx)
}

// goesOn reports whether the tips reach a commit at which history ended at the last sync, and does not now.
func (s *run) goesOn(ctx context.Context, tips []behavepro.SHA) (bool, error) {
	open := map[behavepro.SHA]bool{}
	for _, sha := range s.head.Ended {
		if !s.fetcher.adv.shallow[sha] {
			open[sha] = true
		}
	}
	if len(open) == 0 {
		return false, nil
	}
	seen := map[behavepro.SHA]bool{}
	for stack := slices.Clone(tips); len(stack) > 0; {
		sha := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if open[sha] {
			return true, nil
		}
		_, fetched := s.objects.commit(sha)
		if seen[sha] || s.fetcher.adv.shallow[sha] || !fetched && !s.mirror.has(sha) {
			continue
		}
		seen[sha] = true
		c, err := s.readCommit(ctx, sha)
		if err != nil {
			return false, err
		}
		stack = append(stack, c.parents...)
	}
	return false, nil
}
