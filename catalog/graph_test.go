package catalog

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

func TestRankIsTopologicalAndEqualHoweverTheGraphWasLoaded(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scope := storetest.NewScope(t, Kinds()...)
	writer := Open(scope)
	r := rand.New(rand.NewPCG(3, 4))
	var commits []*Commit
	for n := 1; n <= 300; n++ {
		commit := &Commit{SHA: sha(n), Time: int64(r.IntN(50))}
		for range min(n-1, 1+r.IntN(2)) {
			if p := commits[max(0, n-2-r.IntN(6))].SHA; !slices.Contains(commit.Parents, p) {
				commit.Parents = append(commit.Parents, p)
			}
		}
		commits = append(commits, commit)
	}
	growing := Open(scope)
	for n, commit := range commits {
		if _, err := writer.Write(ctx, store.Relaxed, writer.CommitChange("r", "v", commit)); err != nil {
			t.Fatal(err)
		}
		if n%40 == 7 {
			if _, _, err := growing.Rank(ctx, "r", "v", commit.SHA); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tip := range []int{300, 299, 150, 1} {
		want, graph, err := Open(scope).Rank(ctx, "r", "v", sha(tip))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := growing.Rank(ctx, "r", "v", sha(tip))
		if err != nil || !slices.Equal(got.Newest(), want.Newest()) {
			t.Fatalf("tip %d: a graph that grew ranks otherwise: %v", tip, err)
		}
		for i, c := range want.Newest() {
			for _, p := range graph.Parents(c) {
				if place, ok := want.Place(p); !ok || place <= i {
					t.Fatalf("tip %d: parent %s of %s is not behind it", tip, p.Short(), c.Short())
				}
			}
		}
	}
}

func TestGraphFindsParentsThatAScanMissed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := Open(storetest.NewScope(t, Kinds()...))
	child, parent, root := &Commit{SHA: sha(3), Parents: []behavepro.SHA{sha(2)}}, &Commit{SHA: sha(2), Parents: []behavepro.SHA{sha(1), sha(9)}}, &Commit{SHA: sha(1)}
	if _, err := c.Write(ctx, store.Relaxed, c.CommitChange("r", "v", parent), c.CommitChange("r", "v", root)); err != nil {
		t.Fatal(err)
	}
	g := &Graph{view: "v", index: map[behavepro.SHA]int32{}}
	if err := g.complete(ctx, c, "r", map[behavepro.SHA]*Commit{child.SHA: child}, child.Parents); err != nil {
		t.Fatal(err)
	}
	if got := g.Rank(child.SHA).Newest(); !slices.Equal(got, []behavepro.SHA{sha(3), sha(2), sha(1)}) {
		t.Errorf("got %v", got)
	}
}

func TestCacheKeepsItsWeight(t *testing.T) {
	t.Parallel()
	c := newCache[int, int](10 * entryWeight)
	c.Add(1, 1, 3*entryWeight) // too large to be kept
	for n := range 100 {
		c.Add(n, n, n%2)
		c.Add(n, n, 1)
	}
	if _, ok := c.Get(99); !ok || c.weight > c.most || c.weight < c.most/2 {
		t.Errorf("weight %d of %d", c.weight, c.most)
	}
	if _, ok := c.Get(1); ok {
		t.Error("what is too large or old is kept")
	}
}
