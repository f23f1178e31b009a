package lineage

import (
	"cmp"
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

// Continued returns which scenario of an older tree each scenario of a newer one continues, by the same rules as those by which
// a commit's scenarios inherit their lineages from its parent. Those that continue none are new and missing from the result, as are
// those of files that are equal in both. cut reports whether there were too many pairs to compare.
func Continued(old, new []TreeFile) (from map[ScenarioAt]ScenarioAt, cut bool) {
	c := newComparison(old, new)
	order := map[*Draft]int{}
	for i := range new {
		if f := &new[i]; !c.same[f.Path] {
			d := NewDraft(f.Path, f.Blob, c.sketches[f.Blob])
			c.Drafts, order[d] = append(c.Drafts, d), i
		}
	}
	slices.SortFunc(c.Drafts, func(x, y *Draft) int { return cmp.Compare(x.Path, y.Path) })
	for _, d := range c.Drafts {
		if was := c.was[d.Path]; was != nil && d.IsOpen() {
			c.PairFile(d, c.sketches[was.blob], was.id, was.blob)
		}
	}
	c.PairMoved(c.removed())
	from = map[ScenarioAt]ScenarioAt{}
	for d, i := range order {
		for j := range d.From {
			if d.From[j].Found {
				from[ScenarioAt{i, j}] = c.places[d.From[j].Lineage]
			}
		}
	}
	return from, c.Exhausted
}

// comparison is the pairing of a tree with one older tree. Places stand for lineages.
type comparison struct {
	Pairing
	sketches map[behavepro.SHA]Sketch
	places   map[behavepro.Lineage]ScenarioAt
	was      map[string]*olderFile // the older tree by path
	same     map[string]bool       // paths with one blob in both
}

// olderFile is a file of the older tree.
type olderFile struct {
	blob behavepro.SHA
	id   *model.Identity
}

func newComparison(old, new []TreeFile) *comparison {
	c := &comparison{
		Pairing:  NewPairing(MaxPairs),
		sketches: map[behavepro.SHA]Sketch{}, places: map[behavepro.Lineage]ScenarioAt{}, was: map[string]*olderFile{}, same: map[string]bool{},
	}
	shared := NewSketches()
	for _, tree := range [][]TreeFile{old, new} {
		for i := range tree {
			if f := &tree[i]; c.sketches[f.Blob] == nil {
				c.sketches[f.Blob] = shared.Of(f.Doc)
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
		c.was[f.Path] = &olderFile{f.Blob, id}
	}
	for i := range new {
		before := c.was[new[i].Path]
		c.same[new[i].Path] = before != nil && before.blob == new[i].Blob
	}
	return c
}

// removed lists the files of the older tree that the newer one lacks or has changed, by path.
func (c *comparison) removed() []*RemovedFile {
	changed := map[string]bool{}
	for _, d := range c.Drafts {
		changed[d.Path] = true
	}
	var files []*RemovedFile
	for _, path := range slices.Sorted(maps.Keys(c.was)) {
		if c.same[path] {
			continue
		}
		was := c.was[path]
		f := &RemovedFile{Blob: was.blob, Whole: !changed[path]}
		for i, id := range was.id.Scenarios {
			f.Scenarios = append(f.Scenarios, &Removed{c.sketches[was.blob][i], id, was.blob, i, c.Used[id.Lineage]})
		}
		files = append(files, f)
	}
	return files
}
