package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
)

// assigner decides the lineages of one commit after another. Its decisions are a function of the commit and its parents
// alone: never of the order in which commits arrive, nor of what else the store holds.
type assigner struct {
	*forest
	first    string // the name under which the repository was first added
	places   *places
	sketchOf func(ctx context.Context, blob behavepro.SHA) (sketch, error)
	document func(ctx context.Context, blob behavepro.SHA) (*gherkin.Document, error)
	problem  func(message string)
	pairs    int // similarityPairs
}

// draft is a pending file whose scenarios are being paired.
type draft struct {
	pending
	text   string
	sketch sketch
	from   []origin // per scenario
}

// origin is the old scenario that a new one continues.
type origin struct {
	found   bool
	lineage behavepro.Lineage
	shape   *shape
	rows    []behavepro.RowID
	blob    behavepro.SHA // where the old scenario stands, for its rows
	at      int
}

// commit decides the identities of a commit's pending files and returns its feature tree, which differs from root where a
// merge brought one lineage to two paths.
func (a *assigner) commit(ctx context.Context, root *dir, parents []*dir, files []pending, pathText func([]nameID) string) (*dir, error) {
	drafts := make([]*draft, len(files))
	for i, p := range files {
		drafts[i] = &draft{pending: p, text: pathText(p.path)}
	}
	slices.SortFunc(drafts, func(x, y *draft) int { return cmp.Compare(x.text, y.text) })
	c := &commitAssignment{assigner: a, parents: parents, drafts: drafts, used: map[behavepro.Lineage]bool{}, budget: a.pairs, pathText: pathText}
	if err := c.pairSamePaths(ctx); err != nil {
		return nil, err
	}
	if c.unpaired() {
		if err := c.pairMoved(ctx, root); err != nil {
			return nil, err
		}
	}
	if c.exhausted {
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
	parents   []*dir
	drafts    []*draft
	used      map[behavepro.Lineage]bool // lineages given to this commit's pending files
	budget    int
	exhausted bool
	pathText  func([]nameID) string
}

// pairSamePaths pairs each file's scenarios with those at the same path of each parent, in order.
func (c *commitAssignment) pairSamePaths(ctx context.Context) error {
	for _, d := range c.drafts {
		var err error
		if d.sketch, err = c.sketchOf(ctx, d.file.blob); err != nil {
			return err
		}
		d.from = make([]origin, len(d.sketch))
		for _, prev := range d.prev {
			if prev == nil || !d.open() {
				continue
			}
			if err := c.pairWith(ctx, d, prev); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *draft) open() bool {
	return slices.ContainsFunc(d.from, func(o origin) bool { return !o.found })
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
	used, paired := make([]bool, len(old)), make([]int, len(d.sketch))
	for j := range old {
		used[j] = c.used[id.Scenarios[j].Lineage]
	}
	for i := range paired {
		paired[i] = -1
		if d.from[i].found {
			paired[i] = len(old) // done: not a candidate, whatever its index
		}
	}
	c.exhausted = pairScenarios(old, d.sketch, used, paired, &c.budget) || c.exhausted
	for i, j := range paired {
		if j >= 0 && j < len(old) && !d.from[i].found {
			c.take(d, i, old[j], id.Scenarios[j], prev.blob, j)
		}
	}
	return nil
}

func (c *commitAssignment) take(d *draft, i int, old *shape, id model.ScenarioID, blob behavepro.SHA, at int) {
	d.from[i] = origin{found: true, lineage: id.Lineage, shape: old, rows: id.Rows, blob: blob, at: at}
	c.used[id.Lineage] = true
}

func (c *commitAssignment) unpaired() bool {
	return slices.ContainsFunc(c.drafts, (*draft).open)
}

// nameNew gives what stayed unpaired a lineage of its own, by path and then line, and closes the files.
func (c *commitAssignment) nameNew(ctx context.Context) error {
	if err := c.warm(ctx); err != nil {
		return err
	}
	for _, d := range c.drafts {
		id := &model.Identity{Scenarios: make([]model.ScenarioID, len(d.sketch))}
		for i, s := range d.sketch {
			from := &d.from[i]
			lineage := from.lineage
			if !from.found {
				var err error
				if lineage, err = c.fresh(ctx, d.text, s.name); err != nil {
					return err
				}
			}
			rows, err := rowIDs(from.shape, from.rows, s, func() (*gherkin.Scenario, *gherkin.Scenario, error) {
				return c.outlines(ctx, from, d.file.blob, i)
			})
			if err != nil {
				return err
			}
			id.Scenarios[i] = model.ScenarioID{Lineage: lineage, Rows: rows}
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
		for i, s := range d.sketch {
			if d.from[i].found {
				ask = append(ask, d.from[i].lineage)
			} else {
				ask = append(ask, newLineage(c.first, d.text, s.name, 0))
			}
		}
	}
	return c.places.load(ctx, ask...)
}

func (c *commitAssignment) outlines(ctx context.Context, from *origin, blob behavepro.SHA, at int) (old, new *gherkin.Scenario, err error) {
	was, err := c.document(ctx, from.blob)
	if err != nil {
		return nil, nil, err
	}
	is, err := c.document(ctx, blob)
	if err != nil {
		return nil, nil, err
	}
	return &was.Feature.Scenarios[from.at], &is.Feature.Scenarios[at], nil
}

// newLineage is the lineage of the nth scenario that was new under this name.
func newLineage(first, path string, name scenarioName, n int) behavepro.Lineage {
	return behavepro.Lineage(behavepro.Sum("lineage", first, path, name.rule, name.name, strconv.Itoa(n)))
}

// fresh counts up while a parent's tree or an earlier scenario of this tree holds the lineage.
func (c *commitAssignment) fresh(ctx context.Context, path string, name scenarioName) (behavepro.Lineage, error) {
	for n := 0; ; n++ {
		l := newLineage(c.first, path, name, n)
		if c.used[l] {
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
			c.used[l] = true
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
