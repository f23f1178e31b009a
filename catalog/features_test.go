package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/store/storetest"
)

func feature(name string, scenarios ...string) string {
	return "Feature: " + name + "\n\n" + strings.Join(scenarios, "\n")
}

func scenario(tags, name, step string) string {
	return fmt.Sprintf("  %s\n  Scenario: %s\n    Given %s\n", tags, name, step)
}

func TestFilesOfACommit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	h := catalogtest.New(t, c, "shop", "SHOP")
	files := map[string]string{
		"a.feature":             feature("A", scenario("@SHOP-1", "one", "x")),
		"a/deep/b.feature":      feature("B", scenario("", "two", "y"), scenario("", "three", "z")),
		"broken.feature":        "no gherkin at all",
		"docs/guide.feature.md": "# Feature: no",
		"latin\xe4.feature":     feature("L"),
		"ä ö/c d.feature":       feature("C"),
	}
	h.Branch("main", map[string]behavepro.SHA{"main": h.Commit(files)})
	got, err := c.Files(ctx, h.At("main"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range got {
		n := -1
		if f.Feature() != nil {
			n = len(f.Feature().Scenarios)
		}
		lines = append(lines, fmt.Sprintf("%s %d %d %d", f.Path, n, len(f.Identity.Scenarios), len(f.Problems)))
		if f.Blob != catalogtest.BlobOf(files[f.Path]) {
			t.Errorf("%s: blob %s", f.Path, f.Blob)
		}
	}
	want := []string{
		"a.feature 1 1 0", "a/deep/b.feature 2 2 0", "broken.feature -1 0 1", "docs/guide.feature.md -1 0 1", "latin\xe4.feature 0 0 0", "ä ö/c d.feature 0 0 0",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if f, err := c.File(ctx, h.At("main"), "a/deep/b.feature"); err != nil || f.Feature().Name != "B" {
		t.Errorf("file: %v %v", f, err)
	}
	for _, path := range []string{"a", "a/deep", "none.feature", "a.feature/x", ""} {
		if _, err := c.File(ctx, h.At("main"), path); !errors.Is(err, behavepro.ErrNotFound) {
			t.Errorf("file %q: got %v, want ErrNotFound", path, err)
		}
	}
	light, err := c.Identified(ctx, h.At("main"))
	if err != nil || len(light) != len(files) || light[1].Document != nil || len(light[1].Identity.Scenarios) != 2 {
		t.Errorf("identified: %v %v", light, err)
	}
}

func TestLargeDirectoryIsKeptInPages(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scope := storetest.NewScope(t, catalog.Kinds()...)
	c := catalog.Open(scope)
	tree := &catalog.Tree{}
	for i := range 5000 {
		tree.Entries = append(tree.Entries, catalog.TreeEntry{Name: fmt.Sprintf("f%05d.feature", i), Blob: catalogtest.BlobOf(fmt.Sprint(i))})
	}
	write := func(t *testing.T, tree *catalog.Tree) (written int) {
		out, err := c.Write(ctx, 0, c.TreeChanges("r", tree.Hash(), tree)...)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out {
			if o.Result == 0 {
				written++
			}
		}
		return written
	}
	if n := write(t, tree); n < 40 {
		t.Errorf("%d records for 5000 entries", n)
	}
	for _, at := range []int{0, 2500, 4999} {
		changed := &catalog.Tree{Entries: slices.Clone(tree.Entries)}
		changed.Entries[at].Blob = catalogtest.BlobOf("changed")
		if n := write(t, changed); n != 2 {
			t.Errorf("a changed file rewrites %d records, want 2", n)
		}
		inserted := &catalog.Tree{Entries: slices.Insert(slices.Clone(tree.Entries), at, catalog.TreeEntry{Name: tree.Entries[at].Name[:6] + "!", Blob: catalogtest.BlobOf("new")})}
		if at == 0 {
			inserted.Entries[0].Name = "a"
		}
		if n := write(t, inserted); n > 4 {
			t.Errorf("an inserted file rewrites %d records", n)
		}
	}
	fresh := catalog.Open(scope)
	got, err := fresh.Trees(ctx, "r", tree.Hash(), behavepro.Hash{}, tree.Hash())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 2} {
		if !reflect.DeepEqual(tree, got[i]) { // cmp takes seconds to tell that 5,000 entries are equal
			t.Fatalf("tree %d (-want +got)\n%s", i, cmp.Diff(tree, got[i]))
		}
	}
	if e, ok := got[0].Find("f04321.feature"); !ok || e.Blob != catalogtest.BlobOf("4321") {
		t.Errorf("find: %v %v", e, ok)
	}
}
