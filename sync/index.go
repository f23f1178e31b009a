package sync

import (
	"container/heap"
	"context"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
)

// newCommit is a commit that the catalog does not know yet.
type newCommit struct {
	sha      behavepro.SHA
	commit   gitCommit
	parents  []behavepro.SHA // those that exist: a shallow history ends early
	waits    int             // parents that are new, too
	children []*newCommit
	keep     int // children that still need its tree
	side     side
}

// index gives every new commit a feature tree with identities, parents first.
func (s *run) index(ctx context.Context, tips []behavepro.SHA, whole *wholePack) error {
	starts := append(tips[:len(tips):len(tips)], s.wantedCommits()...)
	commits, known, err := s.discover(ctx, starts)
	if err != nil || len(commits) == 0 {
		return err
	}
	order := parentsFirst(commits)
	w := newWalk(s.forest, s.objects, s.repo.Path)
	w.mirror = s.mirror.tree(s.forest.names)
	b, err := s.collect(ctx, w, order, known)
	if err != nil {
		return err
	}
	if err := b.get(ctx, s.fetcher, whole, tips); err != nil {
		return err
	}
	x, err := newIndexer(ctx, s, w, b, known)
	if err != nil {
		return err
	}
	for i, c := range order {
		if i%128 == 0 {
			s.progress.report("linking", int64(i), int64(len(order)))
		}
		if err := x.commit(ctx, c); err != nil {
			return fmt.Errorf("index commit %s: %w", c.sha, err)
		}
	}
	s.indexed = len(order)
	return x.flush(ctx)
}

// wantedCommits are those of the request that the mirror has.
func (s *run) wantedCommits() []behavepro.SHA {
	var have []behavepro.SHA
	for _, sha := range s.request.Commits {
		if s.mirror.has(sha) {
			have = append(have, sha)
		}
	}
	return have
}

// discover finds the commits that tips reach and the catalog does not know, and the known ones that they stand on.
func (s *run) discover(ctx context.Context, tips []behavepro.SHA) (map[behavepro.SHA]*newCommit, map[behavepro.SHA]*catalog.Commit, error) {
	found, known := map[behavepro.SHA]*newCommit{}, map[behavepro.SHA]*catalog.Commit{}
	for frontier := tips; len(frontier) > 0; {
		var ask []behavepro.SHA
		for _, sha := range frontier {
			if found[sha] == nil && known[sha] == nil {
				ask = append(ask, sha)
				found[sha] = &newCommit{sha: sha}
			}
		}
		stored, err := s.catalog.Commits(ctx, s.repo.ID, s.repo.View(), ask...)
		if err != nil {
			return nil, nil, err
		}
		frontier = nil
		for i, sha := range ask {
			if stored[i] != nil {
				known[sha] = stored[i]
				delete(found, sha)
				continue
			}
			c := found[sha]
			if c.commit, err = s.readCommit(ctx, sha); err != nil {
				return nil, nil, err
			}
			frontier = append(frontier, c.commit.parents...)
		}
	}
	for _, c := range found {
		for _, p := range c.commit.parents {
			if parent := found[p]; parent != nil {
				c.waits++
				parent.children, parent.keep = append(parent.children, c), parent.keep+1
			}
			c.parents = append(c.parents, p)
		}
	}
	return found, known, nil
}

// readCommit takes a commit from this fetch or from the mirror. Many that come from the mirror mean that an import did not end,
// or that the feature path changed: then all of the mirror is decoded at once.
func (s *run) readCommit(ctx context.Context, sha behavepro.SHA) (gitCommit, error) {
	if c, ok := s.objects.commit(sha); ok {
		return c, nil
	}
	if !s.loaded {
		s.loaded = true
		if err := s.mirror.loadAll(ctx, s.objects, func(done, total int64) { s.progress.report("reading", done, total) }); err != nil {
			return gitCommit{}, err
		}
		if c, ok := s.objects.commit(sha); ok {
			return c, nil
		}
	}
	data, err := s.mirror.read(plumbing.CommitObject, sha)
	if err != nil {
		return gitCommit{}, err
	}
	return parseCommit(data)
}

// parentsFirst orders commits so that parents come before children, and otherwise by time.
func parentsFirst(commits map[behavepro.SHA]*newCommit) []*newCommit {
	var ready commitHeap
	for _, c := range commits {
		if c.waits == 0 {
			ready = append(ready, c)
		}
	}
	heap.Init(&ready)
	order := make([]*newCommit, 0, len(commits))
	for ready.Len() > 0 {
		c := heap.Pop(&ready).(*newCommit)
		order = append(order, c)
		for _, child := range c.children {
			if child.waits--; child.waits == 0 {
				heap.Push(&ready, child)
			}
		}
		c.children = nil
	}
	return order
}

type commitHeap []*newCommit

func (h commitHeap) Len() int           { return len(h) }
func (h commitHeap) Less(i, j int) bool { return h[i].commit.time < h[j].commit.time }
func (h commitHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *commitHeap) Push(x any)        { *h = append(*h, x.(*newCommit)) }
func (h *commitHeap) Pop() any {
	old := *h
	c := old[len(old)-1]
	*h = old[:len(old)-1]
	return c
}

// collect finds the feature blobs that the commits bring and that have never been parsed.
func (s *run) collect(ctx context.Context, w *walk, order []*newCommit, known map[behavepro.SHA]*catalog.Commit) (*blobs, error) {
	trees := map[behavepro.SHA]behavepro.SHA{}
	for sha, c := range known {
		trees[sha] = c.GitTree
	}
	for _, c := range order {
		trees[c.sha] = c.commit.tree
	}
	want := &wanted{walk: w, seen: map[behavepro.SHA]bool{}, blobs: map[behavepro.SHA]string{}}
	for _, c := range order {
		parents := make([]behavepro.SHA, len(c.parents))
		for i, p := range c.parents {
			parents[i] = trees[p]
		}
		if err := want.collect(ctx, c.commit.tree, parents, nil); err != nil {
			return nil, err
		}
	}
	all := make([]behavepro.SHA, 0, len(want.blobs))
	for sha := range want.blobs {
		all = append(all, sha)
	}
	missing, err := s.catalog.MissingBlobs(ctx, all, catalog.DayOf(s.engine.options.Now()))
	if err != nil {
		return nil, err
	}
	b := &blobs{
		catalog: s.catalog, sketches: newSketches(), out: &writer{catalog: s.catalog}, today: catalog.DayOf(s.engine.options.Now()),
		paths: make(map[behavepro.SHA]string, len(missing)), done: make(map[behavepro.SHA]*parsed, len(missing)),
	}
	for _, sha := range missing {
		b.paths[sha] = want.blobs[sha]
	}
	return b, nil
}

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
		forest: s.forest, first: s.repo.First, places: newPlaces(s.forest, !any),
		sketchOf: func(ctx context.Context, blob behavepro.SHA) (sketch, error) {
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
	root, err := x.walk.commit(ctx, c.commit.tree, sides)
	if err != nil {
		return err
	}
	x.assign.problem = func(message string) { x.note(ctx, c.sha, "", message) }
	for _, path := range x.walk.tooDeep {
		x.note(ctx, c.sha, path, fmt.Sprintf("directories nest deeper than %d; what lies below was not read", deepestTree))
	}
	x.walk.tooDeep = x.walk.tooDeep[:0]
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
		x.seal(root)
		record.Tree = root.hash
	}
	x.last = append(x.last, x.catalog.CommitChange(x.repo.ID, x.repo.View(), record))
	c.side = side{c.commit.tree, root}
	if c.keep > 0 {
		x.commits[c.sha] = c
	}
	if len(x.content)+len(x.last) >= 2*batchChanges || x.bytes >= batchBytes {
		return x.flush(ctx)
	}
	return nil
}

// note keeps a problem of a commit.
func (x *indexer) note(ctx context.Context, sha behavepro.SHA, path, message string) {
	id := behavepro.Sum("problem", sha.String(), path, message).String()[:16]
	p := catalog.Problem{ID: id, Commit: sha, Path: path, Message: message, At: x.engine.options.Now()}
	if err := x.catalog.PutProblem(ctx, x.repo.ID, p); err != nil {
		x.engine.options.Log.Error("a problem could not be kept", "repository", x.repo.ID, "cause", err)
	}
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
	}
	return nil
}

// seal names the new directories and identities of a tree by their content, and writes those that are new.
func (x *indexer) seal(d *dir) {
	if !d.hash.IsZero() {
		return
	}
	for i := range d.entries {
		if sub := d.entries[i].dir; sub != nil {
			x.seal(sub)
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
}

func (x *indexer) put(changes ...store.Change) {
	for _, c := range changes {
		x.bytes += len(c.Body)
	}
	x.content = append(x.content, changes...)
}

// flush writes places first, then what commits name, then the commits: a crash between them leaves nothing that points
// nowhere.
func (x *indexer) flush(ctx context.Context) error {
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
