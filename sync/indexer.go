package sync

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/sync/lineage"
)

// indexer writes commits, one after another.
type indexer struct {
	*run
	walk    *walk
	blobs   *blobs
	assign  *assigner
	commits map[behavepro.SHA]*newCommit // whose children are still to come
	known   map[behavepro.SHA]*catalog.Commit
	sides   map[behavepro.SHA]side // of known commits
	written map[behavepro.Hash]bool
	named   map[mention]bool

	today         catalog.Day
	problems      []catalog.Problem
	content, last []store.Change // what commits name, and the commits
	bytes         int
}

type mention struct{ word, path string }

func newIndexer(ctx context.Context, s *run, w *walk, b *blobs, known map[behavepro.SHA]*catalog.Commit) (*indexer, error) {
	any, err := s.catalog.HasPlaces(ctx, s.repo.ID)
	if err != nil {
		return nil, err
	}
	x := &indexer{
		run: s, walk: w, blobs: b, known: known, commits: map[behavepro.SHA]*newCommit{}, sides: map[behavepro.SHA]side{},
		written: map[behavepro.Hash]bool{}, named: map[mention]bool{}, today: b.today,
	}
	x.assign = &assigner{
		forest: s.forest, first: s.repo.First, pairs: s.engine.bounds.pairs, places: newPlaces(s.forest, !any),
		sketchOf: func(ctx context.Context, blob behavepro.SHA) (lineage.Sketch, error) {
			p, err := b.of(ctx, blob)
			if err != nil {
				return nil, err
			}
			return p.sketch, nil
		},
		document: func(ctx context.Context, blob behavepro.SHA) (*gherkin.Document, error) {
			docs, err := s.catalog.Documents(ctx, blob)
			if err != nil {
				return nil, err
			}
			return docs[0], nil
		},
	}
	return x, nil
}

// sideOf returns a parent's trees.
func (x *indexer) sideOf(sha behavepro.SHA) side {
	if c := x.commits[sha]; c != nil {
		if c.keep--; c.keep == 0 {
			delete(x.commits, sha)
		}
		return c.side
	}
	if s, ok := x.sides[sha]; ok {
		return s
	}
	s := side{}
	if c := x.known[sha]; c != nil {
		s.sha = c.GitTree
		if !c.Tree.IsZero() {
			s.dir = &dir{hash: c.Tree}
		}
	}
	x.sides[sha] = s
	return s
}

func (x *indexer) commit(ctx context.Context, c *newCommit) error {
	sides := make([]side, len(c.parents))
	roots := make([]*dir, len(c.parents))
	for i, p := range c.parents {
		sides[i] = x.sideOf(p)
		roots[i] = sides[i].dir
	}
	var root *dir
	var err error
	if x.walk.pending = x.walk.pending[:0]; !c.commit.tree.IsZero() {
		if root, err = x.walk.commit(ctx, c.commit.tree, sides); err != nil {
			return err
		}
	}
	x.assign.problem = func(message string) { x.note(c.sha, c.commit.time, "", message) }
	for _, path := range x.walk.tooDeep {
		x.note(c.sha, c.commit.time, path, fmt.Sprintf("directories nest deeper than %d; what lies below was not read", deepestTree))
	}
	x.walk.tooDeep = x.walk.tooDeep[:0]
	if at := x.walk.rest; at != "" {
		x.note(
			c.sha,
			c.commit.time,
			at,
			fmt.Sprintf("the commit brings more than %d feature files or directories; from here on they were not read", x.walk.most),
		)
	}
	if root != nil && (len(x.walk.pending) > 0 || len(roots) > 1) {
		if root, err = x.assign.commit(ctx, root, roots, x.walk.pending, x.walk.text); err != nil {
			return err
		}
	}
	if err := x.mention(ctx); err != nil {
		return err
	}
	record := &catalog.Commit{SHA: c.sha, Parents: c.commit.parents, Time: c.commit.time, GitTree: c.commit.tree, Seen: x.today}
	if root != nil {
		if err := x.seal(ctx, root); err != nil {
			return err
		}
		record.Tree = root.hash
	}
	x.last = append(x.last, x.catalog.CommitChange(x.repo.ID, x.head.Reading(x.repo), record))
	c.side = side{c.commit.tree, root}
	if c.keep > 0 {
		x.commits[c.sha] = c
	}
	return x.flushFull(ctx)
}

// flushFull flushes once enough has gathered. What a commit names may be written before the commit.
func (x *indexer) flushFull(ctx context.Context) error {
	if len(x.content)+len(x.last) >= 2*batchChanges || x.bytes >= batchBytes {
		return x.flush(ctx)
	}
	return nil
}

// note keeps a problem of a commit, or of an object, whose time is 0.
func (x *indexer) note(sha behavepro.SHA, time int64, path, message string) {
	id := behavepro.Sum("problem", sha.String(), path, message).String()[:16]
	x.problems = append(
		x.problems,
		catalog.Problem{ID: id, Commit: sha, CommitTime: time, Path: path, Message: message, At: x.engine.options.Now()},
	)
}

// mention writes the key-shaped words of the commit's changed files.
func (x *indexer) mention(ctx context.Context) error {
	for _, p := range x.walk.pending {
		parsed, err := x.blobs.of(ctx, p.file.blob)
		if err != nil {
			return err
		}
		p.file.broken = parsed.broken
		if len(parsed.words) == 0 {
			continue
		}
		path := x.walk.text(p.path)
		for _, word := range parsed.words {
			if m := (mention{word, path}); !x.named[m] {
				x.named[m] = true
				x.content = append(x.content, catalog.MentionChange(x.repo.ID, word, path))
			}
		}
		if err := x.flushFull(ctx); err != nil {
			return err
		}
	}
	return nil
}

// seal names the new directories and identities of a tree by their content, and writes those that are new, as they gather: one
// commit may bring very many.
func (x *indexer) seal(ctx context.Context, d *dir) error {
	if !d.hash.IsZero() {
		return nil
	}
	for i := range d.entries {
		if sub := d.entries[i].dir; sub != nil {
			if err := x.seal(ctx, sub); err != nil {
				return err
			}
		} else if f := d.entries[i].file; f.id != nil && !f.identity.IsZero() && !x.written[f.identity] {
			x.written[f.identity] = true
			x.put(x.catalog.IdentityChange(x.repo.ID, f.identity, f.id))
		}
	}
	record := x.forest.record(d)
	d.hash = record.Hash()
	if !x.written[d.hash] {
		x.written[d.hash] = true
		x.put(x.catalog.TreeChanges(x.repo.ID, d.hash, record)...)
	}
	return x.flushFull(ctx)
}

func (x *indexer) put(changes ...store.Change) {
	for _, c := range changes {
		x.bytes += len(c.Body)
	}
	x.content = append(x.content, changes...)
}

// flush writes problems and places first, then what commits name, then the commits: a crash between them leaves nothing that points
// nowhere.
func (x *indexer) flush(ctx context.Context) error {
	if err := x.catalog.PutProblems(ctx, x.repo.ID, x.problems...); err != nil {
		return err
	}
	x.problems = x.problems[:0]
	places, lineages := x.assign.places.changes()
	if len(places) > 0 {
		out, err := x.catalog.Write(ctx, store.Relaxed, places...)
		if err != nil {
			return fmt.Errorf("store places: %w", err)
		}
		for i, o := range out {
			if o.Result == store.Conflict {
				return fmt.Errorf("store places: %w", behavepro.ErrConflict)
			}
			x.assign.places.wrote(lineages[i], o.Rev)
		}
	}
	for _, batch := range [][]store.Change{x.content, x.last} {
		if len(batch) == 0 {
			continue
		}
		if _, err := x.catalog.Write(ctx, store.Relaxed, batch...); err != nil {
			return fmt.Errorf("store commits: %w", err)
		}
	}
	x.content, x.last, x.bytes = x.content[:0], x.last[:0], 0
	return nil
}
