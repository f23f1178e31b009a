package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/sync/lineage"
)

// assigner decides the lineages of one commit after another. Its decisions are a function of the commit and its parents
// alone: never of the order in which commits arrive, nor of what else the store holds.
type assigner struct {
	*forest
	first    string // the name under which the repository was first added
	places   *places
	sketchOf func(ctx context.Context, blob behavepro.SHA) (lineage.Sketch, error)
	document func(ctx context.Context, blob behavepro.SHA) (*gherkin.Document, error)
	problem  func(message string)
	pairs    int // lineage.MaxPairs
}

// draft is a pending file whose scenarios are being paired.
type draft struct {
	pending
	*lineage.Draft
}

// commit decides the identities of a commit's pending files and returns its feature tree, which differs from root where a
// merge brought one lineage to two paths.
func (a *assigner) commit(ctx context.Context, root *dir, parents []*dir, files []pending, pathText func([]nameID) string) (*dir, error) {
	drafts := make([]*draft, len(files))
	for i, p := range files {
		drafts[i] = &draft{pending: p, Draft: &lineage.Draft{Path: pathText(p.path), Blob: p.file.blob}}
	}
	slices.SortFunc(drafts, func(x, y *draft) int { return cmp.Compare(x.Path, y.Path) })
	c := &commitAssignment{assigner: a, Pairing: lineage.NewPairing(a.pairs), parents: parents, drafts: drafts, pathText: pathText}
	for _, d := range drafts {
		c.Drafts = append(c.Drafts, d.Draft)
	}
	if err := c.pairSamePaths(ctx); err != nil {
		return nil, err
	}
	if c.IsOpen() {
		if err := c.pairMoved(ctx, root); err != nil {
			return nil, err
		}
	}
	if c.Exhausted {
		a.problem(fmt.Sprintf("more than %d pairs of scenarios to compare; the rest were taken as new", a.pairs))
	}
	if err := c.nameNew(ctx); err != nil {
		return nil, err
	}
	if len(parents) > 1 {
		return c.separate(ctx, root)
	}
	return root, nil
}

// commitAssignment is the state of one commit's decisions.
type commitAssignment struct {
	*assigner
	lineage.Pairing
	parents  []*dir
	drafts   []*draft
	pathText func([]nameID) string
}

// pairSamePaths pairs each file's scenarios with those at the same path of each parent, in order.
func (c *commitAssignment) pairSamePaths(ctx context.Context) error {
	for _, d := range c.drafts {
		s, err := c.sketchOf(ctx, d.Blob)
		if err != nil {
			return err
		}
		d.Sketch, d.From = s, make([]lineage.Origin, len(s))
		for _, prev := range d.prev {
			if prev == nil || !d.IsOpen() {
				continue
			}
			if err := c.pairWith(ctx, d, prev); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *commitAssignment) pairWith(ctx context.Context, d *draft, prev *file) error {
	old, err := c.sketchOf(ctx, prev.blob)
	if err != nil {
		return err
	}
	id, err := c.identityOf(ctx, prev)
	if err != nil || len(id.Scenarios) != len(old) {
		return err
	}
	c.PairFile(d.Draft, old, id, prev.blob)
	return nil
}

// nameNew gives what stayed unpaired a lineage of its own, by path and then line, and closes the files.
func (c *commitAssignment) nameNew(ctx context.Context) error {
	if err := c.warm(ctx); err != nil {
		return err
	}
	for _, d := range c.drafts {
		id := &model.Identity{Scenarios: make([]model.ScenarioID, len(d.Sketch))}
		for i, s := range d.Sketch {
			from := &d.From[i]
			l := from.Lineage
			if !from.Found {
				var err error
				if l, err = c.fresh(ctx, d.Path, s.Name); err != nil {
					return err
				}
			}
			rows, err := lineage.RowIDs(from.Shape, from.Rows, s, func() (*gherkin.Scenario, *gherkin.Scenario, error) {
				return c.outlines(ctx, from, d.Blob, i)
			})
			if err != nil {
				return err
			}
			id.Scenarios[i] = model.ScenarioID{Lineage: l, Rows: rows}
		}
		d.file.id, d.file.identity, d.file.pending = id, catalog.IdentityHash(id), false
		if len(id.Scenarios) == 0 {
			d.file.identity = behavepro.Hash{}
		}
		for i := range id.Scenarios {
			c.places.add(id.Scenarios[i].Lineage, d.path)
		}
	}
	return nil
}

// warm loads at once the places of the lineages that fresh will ask for first.
func (c *commitAssignment) warm(ctx context.Context) error {
	var ask []behavepro.Lineage
	for _, d := range c.drafts {
		for i, s := range d.Sketch {
			if d.From[i].Found {
				ask = append(ask, d.From[i].Lineage)
			} else {
				ask = append(ask, lineage.New(c.first, d.Path, s.Name, 0))
			}
		}
	}
	return c.places.load(ctx, ask...)
}

func (c *commitAssignment) outlines(
	ctx context.Context,
	from *lineage.Origin,
	blob behavepro.SHA,
	at int,
) (old, new *gherkin.Scenario, err error) {
	was, err := c.document(ctx, from.Blob)
	if err != nil {
		return nil, nil, err
	}
	is, err := c.document(ctx, blob)
	if err != nil {
		return nil, nil, err
	}
	return &was.Feature.Scenarios[from.At], &is.Feature.Scenarios[at], nil
}

// fresh counts up while a parent's tree or an earlier scenario of this tree holds the lineage.
func (c *commitAssignment) fresh(ctx context.Context, path string, name lineage.ScenarioName) (behavepro.Lineage, error) {
	for n := 0; ; n++ {
		l := lineage.New(c.first, path, name, n)
		if c.Used[l] {
			continue
		}
		if err := c.places.load(ctx, l); err != nil {
			return l, err
		}
		held := false
		for _, p := range c.parents {
			paths, err := c.heldAt(ctx, p, l)
			if err != nil {
				return l, err
			}
			held = held || len(paths) > 0
		}
		if !held {
			c.Used[l] = true
			return l, nil
		}
	}
}

// heldAt returns the paths at which a tree holds a lineage.
func (a *assigner) heldAt(ctx context.Context, root *dir, l behavepro.Lineage) ([][]nameID, error) {
	paths, err := a.places.of(ctx, l)
	if err != nil {
		return nil, err
	}
	var held [][]nameID
	for _, path := range paths {
		f, err := a.find(ctx, root, path)
		if err != nil {
			return nil, err
		}
		if f == nil || f.pending {
			continue
		}
		id, err := a.identityOf(ctx, f)
		if err != nil {
			return nil, err
		}
		if id.Holds(l) {
			held = append(held, path)
		}
	}
	return held, nil
}

// identityOf loads a decided file's identity.
func (a *assigner) identityOf(ctx context.Context, f *file) (*model.Identity, error) {
	if f.id != nil {
		return f.id, nil
	}
	ids, err := a.catalog.Identities(ctx, a.repo, f.identity)
	if err != nil {
		return nil, err
	}
	f.id = ids[0]
	return f.id, nil
}
