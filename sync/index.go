package sync

import (
	"container/heap"
	"context"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/sync/lineage"
	"github.com/behavepro/behavepro/sync/pack"
)

// newCommit is a commit that the catalog does not know yet.
type newCommit struct {
	sha      behavepro.SHA
	commit   gitCommit
	parents  []behavepro.SHA
	waits    int // parents that are new, too
	children []*newCommit
	keep     int // children that still need its tree
	side     side
}

// index gives every new commit a feature tree with identities, parents first.
func (s *run) index(ctx context.Context, tips []behavepro.SHA, whole *wholePack) error {
	also, err := s.alsoWanted(ctx)
	if err != nil {
		return err
	}
	starts := append(tips[:len(tips):len(tips)], also...)
	commits, known, err := s.discover(ctx, starts)
	if err != nil || len(commits) == 0 {
		return err
	}
	order := parentsFirst(commits)
	w := newWalk(s.forest, s.objects, s.repo.Path)
	w.mirror, w.most = s.mirror.tree(s.forest.names), s.engine.bounds.brought
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
	for _, sha := range s.objects.unreadable() {
		x.note(sha, 0, "", "the commit or tree cannot be read; `git fsck` says more. Its files are missing here")
		if len(x.problems) >= catalog.MaxProblems {
			if err := x.flush(ctx); err != nil {
				return err
			}
		}
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

// alsoWanted are the commits that results wait for and, where all is read anew, those that have results, as far as the mirror has
// them. Results may name anything: what is no commit stays unknown.
func (s *run) alsoWanted(ctx context.Context) ([]behavepro.SHA, error) {
	wanted := s.request.Commits
	if s.head.Behind(s.repo) {
		tested, err := s.catalog.TestedCommits(ctx, s.repo.ID)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted[:len(wanted):len(wanted)], tested...)
	}
	var have []behavepro.SHA
	for _, sha := range wanted {
		if s.mirror.hasCommit(sha) {
			have = append(have, sha)
		}
	}
	return have, nil
}

// discover finds the commits that tips reach and the catalog does not know, and the known ones that they stand on. Commits of this
// fetch are looked up together: what is known has only known ancestors.
func (s *run) discover(ctx context.Context, tips []behavepro.SHA) (map[behavepro.SHA]*newCommit, map[behavepro.SHA]*catalog.Commit, error) {
	found, known := map[behavepro.SHA]*newCommit{}, map[behavepro.SHA]*catalog.Commit{}
	for frontier := tips; len(frontier) > 0; {
		var ask, elsewhere []behavepro.SHA
		for stack := frontier; len(stack) > 0; {
			sha := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if found[sha] != nil || known[sha] != nil {
				continue
			}
			c := &newCommit{sha: sha}
			found[sha], ask = c, append(ask, sha)
			var here bool
			if c.commit, here = s.objects.commit(sha); !here {
				elsewhere = append(elsewhere, sha)
				continue
			}
			stack = append(stack, s.parentsOf(c)...)
		}
		if err := s.lookUp(ctx, ask, found, known); err != nil {
			return nil, nil, err
		}
		frontier = nil
		for _, sha := range elsewhere {
			c := found[sha]
			if c == nil {
				continue
			}
			var err error
			if c.commit, err = s.readCommit(ctx, sha); err != nil {
				return nil, nil, err
			}
			frontier = append(frontier, s.parentsOf(c)...)
		}
	}
	for _, c := range found {
		for _, p := range c.parents {
			if parent := found[p]; parent != nil {
				c.waits++
				parent.children, parent.keep = append(parent.children, c), parent.keep+1
			}
		}
	}
	return found, known, nil
}

// parentsOf notes a commit's parents. The history of a shallow clone ends early.
func (s *run) parentsOf(c *newCommit) []behavepro.SHA {
	if s.fetcher.adv.shallow[c.sha] {
		c.commit.parents = nil
	}
	c.parents = c.commit.parents
	return c.parents
}

// lookUp moves the commits that the catalog knows from found to known.
func (s *run) lookUp(
	ctx context.Context,
	ask []behavepro.SHA,
	found map[behavepro.SHA]*newCommit,
	known map[behavepro.SHA]*catalog.Commit,
) error {
	for batch := range slices.Chunk(ask, 1000) {
		stored, err := s.catalog.Commits(ctx, s.repo.ID, s.head.Reading(s.repo), batch...)
		if err != nil {
			return err
		}
		for i, sha := range batch {
			if stored[i] != nil {
				known[sha] = stored[i]
				delete(found, sha)
			}
		}
	}
	return nil
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
	data, err := s.mirror.read(pack.Commit, sha)
	if err != nil {
		return gitCommit{}, err
	}
	c, err := parseCommit(data)
	if err != nil {
		return gitCommit{}, nil // a broken object, said when it came
	}
	return c, nil
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
	want := &wanted{walk: w, seen: map[behavepro.SHA]int{}, blobs: map[behavepro.SHA]string{}}
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
		catalog: s.catalog, sketches: lineage.NewSketches(), out: &writer{catalog: s.catalog}, today: catalog.DayOf(s.engine.options.Now()),
		paths: make(map[behavepro.SHA]string, len(missing)), old: missing, done: make(map[behavepro.SHA]*parsed, len(missing)),
	}
	for sha := range missing {
		b.paths[sha] = want.blobs[sha]
	}
	return b, nil
}
