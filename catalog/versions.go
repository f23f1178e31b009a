package catalog

import (
	"container/heap"
	"context"

	"github.com/behavepro/behavepro"
)

// Version is a commit that changed a scenario.
type Version struct {
	Commit  behavepro.SHA
	Time    int64  // of the commit, in seconds since 1970
	Path    string // where the scenario is after it; "" where it was removed
	Was     string // where it was before; "" where it was added
	Name    string // after it; before it where it was removed
	WasName string
	Changes []Change
}

// Change is what a version did to a scenario.
type Change string

const (
	Added    Change = "added"
	Removed  Change = "removed"
	Moved    Change = "moved"    // to another path
	Renamed  Change = "renamed"  // another name
	Reworded Change = "reworded" // it says something else
	Retagged Change = "retagged" // other tags, inherited ones included
	Edited   Change = "edited"   // anything else that is kept of it: description, rule, layout of its tables
)

// Bounds of a walk through versions.
const (
	MaxVersions       = 200
	MaxVersionCommits = 20_000
	// absentCommits is how far back from where a scenario was added an earlier life of it is looked for.
	absentCommits = 500
)

// Versions walks the history of a ref, newest first, and returns the commits that changed a scenario. A commit that has
// the scenario as one of its parents has it changed nothing, and only that parent is followed. An earlier life of a
// scenario that was removed and came back is told where it is not long ago. cut says that a bound was hit before the end.
func (c *Catalog) Versions(ctx context.Context, at At, l behavepro.Lineage) (versions []Version, cut bool, err error) {
	places, err := c.Places(ctx, at.Repository.ID, l)
	if err != nil {
		return nil, false, err
	}
	rank, graph, err := c.Rank(ctx, at.Repository.ID, at.view(), at.SHA)
	if err != nil {
		return nil, false, err
	}
	w := &versionWalk{
		c: c, ctx: ctx, repo: at.Repository.ID, graph: graph, rank: rank, lineage: l, paths: places[0].Paths,
		states: map[behavepro.Hash]*scenarioState{}, seen: map[behavepro.SHA]bool{},
	}
	w.push(at.SHA)
	for visited := 0; w.open.Len() > 0; visited++ {
		if len(versions) == MaxVersions || visited == MaxVersionCommits {
			return versions, true, nil
		}
		if w.absent > absentCommits {
			break
		}
		v, err := w.visit()
		if err != nil {
			return versions, false, err
		}
		if v != nil {
			versions = append(versions, *v)
		}
	}
	return versions, false, nil
}

// scenarioState is a scenario in one feature tree.
type scenarioState struct {
	path     string // "" where it is not in the tree
	blob     behavepro.SHA
	identity behavepro.Hash
}

type versionWalk struct {
	c       *Catalog
	ctx     context.Context
	repo    behavepro.RepositoryID
	graph   *Graph
	rank    *Rank
	lineage behavepro.Lineage
	paths   []string
	last    string // where it was found last
	added   bool   // the commit that added it was passed
	absent  int    // commits without it since
	states  map[behavepro.Hash]*scenarioState
	open    places
	seen    map[behavepro.SHA]bool
}

// places is a heap of places in a rank, the newest commit first.
type places []int

func (p places) Len() int           { return len(p) }
func (p places) Less(i, j int) bool { return p[i] < p[j] }
func (p places) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *places) Push(x any)        { *p = append(*p, x.(int)) }
func (p *places) Pop() any {
	old := *p
	x := old[len(old)-1]
	*p = old[:len(old)-1]
	return x
}

func (w *versionWalk) push(sha behavepro.SHA) {
	if place, ok := w.rank.Place(sha); ok && !w.seen[sha] {
		w.seen[sha] = true
		heap.Push(&w.open, place)
	}
}

// visit takes the newest open commit and returns the version that it made, if any.
func (w *versionWalk) visit() (*Version, error) {
	sha := w.rank.order[heap.Pop(&w.open).(int)]
	is, err := w.state(sha)
	if err != nil {
		return nil, err
	}
	if w.added && is.path == "" {
		w.absent++
	}
	parents := w.graph.Parents(sha)
	was := make([]*scenarioState, len(parents))
	for i, p := range parents {
		if was[i], err = w.state(p); err != nil {
			return nil, err
		}
	}
	unchanged, err := w.unchanged(was, is)
	if err != nil {
		return nil, err
	}
	if unchanged >= 0 {
		w.push(parents[unchanged])
		return nil, nil
	}
	before := w.follow(parents, was)
	if is.path == "" && before.path == "" {
		return nil, nil
	}
	v, err := w.compare(before, is)
	if err != nil {
		return nil, err
	}
	v.Commit, v.Time = sha, w.graph.Time(sha)
	return v, nil
}

// unchanged returns the first parent that has the scenario as it is, or -1. Another scenario of the file may have changed.
func (w *versionWalk) unchanged(was []*scenarioState, is *scenarioState) (int, error) {
	for i := range was {
		if *was[i] == *is {
			return i, nil
		}
	}
	for i := range was {
		if same, err := w.same(was[i], is); same || err != nil {
			return i, err
		}
	}
	return -1, nil
}

// follow opens the parents that have the scenario and returns the state in the first of them. Where none has, it was
// added here; it may have lived before, so that all are opened.
func (w *versionWalk) follow(parents []behavepro.SHA, was []*scenarioState) *scenarioState {
	before := &scenarioState{}
	for i, p := range parents {
		if was[i].path == "" {
			continue
		}
		w.push(p)
		if before.path == "" {
			before = was[i]
		}
	}
	if before.path == "" {
		w.added = true
		for _, p := range parents {
			w.push(p)
		}
	}
	return before
}

// state finds the scenario at a commit: where it was found last, else at any path that ever held it.
func (w *versionWalk) state(sha behavepro.SHA) (*scenarioState, error) {
	root, _ := w.graph.Tree(sha)
	if s, ok := w.states[root]; ok {
		return s, nil
	}
	s := &scenarioState{}
	w.states[root] = s
	for _, path := range pathsOf(w.paths, w.last) {
		e, ok, err := w.c.entry(w.ctx, w.repo, root, path)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		identities, err := w.c.Identities(w.ctx, w.repo, e.Identity)
		if err != nil {
			return nil, err
		}
		if identities[0].Holds(w.lineage) {
			w.last = path
			*s = scenarioState{path, e.Blob, e.Identity}
			break
		}
	}
	return s, nil
}
