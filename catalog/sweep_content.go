package catalog

import (
	"context"
	"errors"

	"github.com/behavepro/behavepro"
)

// content is what trees name.
type content struct {
	trees      map[behavepro.Hash]bool // in the order of order: parents before children
	order      []behavepro.Hash
	identities map[behavepro.Hash]bool
	blobs      map[behavepro.SHA]bool
}

// contentOf walks trees down, those of skip left out. A tree that is not there any more was deleted by a sweep that was broken
// off.
func (c *Catalog) contentOf(ctx context.Context, repo behavepro.RepositoryID, roots []behavepro.Hash, skip *content) (*content, error) {
	found := &content{trees: map[behavepro.Hash]bool{}, identities: map[behavepro.Hash]bool{}, blobs: map[behavepro.SHA]bool{}}
	for level := roots; len(level) > 0; {
		var next []behavepro.Hash
		for _, hash := range level {
			if hash.IsZero() || found.trees[hash] || skip != nil && skip.trees[hash] {
				continue
			}
			tree, pages, err := c.treeWithPages(ctx, repo, hash)
			if errors.Is(err, behavepro.ErrNotFound) && skip != nil {
				continue
			}
			if err != nil {
				return nil, err
			}
			found.trees[hash] = true
			found.order = append(found.order, hash)
			for _, p := range pages {
				if !found.trees[p] && (skip == nil || !skip.trees[p]) {
					found.trees[p] = true
					found.order = append(found.order, p)
				}
			}
			for _, e := range tree.Entries {
				if e.IsDir() {
					next = append(next, e.Tree)
					continue
				}
				found.blobs[e.Blob] = true
				if !e.Identity.IsZero() && (skip == nil || !skip.identities[e.Identity]) {
					found.identities[e.Identity] = true
				}
			}
		}
		level = next
	}
	return found, nil
}

// treeWithPages reads a tree and the names of the pages that it is kept in.
func (c *Catalog) treeWithPages(ctx context.Context, repo behavepro.RepositoryID, hash behavepro.Hash) (*Tree, []behavepro.Hash, error) {
	tree, err := c.Tree(ctx, repo, hash)
	if err != nil {
		return nil, nil, err
	}
	if len(tree.Entries) <= pagedAbove {
		return tree, nil, nil
	}
	var pages []behavepro.Hash
	for rest := tree.Entries; len(rest) > 0; {
		n := treePageEnd(rest)
		pages = append(pages, (&Tree{Entries: rest[:n]}).Hash())
		rest = rest[n:]
	}
	return tree, pages, nil
}
