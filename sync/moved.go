package sync

import (
	"cmp"
	"context"
	"slices"

	"github.com/behavepro/behavepro/sync/lineage"
)

// pairMoved pairs scenarios that left one file with those that came to another. Parents are asked in order.
func (c *commitAssignment) pairMoved(ctx context.Context, root *dir) error {
	for _, parent := range c.parents {
		if !c.IsOpen() {
			return nil
		}
		files, err := c.removedFrom(ctx, parent, root)
		if err != nil {
			return err
		}
		c.PairMoved(files)
	}
	return nil
}

// removedFrom lists what a parent has and this commit lacks, by path and then line.
func (c *commitAssignment) removedFrom(ctx context.Context, parent, root *dir) ([]*lineage.RemovedFile, error) {
	type removed struct {
		path  string
		file  *file
		whole bool
	}
	var found []removed
	err := c.differ(ctx, parent, root, nil, func(path []nameID, was, is *file) error {
		if was != nil && !was.identity.IsZero() && (is == nil || is.pending) {
			found = append(found, removed{c.pathText(path), was, is == nil})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b removed) int { return cmp.Compare(a.path, b.path) })
	files := make([]*lineage.RemovedFile, len(found))
	for i, r := range found {
		files[i] = &lineage.RemovedFile{Blob: r.file.blob, Whole: r.whole}
		if files[i].Scenarios, err = c.removedScenarios(ctx, r.file, root); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (c *commitAssignment) removedScenarios(ctx context.Context, f *file, root *dir) ([]*lineage.Removed, error) {
	id, err := c.identityOf(ctx, f)
	if err != nil {
		return nil, err
	}
	shapes, err := c.sketchOf(ctx, f.blob)
	if err != nil || len(shapes) != len(id.Scenarios) {
		return nil, err
	}
	var all []*lineage.Removed
	for i, s := range id.Scenarios {
		taken := c.Used[s.Lineage]
		if !taken && len(c.parents) > 1 {
			// Another parent may have brought it to another path.
			held, err := c.heldAt(ctx, root, s.Lineage)
			if err != nil {
				return nil, err
			}
			taken = len(held) > 0
		}
		all = append(all, &lineage.Removed{Shape: shapes[i], ID: s, Blob: f.blob, At: i, Taken: taken})
	}
	return all, nil
}
