package sync

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
)

// TreeFile is a feature file in a tree of files.
type TreeFile struct {
	Path string
	Blob behavepro.SHA
	Doc  *gherkin.Document
}

// ScenarioAt is a scenario's place in a tree: the index of its file, and its own in that file.
type ScenarioAt struct{ File, Scenario int }

// Continued says which scenario of an older tree each scenario of a newer one continues, by the same rules as those by which
// a commit's scenarios inherit their lineages from its parent. Those that continue none are new and missing from the result, as are
// those of files that are equal in both. cut says that there were too many pairs to compare.
func Continued(ctx context.Context, old, new []TreeFile) (from map[ScenarioAt]ScenarioAt, cut bool, err error) {
	c := newComparison(old, new)
	order := map[*draft]int{}
	for i := range new {
		if f := &new[i]; !c.same[f.Path] {
			d := &draft{pending: pending{file: &file{blob: f.Blob}, prev: []*file{c.was[f.Path]}}, text: f.Path}
			c.drafts, order[d] = append(c.drafts, d), i
		}
	}
	slices.SortFunc(c.drafts, func(x, y *draft) int { return cmp.Compare(x.text, y.text) })
	if err := c.pairSamePaths(ctx); err != nil {
		return nil, false, err
	}
	c.pairLeft(c.gone())
	from = map[ScenarioAt]ScenarioAt{}
	for d, i := range order {
		for j := range d.from {
			if d.from[j].found {
				from[ScenarioAt{i, j}] = c.places[d.from[j].lineage]
			}
		}
	}
	return from, c.exhausted, nil
}

// comparison is the assignment of a commit whose only parent is a tree in memory. Places stand for lineages.
type comparison struct {
	commitAssignment
	sketches map[behavepro.SHA]sketch
	places   map[behavepro.Lineage]ScenarioAt
	was      map[string]*file // the older tree by path
	same     map[string]bool  // paths with one blob in both
}

func newComparison(old, new []TreeFile) *comparison {
	c := &comparison{
		sketches: map[behavepro.SHA]sketch{}, places: map[behavepro.Lineage]ScenarioAt{}, was: map[string]*file{}, same: map[string]bool{},
	}
	c.commitAssignment = commitAssignment{assigner: &assigner{
		pairs:    similarityPairs,
		sketchOf: func(_ context.Context, blob behavepro.SHA) (sketch, error) { return c.sketches[blob], nil },
	}, used: map[behavepro.Lineage]bool{}, budget: similarityPairs}
	shared := newSketches()
	for _, tree := range [][]TreeFile{old, new} {
		for i := range tree {
			if f := &tree[i]; c.sketches[f.Blob] == nil {
				c.sketches[f.Blob] = shared.of(f.Doc)
			}
		}
	}
	for i := range old {
		f := &old[i]
		id := &model.Identity{Scenarios: make([]model.ScenarioID, len(c.sketches[f.Blob]))}
		for j := range id.Scenarios {
			l := behavepro.Lineage(behavepro.Sum("place", f.Path, strconv.Itoa(j)))
			id.Scenarios[j].Lineage, c.places[l] = l, ScenarioAt{i, j}
		}
		c.was[f.Path] = &file{blob: f.Blob, id: id}
	}
	for i := range new {
		before := c.was[new[i].Path]
		c.same[new[i].Path] = before != nil && before.blob == new[i].Blob
	}
	return c
}

// gone lists the files of the older tree that the newer one lacks or has changed, by path.
func (c *comparison) gone() []*goneFile {
	changed := map[string]bool{}
	for _, d := range c.drafts {
		changed[d.text] = true
	}
	var files []*goneFile
	for _, path := range slices.Sorted(maps.Keys(c.was)) {
		if c.same[path] {
			continue
		}
		f := &goneFile{path: path, file: c.was[path], removed: !changed[path]}
		for i, id := range f.file.id.Scenarios {
			f.scenarios = append(f.scenarios, &gone{c.sketches[f.file.blob][i], id, f.file.blob, i, c.used[id.Lineage]})
		}
		files = append(files, f)
	}
	return files
}
