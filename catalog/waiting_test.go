package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
)

// TestWaitingFor compares, for every way in which two projects can stand to a repository and every reach of a token, what a push says of
// itself with what the lists of the repository hold.
func TestWaitingFor(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	put := func(n int, p catalog.Push) *catalog.Push {
		p.ID, p.Commit, p.State = fmt.Sprint("push ", n), catalogtest.BlobOf(fmt.Sprint("commit ", n)), catalog.PushWaiting
		p.Received, p.UploadTo = clock.Add(time.Duration(n)*time.Minute), p.Repository
		if err := c.PutPush(ctx, &p); err != nil {
			t.Fatal(err)
		}
		return &p
	}
	type keys = []behavepro.ProjectKey
	var pushes []*catalog.Push
	for i, projects := range []keys{nil, {"A"}, {"B"}, {"A", "B"}, {"C"}} {
		pushes = append(pushes, put(i, catalog.Push{Repository: catalog.ForProjects(projects), Projects: projects}))
	}
	pushes = append(pushes,
		put(5, catalog.Push{Repository: "r", Projects: keys{"C"}}),
		put(6, catalog.Push{Repository: "other", Projects: keys{"A", "B"}}),
		put(7, catalog.Push{Repository: "other"}),
	)

	const unrelated, connected, guest, offered = 0, 1, 2, 3
	for a := range 4 {
		for b := range 4 {
			repo := &catalog.Repository{ID: "r"}
			reads := map[behavepro.ProjectKey]bool{}
			for key, is := range map[behavepro.ProjectKey]int{"A": a, "B": b} {
				switch is {
				case connected:
					repo.Projects, reads[key] = append(repo.Projects, key), true
				case guest:
					repo.Guests, reads[key] = append(repo.Guests, key), true
				case offered:
					repo.Offered = append(repo.Offered, key)
				case unrelated:
				}
			}
			var want []string
			var commits []behavepro.SHA // newest first
			for i, p := range pushes {
				belongs := i == 0 || p.Repository == "r" || p.Repository != "other" && slices.ContainsFunc(p.Projects, func(k behavepro.ProjectKey) bool { return reads[k] })
				if got := p.MayBelongTo(repo); got != belongs {
					t.Errorf("push %d of %q may belong to a repository of %v with guests %v: got %v, want %v", i, p.Repository, repo.Projects, repo.Guests, got, belongs)
				}
				if belongs {
					want, commits = append(want, p.ID), append([]behavepro.SHA{p.Commit}, commits...)
				}
			}
			waiting, err := c.WaitingFor(ctx, repo)
			var got []string
			for _, p := range waiting {
				got = append(got, p.ID)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("projects %v, guests %v: waiting %q, want %q, %v", repo.Projects, repo.Guests, got, want, err)
			}
			if awaited, err := c.AwaitedCommits(ctx, repo, 100); err != nil || !slices.Equal(awaited, commits) {
				t.Errorf("projects %v, guests %v: awaited %v, want %v, %v", repo.Projects, repo.Guests, awaited, commits, err)
			}
			if first, err := c.AwaitedCommits(ctx, repo, 1); err != nil || !slices.Equal(first, commits[:1]) {
				t.Errorf("awaited at most 1: %v, want %v, %v", first, commits[:1], err)
			}
		}
	}
}
