package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Graph is a repository's commit graph in memory: who is whose parent, and when. It only grows.
type Graph struct {
	view View
	load sync.Mutex // one loader at a time

	mu    sync.RWMutex
	index map[behavepro.SHA]int32
	nodes []graphNode
}

type graphNode struct {
	sha     behavepro.SHA
	time    int64
	tree    behavepro.Hash
	level   int32 // one more than its highest parent: parents are always lower
	parents []int32
}

// Graph returns the commit graph of a repository that holds at least everything that the tips reach.
func (c *Catalog) Graph(ctx context.Context, repo behavepro.RepositoryID, view View, tips ...behavepro.SHA) (*Graph, error) {
	c.mu.Lock()
	g := c.graphs[repo]
	if g == nil || g.view != view {
		g = &Graph{view: view, index: map[behavepro.SHA]int32{}}
		c.graphs[repo] = g
	}
	c.mu.Unlock()
	if g.has(tips) {
		return g, nil
	}
	g.load.Lock()
	defer g.load.Unlock()
	var err error
	if len(g.nodes) == 0 {
		err = g.loadAll(ctx, c, repo)
	} else {
		err = g.loadFrom(ctx, c, repo, tips)
	}
	if err != nil {
		return nil, fmt.Errorf("load commit graph: %w", err)
	}
	return g, nil
}

func (g *Graph) has(shas []behavepro.SHA) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, sha := range shas {
		if _, ok := g.index[sha]; !ok {
			return false
		}
	}
	return len(g.nodes) > 0
}

func (g *Graph) loadAll(ctx context.Context, c *Catalog, repo behavepro.RepositoryID) error {
	known := map[behavepro.SHA]*Commit{}
	for r, err := range c.scope.Scan(ctx, kindCommit, store.Range{Prefix: store.Key{string(repo), string(g.view)}}) {
		if err != nil {
			return err
		}
		sha, err := behavepro.FromRaw(r.Key[2])
		if err != nil {
			return err
		}
		commit := &Commit{SHA: sha}
		if err := decode(kindCommit, r.Body, commit); err != nil {
			return err
		}
		known[sha] = commit
	}
	// A sync that writes meanwhile may have put a parent where the scan had passed already.
	var missing []behavepro.SHA
	for _, commit := range known {
		for _, p := range commit.Parents {
			if known[p] == nil {
				missing = append(missing, p)
			}
		}
	}
	return g.complete(ctx, c, repo, known, missing)
}

// loadFrom walks from tips to what the graph already holds.
func (g *Graph) loadFrom(ctx context.Context, c *Catalog, repo behavepro.RepositoryID, tips []behavepro.SHA) error {
	return g.complete(ctx, c, repo, map[behavepro.SHA]*Commit{}, tips)
}

// complete adds known commits, and those that the frontier reaches.
func (g *Graph) complete(
	ctx context.Context,
	c *Catalog,
	repo behavepro.RepositoryID,
	known map[behavepro.SHA]*Commit,
	frontier []behavepro.SHA,
) error {
	asked := map[behavepro.SHA]bool{}
	for len(frontier) > 0 {
		var want []behavepro.SHA
		for _, sha := range frontier {
			if known[sha] == nil && !asked[sha] && !g.has([]behavepro.SHA{sha}) {
				asked[sha] = true
				want = append(want, sha)
			}
		}
		commits, err := c.Commits(ctx, repo, g.view, want...)
		if err != nil {
			return err
		}
		frontier = nil
		for _, commit := range commits {
			if commit != nil {
				known[commit.SHA] = commit
				frontier = append(frontier, commit.Parents...)
			}
		}
	}
	g.add(known)
	return nil
}

// add appends commits, parents first. A parent that is not known (a shallow history) is left out.
func (g *Graph) add(known map[behavepro.SHA]*Commit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var stack []*Commit
	for _, start := range known {
		stack = append(stack[:0], start)
		for len(stack) > 0 {
			commit := stack[len(stack)-1]
			if _, done := g.index[commit.SHA]; done {
				stack = stack[:len(stack)-1]
				continue
			}
			ready := true
			for _, p := range commit.Parents {
				if _, done := g.index[p]; !done && known[p] != nil {
					stack, ready = append(stack, known[p]), false
				}
			}
			if ready {
				g.append(commit)
				stack = stack[:len(stack)-1]
			}
		}
	}
}

func (g *Graph) append(commit *Commit) {
	node := graphNode{sha: commit.SHA, time: commit.Time, tree: commit.Tree}
	for _, p := range commit.Parents {
		if i, ok := g.index[p]; ok {
			node.parents = append(node.parents, i)
			node.level = max(node.level, g.nodes[i].level+1)
		}
	}
	g.index[commit.SHA] = int32(len(g.nodes))
	g.nodes = append(g.nodes, node)
}

// Rank orders the commits that a tip reaches, newest first: by topology, ties by committer time, then SHA.
type Rank struct {
	order []behavepro.SHA
	place map[behavepro.SHA]int
}

// Newest returns the reached commits, newest first.
func (r *Rank) Newest() []behavepro.SHA { return r.order }

// Place returns how many commits are newer than sha, and whether the tip reaches it at all.
func (r *Rank) Place(sha behavepro.SHA) (int, bool) {
	i, ok := r.place[sha]
	return i, ok
}

// rankName names the rank of a tip. Nothing that a known commit reaches ever changes.
type rankName struct {
	repository behavepro.RepositoryID
	view       View
	tip        behavepro.SHA
}

// Rank ranks everything that a commit of a repository reaches.
func (c *Catalog) Rank(ctx context.Context, repo behavepro.RepositoryID, view View, tip behavepro.SHA) (*Rank, *Graph, error) {
	g, err := c.Graph(ctx, repo, view, tip)
	if err != nil {
		return nil, nil, err
	}
	name := rankName{repo, view, tip}
	if r, ok := c.ranks.Get(name); ok {
		return r, g, nil
	}
	r := g.Rank(tip)
	if len(r.order) > 0 {
		c.ranks.Add(name, r, 80*len(r.order))
	}
	return r, g, nil
}

// Rank ranks everything that tip reaches.
func (g *Graph) Rank(tip behavepro.SHA) *Rank {
	g.mu.RLock()
	defer g.mu.RUnlock()
	start, ok := g.index[tip]
	if !ok {
		return &Rank{}
	}
	reached := g.reach(start)
	// A level order is topological: a commit's level is above all its ancestors'.
	byLevel := make([][]int32, g.nodes[start].level+1)
	for _, n := range reached {
		level := g.nodes[n].level
		byLevel[level] = append(byLevel[level], n)
	}
	reached = reached[:0]
	for _, equal := range slices.Backward(byLevel) {
		slices.SortFunc(equal, func(a, b int32) int {
			x, y := &g.nodes[a], &g.nodes[b]
			return cmp.Or(cmp.Compare(y.time, x.time), behavepro.CompareSHA(x.sha, y.sha))
		})
		reached = append(reached, equal...)
	}
	rank := &Rank{order: make([]behavepro.SHA, len(reached)), place: make(map[behavepro.SHA]int, len(reached))}
	for i, n := range reached {
		rank.order[i] = g.nodes[n].sha
		rank.place[g.nodes[n].sha] = i
	}
	return rank
}

// reach lists what a node reaches, itself included.
func (g *Graph) reach(start int32) []int32 {
	seen := make([]bool, start+1) // parents are appended before their children
	seen[start] = true
	reached := []int32{start}
	for i := 0; i < len(reached); i++ {
		for _, p := range g.nodes[reached[i]].parents {
			if !seen[p] {
				seen[p] = true
				reached = append(reached, p)
			}
		}
	}
	return reached
}

// Parents returns the known parents of a commit, in its order.
func (g *Graph) Parents(sha behavepro.SHA) []behavepro.SHA {
	g.mu.RLock()
	defer g.mu.RUnlock()
	i, ok := g.index[sha]
	if !ok {
		return nil
	}
	parents := make([]behavepro.SHA, len(g.nodes[i].parents))
	for n, p := range g.nodes[i].parents {
		parents[n] = g.nodes[p].sha
	}
	return parents
}

// Time returns when a commit was made, in seconds since 1970; 0 where it is not known.
func (g *Graph) Time(sha behavepro.SHA) int64 {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if i, ok := g.index[sha]; ok {
		return g.nodes[i].time
	}
	return 0
}

// Tree returns a commit's feature tree.
func (g *Graph) Tree(sha behavepro.SHA) (behavepro.Hash, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	i, ok := g.index[sha]
	if !ok {
		return behavepro.Hash{}, false
	}
	return g.nodes[i].tree, true
}
