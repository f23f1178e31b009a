package catalog

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Tree is one directory of a feature tree: only what leads to feature files. Entries are sorted by name.
type Tree struct {
	Entries []TreeEntry `cbor:"1,keyasint"`
}

// TreeEntry is a sub-directory (Tree is set) or a feature file (Blob is set). A file that is listed as a problem only,
// such as *.feature.md, has no Identity.
type TreeEntry struct {
	Name     string         `cbor:"1,keyasint"`
	Tree     behavepro.Hash `cbor:"2,keyasint,omitzero"`
	Blob     behavepro.SHA  `cbor:"3,keyasint,omitzero"`
	Identity behavepro.Hash `cbor:"4,keyasint,omitzero"`
	Broken   bool           `cbor:"5,keyasint,omitempty"` // the file's document has problems
}

// IsDir reports whether the entry is a directory.
func (e TreeEntry) IsDir() bool { return e.Blob.IsZero() }

// Hash names the tree by its content.
func (t *Tree) Hash() behavepro.Hash { return behavepro.Sum("tree", string(encode(t))) }

// Find returns the entry of a name.
func (t *Tree) Find(name string) (TreeEntry, bool) {
	i, ok := slices.BinarySearchFunc(t.Entries, name, func(e TreeEntry, name string) int { return strings.Compare(e.Name, name) })
	if !ok {
		return TreeEntry{}, false
	}
	return t.Entries[i], true
}

// storedTree is how a tree is kept: small ones whole, large ones in pages, which are trees themselves. A page has at most
// pagedAbove entries, so a hash has one form.
type storedTree struct {
	Entries []TreeEntry      `cbor:"1,keyasint"`
	Pages   []behavepro.Hash `cbor:"2,keyasint,omitempty"`
}

// Pages of a large directory end at names whose hash says so, so that one changed file rewrites one page.
const (
	pagedAbove   = 128
	smallestPage = 32
)

func treePageEnd(entries []TreeEntry) int {
	for i := smallestPage; i < len(entries) && i < pagedAbove; i++ {
		h := fnv.New32a()
		h.Write([]byte(entries[i].Name))
		if h.Sum32()&31 == 0 {
			return i
		}
	}
	return min(len(entries), pagedAbove)
}

// TreeChanges are the writes of a tree: its pages, where it is large, then the tree itself.
func (c *Catalog) TreeChanges(repo behavepro.RepositoryID, hash behavepro.Hash, t *Tree) []store.Change {
	if len(t.Entries) <= pagedAbove {
		return []store.Change{treeChange(repo, hash, storedTree{Entries: t.Entries})}
	}
	var changes []store.Change
	var index storedTree
	for rest := t.Entries; len(rest) > 0; {
		n := treePageEnd(rest)
		page := &Tree{Entries: rest[:n]}
		name := page.Hash()
		changes = append(changes, treeChange(repo, name, storedTree{Entries: page.Entries}))
		index.Pages = append(index.Pages, name)
		rest = rest[n:]
	}
	return append(changes, treeChange(repo, hash, index))
}

func treeChange(repo behavepro.RepositoryID, hash behavepro.Hash, t storedTree) store.Change {
	return store.Change{
		Action: store.PutNew,
		Kind:   kindTree,
		Record: store.Record{Key: store.Key{string(repo), hash.String()}, Body: encode(t)},
	}
}

// Tree reads a feature tree. The zero hash is the empty tree.
func (c *Catalog) Tree(ctx context.Context, repo behavepro.RepositoryID, hash behavepro.Hash) (*Tree, error) {
	trees, err := c.Trees(ctx, repo, hash)
	if err != nil {
		return nil, err
	}
	return trees[0], nil
}

// Trees reads feature trees, in the order of their hashes.
func (c *Catalog) Trees(ctx context.Context, repo behavepro.RepositoryID, hashes ...behavepro.Hash) ([]*Tree, error) {
	paged := map[behavepro.Hash][]behavepro.Hash{}
	trees, err := c.fetchTrees(ctx, repo, hashes, paged)
	if err != nil || len(paged) == 0 {
		return trees, err
	}
	for i, h := range hashes {
		if pages := paged[h]; pages != nil {
			if trees[i], err = c.joinPages(ctx, repo, h, pages); err != nil {
				return nil, err
			}
		}
	}
	return trees, nil
}

// fetchTrees reads trees, and leaves to the caller those that are kept in pages.
func (c *Catalog) fetchTrees(
	ctx context.Context,
	repo behavepro.RepositoryID,
	hashes []behavepro.Hash,
	paged map[behavepro.Hash][]behavepro.Hash,
) ([]*Tree, error) {
	return fetch(ctx, c, kindTree, hashes,
		func(h behavepro.Hash) (*Tree, bool) {
			if h.IsZero() {
				return &Tree{}, true
			}
			return c.trees.Get(treeName{repo, h})
		},
		func(h behavepro.Hash) store.Key { return store.Key{string(repo), h.String()} },
		func(h behavepro.Hash, body []byte) (*Tree, error) {
			var t storedTree
			if err := decode(kindTree, body, &t); err != nil {
				return nil, err
			}
			if len(t.Pages) > 0 {
				paged[h] = t.Pages
				return nil, nil
			}
			tree := &Tree{Entries: t.Entries}
			c.trees.Add(treeName{repo, h}, tree, len(body))
			return tree, nil
		})
}

func (c *Catalog) joinPages(ctx context.Context, repo behavepro.RepositoryID, hash behavepro.Hash, pages []behavepro.Hash) (*Tree, error) {
	if t, ok := c.trees.Get(treeName{repo, hash}); ok {
		return t, nil // asked for twice at once
	}
	nested := map[behavepro.Hash][]behavepro.Hash{}
	parts, err := c.fetchTrees(ctx, repo, pages, nested)
	if err != nil {
		return nil, err
	}
	if len(nested) > 0 {
		return nil, fmt.Errorf("read tree %s: a page is made of pages: %w", hash, behavepro.ErrCorrupt)
	}
	t := &Tree{}
	for _, p := range parts {
		t.Entries = append(t.Entries, p.Entries...)
	}
	const entrySize = 90
	c.trees.Add(treeName{repo, hash}, t, entrySize*len(t.Entries))
	return t, nil
}

// fetch gets content-addressed records: from a cache where they are, else in one read of the store.
func fetch[N comparable, T any](ctx context.Context, c *Catalog, kind *store.Kind, names []N,
	cached func(N) (T, bool), key func(N) store.Key, read func(N, []byte) (T, error),
) ([]T, error) {
	out := make([]T, len(names))
	var keys []store.Key
	var at []int
	for i, name := range names {
		if v, ok := cached(name); ok {
			out[i] = v
			continue
		}
		keys, at = append(keys, key(name)), append(at, i)
	}
	if len(keys) == 0 {
		return out, nil
	}
	records, err := c.scope.Get(ctx, kind, keys...)
	if err != nil {
		return nil, err
	}
	for i, r := range records {
		name := names[at[i]]
		if r.Rev == 0 {
			return nil, fmt.Errorf("read %s %v: %w", kind.Name, name, behavepro.ErrNotFound)
		}
		if out[at[i]], err = read(name, r.Body); err != nil {
			return nil, err
		}
	}
	return out, nil
}
