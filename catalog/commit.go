package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Commit is what is known of a commit.
type Commit struct {
	SHA     behavepro.SHA   `cbor:"-"`
	Parents []behavepro.SHA `cbor:"1,keyasint,omitempty"`
	Time    int64           `cbor:"2,keyasint"`          // the committer's, in seconds since 1970
	GitTree behavepro.SHA   `cbor:"3,keyasint"`          // Git's own root tree
	Tree    behavepro.Hash  `cbor:"4,keyasint,omitzero"` // the feature tree; zero where there are no features
	Seen    Day             `cbor:"5,keyasint"`          // when it was indexed
}

// View names the way a repository's commits are read: its feature path, the parser, and how often its history was found to be longer
// than it had been. Commits of another view are indexed anew.
type View string

func viewOf(path string, parser, deeper int) View {
	parts := []string{"view", path}
	if parser > 1 || deeper > 0 { // what always was so is not named
		parts = append(parts, strconv.Itoa(parser), strconv.Itoa(deeper))
	}
	return View(behavepro.Sum(parts...).String()[:8])
}

// CommitChange is the write of a commit. Everything that it names must have been written before.
func (c *Catalog) CommitChange(repo behavepro.RepositoryID, view View, commit *Commit) store.Change {
	return store.Change{Action: store.PutNew, Kind: kindCommit, Record: store.Record{
		Key: store.Key{string(repo), string(view), commit.SHA.Raw()}, Body: encode(commit),
	}}
}

// Commits reads commits, in order; one that is not known is nil.
func (c *Catalog) Commits(ctx context.Context, repo behavepro.RepositoryID, view View, shas ...behavepro.SHA) ([]*Commit, error) {
	if len(shas) == 0 {
		return nil, nil
	}
	keys := make([]store.Key, len(shas))
	for i, sha := range shas {
		keys[i] = store.Key{string(repo), string(view), sha.Raw()}
	}
	records, err := c.scope.Get(ctx, kindCommit, keys...)
	if err != nil {
		return nil, fmt.Errorf("read commits: %w", err)
	}
	out := make([]*Commit, len(shas))
	for i, r := range records {
		if r.Rev == 0 {
			continue
		}
		out[i] = &Commit{SHA: shas[i]}
		if err := decode(kindCommit, r.Body, out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DropView forgets the commits of a view that is no longer used, and leaves their trees to the next sweep.
func (c *Catalog) DropView(ctx context.Context, repo behavepro.RepositoryID, view View) error {
	prefix := store.Key{string(repo), string(view)}
	trees := map[behavepro.Hash]bool{}
	for r, err := range c.scope.Scan(ctx, kindCommit, store.Range{Prefix: prefix}) {
		if err != nil {
			return fmt.Errorf("forget old commits: %w", err)
		}
		var commit Commit
		if err := decode(kindCommit, r.Body, &commit); err != nil {
			return err
		}
		trees[commit.Tree] = true
	}
	if err := c.scope.Drop(ctx, kindCommit, prefix); err != nil {
		return err
	}
	return c.noteSweep(ctx, store.Durable, store.Key{string(repo)}, func(n *sweepNote) {
		n.Trees = slices.AppendSeq(n.Trees, maps.Keys(trees))
	})
}
