package catalog_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
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
