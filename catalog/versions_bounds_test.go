package catalog_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/store"
)

// TestMostVersions: as many changes of a scenario are told as may be, the newest; of one more it is told that there are more.
func TestMostVersions(t *testing.T) {
	t.Parallel()
	c := catalogtest.Open(t)
	h := catalogtest.New(t, c, "shop", "SHOP")
	var tip behavepro.SHA
	for n := range catalog.MaxVersions + 1 {
		files := map[string]string{"a.feature": fmt.Sprintf("Feature: A\n  Scenario: One\n    Given %d things\n", n)}
		if n == 0 {
			tip = h.Commit(files)
		} else {
			tip = h.Commit(files, tip)
		}
		if n < catalog.MaxVersions-1 {
			continue
		}
		at := h.Branch("main", map[string]behavepro.SHA{"main": tip})
		versions, cut, err := c.Versions(context.Background(), at, h.Lineage(tip, "One"))
		if err != nil || len(versions) != catalog.MaxVersions || cut != (n == catalog.MaxVersions) {
			t.Fatalf("of %d changes %d are told, cut %v, %v", n+1, len(versions), cut, err)
		}
		if versions[0].Commit != tip {
			t.Errorf("the newest of %d changes is %s, want %s", n+1, versions[0].Commit, tip)
		}
	}
}

// TestMostVersionCommits: a change is found as many commits back as are walked, and not one further, which is told.
func TestMostVersionCommits(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	h := catalogtest.New(t, c, "shop", "SHOP")
	first := h.Commit(map[string]string{"a.feature": "Feature: A\n  Scenario: One\n    Given a thing\n"})
	known, err := c.Commits(ctx, h.Repo.ID, h.Repo.View(), first)
	if err != nil {
		t.Fatal(err)
	}
	line := []behavepro.SHA{first}
	var later []store.Change
	for n := range catalog.MaxVersionCommits {
		sha := behavepro.SHA{1, byte(n >> 16), byte(n >> 8), byte(n)}
		commit := &catalog.Commit{SHA: sha, Parents: line[n:], Time: known[0].Time + int64(n), Tree: known[0].Tree}
		later = append(later, c.CommitChange(h.Repo.ID, h.Repo.View(), commit))
		line = append(line, sha)
	}
	if _, err := c.Write(ctx, store.Relaxed, later...); err != nil {
		t.Fatal(err)
	}
	for commits, found := range map[int]int{catalog.MaxVersionCommits: 1, catalog.MaxVersionCommits + 1: 0} {
		at := h.Branch("main", map[string]behavepro.SHA{"main": line[commits-1]})
		versions, cut, err := c.Versions(ctx, at, h.Lineage(first, "One"))
		if err != nil || len(versions) != found || cut != (found == 0) {
			t.Errorf("in %d commits %d changes are found, cut %v, %v; want %d", commits, len(versions), cut, err, found)
		}
	}
}
