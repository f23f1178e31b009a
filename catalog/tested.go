package catalog

import (
	"context"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// AtCommit is a repository at one of its commits, whatever refs there are; ok reports whether the commit is indexed.
func (c *Catalog) AtCommit(ctx context.Context, repo *Repository, sha behavepro.SHA) (at At, ok bool, err error) {
	head, err := c.Head(ctx, repo.ID)
	if err != nil {
		return at, false, err
	}
	at = At{Repository: repo, SHA: sha, Head: head}
	commits, err := c.Commits(ctx, repo.ID, at.view(), sha)
	return at, err == nil && commits[0] != nil, err
}

// Where ShownAt looks.
const (
	shownTips    = 200
	shownCommits = 200
)

// ShownAt returns the document of a blob if the repository itself shows it at a path: in a given commit, at the tip of a
// branch, or in one of the newest commits of the default branch. It is nil otherwise: that somebody can name a blob is
// no reason to let its text decide anything.
func (c *Catalog) ShownAt(ctx context.Context, at At, path string, blob, commit behavepro.SHA) (*gherkin.Document, error) {
	candidates := []behavepro.SHA{commit}
	refs, err := c.Refs(ctx, at.Repository.ID, at.Head.RefSet)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if ref.Name == at.Head.Default {
			rank, _, err := c.Rank(ctx, at.Repository.ID, at.view(), ref.SHA)
			if err != nil {
				return nil, err
			}
			candidates = append(candidates, rank.order[:min(len(rank.order), shownCommits)]...)
		}
	}
	for _, ref := range refs[:min(len(refs), shownTips)] {
		candidates = append(candidates, ref.SHA)
	}
	commits, err := c.Commits(ctx, at.Repository.ID, at.view(), candidates...)
	if err != nil {
		return nil, err
	}
	asked := map[behavepro.Hash]bool{}
	for _, k := range commits {
		if k == nil || asked[k.Tree] {
			continue
		}
		asked[k.Tree] = true
		e, ok, err := c.entry(ctx, at.Repository.ID, k.Tree, path)
		if err != nil {
			return nil, err
		}
		if ok && e.Blob == blob {
			documents, err := c.Documents(ctx, blob)
			if err != nil {
				return nil, err
			}
			return documents[0], nil
		}
	}
	return nil, nil
}
