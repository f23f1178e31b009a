package sync

import (
	"cmp"
	"context"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
)

// gone is a scenario that a parent has and this commit does not have at its path.
type gone struct {
	shape *shape
	id    model.ScenarioID
	blob  behavepro.SHA
	at    int
	taken bool
}

// goneFile is a file of a parent that this commit removed or changed.
type goneFile struct {
	path      string
	file      *file
	removed   bool // nothing is at its path any more
	scenarios []*gone
}

// pairMoved pairs scenarios that left one file with those that came to another: a whole file moved with an equal blob,
// then equal bodies, then names that are unique on both sides. Parents are asked in order.
func (c *commitAssignment) pairMoved(ctx context.Context, root *dir) error {
	for _, parent := range c.parents {
		if !c.unpaired() {
			return nil
		}
		files, err := c.goneFrom(ctx, parent, root)
		if err != nil {
			return err
		}
		c.pairLeft(files)
	}
	return nil
}

// pairLeft pairs what is open yet with what a parent's files lost.
func (c *commitAssignment) pairLeft(files []*goneFile) {
	c.pairWholeFiles(files)
	var left []*gone
	for _, f := range files {
		for _, g := range f.scenarios {
			if !g.taken {
				left = append(left, g)
			}
		}
	}
	c.pairBodies(left)
	c.pairUniqueNames(left)
}

// goneFrom lists what a parent has and this commit lacks, by path and then line.
func (c *commitAssignment) goneFrom(ctx context.Context, parent, root *dir) ([]*goneFile, error) {
	var files []*goneFile
	err := c.differ(ctx, parent, root, nil, func(path []nameID, was, is *file) error {
		if was != nil && !was.identity.IsZero() && (is == nil || is.pending) {
			files = append(files, &goneFile{path: c.pathText(path), file: was, removed: is == nil})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b *goneFile) int { return cmp.Compare(a.path, b.path) })
	for _, f := range files {
		if err := c.goneScenarios(ctx, f, root); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (c *commitAssignment) goneScenarios(ctx context.Context, f *goneFile, root *dir) error {
	id, err := c.identityOf(ctx, f.file)
	if err != nil {
		return err
	}
	shapes, err := c.sketchOf(ctx, f.file.blob)
	if err != nil || len(shapes) != len(id.Scenarios) {
		return err
	}
	for i, s := range id.Scenarios {
		taken := c.used[s.Lineage]
		if !taken && len(c.parents) > 1 {
			// Another parent may have brought it to another path.
			held, err := c.heldAt(ctx, root, s.Lineage)
			if err != nil {
				return err
			}
			taken = len(held) > 0
		}
		f.scenarios = append(f.scenarios, &gone{shapes[i], s, f.file.blob, i, taken})
	}
	return nil
}

func (c *commitAssignment) pairWholeFiles(files []*goneFile) {
	byBlob := map[behavepro.SHA][]*goneFile{}
	for _, f := range files {
		if f.removed && !slices.ContainsFunc(f.scenarios, func(g *gone) bool { return g.taken }) {
			byBlob[f.file.blob] = append(byBlob[f.file.blob], f)
		}
	}
	for _, d := range c.drafts {
		from := byBlob[d.file.blob]
		if len(from) == 0 || len(from[0].scenarios) != len(d.from) || slices.ContainsFunc(d.from, func(o origin) bool { return o.found }) {
			continue
		}
		for i, g := range from[0].scenarios {
			c.move(d, i, g)
		}
		byBlob[d.file.blob] = from[1:]
	}
}

func (c *commitAssignment) move(d *draft, i int, g *gone) {
	c.take(d, i, g.shape, g.id, g.blob, g.at)
	g.taken = true
}

func (c *commitAssignment) pairBodies(left []*gone) {
	open := map[behavepro.Hash][]*gone{}
	for _, g := range left {
		if len(g.shape.steps) > 0 {
			open[g.shape.body] = append(open[g.shape.body], g)
		}
	}
	c.eachOpen(func(d *draft, i int) {
		body := d.sketch[i].body
		if gs := open[body]; len(gs) > 0 && len(d.sketch[i].steps) > 0 {
			c.move(d, i, gs[0])
			open[body] = gs[1:]
		}
	})
}

func (c *commitAssignment) pairUniqueNames(left []*gone) {
	was, is := map[string][]*gone{}, map[string]int{}
	for _, g := range left {
		if !g.taken {
			was[g.shape.name.name] = append(was[g.shape.name.name], g)
		}
	}
	c.eachOpen(func(d *draft, i int) { is[d.sketch[i].name.name]++ })
	c.eachOpen(func(d *draft, i int) {
		name := d.sketch[i].name.name
		if name != "" && is[name] == 1 && len(was[name]) == 1 {
			c.move(d, i, was[name][0])
		}
	})
}

// eachOpen visits the scenarios that are not paired yet, by path and then line.
func (c *commitAssignment) eachOpen(visit func(d *draft, i int)) {
	for _, d := range c.drafts {
		for i := range d.from {
			if !d.from[i].found {
				visit(d, i)
			}
		}
	}
}
