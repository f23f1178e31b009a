package sync

import (
	"cmp"
	"context"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
)

// separate makes sure that no lineage stands at two paths of a merge: the first path keeps it, the others count up. Only
// files that differ from the first parent's can bring one to a second path.
func (c *commitAssignment) separate(ctx context.Context, root *dir) (*dir, error) {
	type brought struct {
		path []nameID
		file *file
	}
	var files []brought
	var ask []behavepro.Lineage
	err := c.differ(ctx, c.parents[0], root, nil, func(path []nameID, _, is *file) error {
		if is == nil || is.identity.IsZero() {
			return nil
		}
		id, err := c.identityOf(ctx, is)
		if err != nil {
			return err
		}
		for i := range id.Scenarios {
			ask = append(ask, id.Scenarios[i].Lineage)
		}
		files = append(files, brought{path, is})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := c.places.load(ctx, ask...); err != nil {
		return nil, err
	}
	done := map[behavepro.Lineage]bool{}
	for _, b := range files {
		for i := range b.file.id.Scenarios {
			l := b.file.id.Scenarios[i].Lineage
			if done[l] || c.places.only(l, b.path) {
				continue
			}
			done[l] = true
			if root, err = c.keepFirst(ctx, root, l); err != nil {
				return nil, err
			}
		}
	}
	return root, nil
}

// keepFirst leaves a lineage at the first of the paths that hold it.
func (c *commitAssignment) keepFirst(ctx context.Context, root *dir, l behavepro.Lineage) (*dir, error) {
	held, err := c.heldAt(ctx, root, l)
	if err != nil || len(held) < 2 {
		return root, err
	}
	slices.SortFunc(held, func(a, b []nameID) int { return cmp.Compare(c.pathText(a), c.pathText(b)) })
	c.Used[l] = true
	for _, path := range held[1:] {
		f, err := c.find(ctx, root, path)
		if err != nil {
			return nil, err
		}
		copied, err := c.recount(ctx, f, c.pathText(path), l)
		if err != nil {
			return nil, err
		}
		for i := range copied.id.Scenarios {
			if copied.id.Scenarios[i].Lineage != f.id.Scenarios[i].Lineage {
				c.places.add(copied.id.Scenarios[i].Lineage, path)
			}
		}
		root = c.replace(root, path, copied)
	}
	return root, nil
}

// recount returns the file with a new lineage in the place of l.
func (c *commitAssignment) recount(ctx context.Context, f *file, path string, l behavepro.Lineage) (*file, error) {
	shapes, err := c.sketchOf(ctx, f.blob)
	if err != nil {
		return nil, err
	}
	id := &model.Identity{Scenarios: slices.Clone(f.id.Scenarios)}
	for i := range id.Scenarios {
		if id.Scenarios[i].Lineage == l && i < len(shapes) {
			if id.Scenarios[i].Lineage, err = c.fresh(ctx, path, shapes[i].Name); err != nil {
				return nil, err
			}
		}
	}
	return &file{blob: f.blob, id: id, identity: catalog.IdentityHash(id), broken: f.broken}, nil
}
