package lineage

import (
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
)

// Draft is a new or changed file whose scenarios are being paired with older ones.
type Draft struct {
	Path   string
	Blob   behavepro.SHA
	Sketch Sketch
	From   []Origin // per scenario
}

// Origin is the older scenario that a new one continues.
type Origin struct {
	Found   bool
	Lineage behavepro.Lineage
	Shape   *Shape
	Rows    []behavepro.RowID
	Blob    behavepro.SHA // where the older scenario is, for its rows
	At      int
}

// NewDraft returns a draft of which nothing is paired yet.
func NewDraft(path string, blob behavepro.SHA, s Sketch) *Draft {
	return &Draft{Path: path, Blob: blob, Sketch: s, From: make([]Origin, len(s))}
}

// IsOpen reports whether a scenario is not paired yet.
func (d *Draft) IsOpen() bool {
	return slices.ContainsFunc(d.From, func(o Origin) bool { return !o.Found })
}

// Removed is a scenario that the older tree has and the newer one does not have at its path.
type Removed struct {
	Shape *Shape
	ID    model.ScenarioID
	Blob  behavepro.SHA
	At    int
	Taken bool
}

// RemovedFile is a file of the older tree that the newer one lacks or has changed.
type RemovedFile struct {
	Blob      behavepro.SHA
	Whole     bool // the newer tree has nothing at its path
	Scenarios []*Removed
}

// Pairing decides which older scenarios the scenarios of drafts continue.
type Pairing struct {
	Drafts    []*Draft                   // by path
	Used      map[behavepro.Lineage]bool // lineages that a draft has
	Budget    int                        // pairs that may still be compared by their steps
	Exhausted bool                       // the budget was too small
}

// NewPairing returns a pairing without drafts that compares at most budget pairs by their steps.
func NewPairing(budget int) Pairing {
	return Pairing{Used: map[behavepro.Lineage]bool{}, Budget: budget}
}

// IsOpen reports whether a scenario of a draft is not paired yet.
func (p *Pairing) IsOpen() bool { return slices.ContainsFunc(p.Drafts, (*Draft).IsOpen) }

// PairFile pairs a draft's scenarios with those of an older file, the one at the same path: same rule and name (among equal names:
// equal body, then order), else equal body, else the most similar steps. id has an entry per scenario of old.
func (p *Pairing) PairFile(d *Draft, old Sketch, id *model.Identity, blob behavepro.SHA) {
	used, paired := make([]bool, len(old)), make([]int, len(d.Sketch))
	for j := range old {
		used[j] = p.Used[id.Scenarios[j].Lineage]
	}
	for i := range paired {
		paired[i] = -1
		if d.From[i].Found {
			paired[i] = len(old) // done: not a candidate, whatever its index
		}
	}
	p.Exhausted = pairScenarios(old, d.Sketch, used, paired, &p.Budget) || p.Exhausted
	for i, j := range paired {
		if j >= 0 && j < len(old) && !d.From[i].Found {
			p.take(d, i, old[j], id.Scenarios[j], blob, j)
		}
	}
}

func (p *Pairing) take(d *Draft, i int, old *Shape, id model.ScenarioID, blob behavepro.SHA, at int) {
	d.From[i] = Origin{Found: true, Lineage: id.Lineage, Shape: old, Rows: id.Rows, Blob: blob, At: at}
	p.Used[id.Lineage] = true
}

// PairMoved pairs scenarios that left one file with those that came to another: a whole file moved with an equal blob, then equal
// bodies, then names that are unique on both sides. files are in the order of their paths.
func (p *Pairing) PairMoved(files []*RemovedFile) {
	p.pairWholeFiles(files)
	var left []*Removed
	for _, f := range files {
		for _, r := range f.Scenarios {
			if !r.Taken {
				left = append(left, r)
			}
		}
	}
	p.pairBodies(left)
	p.pairUniqueNames(left)
}

func (p *Pairing) pairWholeFiles(files []*RemovedFile) {
	byBlob := map[behavepro.SHA][]*RemovedFile{}
	for _, f := range files {
		if f.Whole && !slices.ContainsFunc(f.Scenarios, func(r *Removed) bool { return r.Taken }) {
			byBlob[f.Blob] = append(byBlob[f.Blob], f)
		}
	}
	for _, d := range p.Drafts {
		from := byBlob[d.Blob]
		if len(from) == 0 || len(from[0].Scenarios) != len(d.From) || slices.ContainsFunc(d.From, func(o Origin) bool { return o.Found }) {
			continue
		}
		for i, r := range from[0].Scenarios {
			p.move(d, i, r)
		}
		byBlob[d.Blob] = from[1:]
	}
}

func (p *Pairing) move(d *Draft, i int, r *Removed) {
	p.take(d, i, r.Shape, r.ID, r.Blob, r.At)
	r.Taken = true
}

func (p *Pairing) pairBodies(left []*Removed) {
	open := map[behavepro.Hash][]*Removed{}
	for _, r := range left {
		if len(r.Shape.steps) > 0 {
			open[r.Shape.body] = append(open[r.Shape.body], r)
		}
	}
	p.eachOpen(func(d *Draft, i int) {
		body := d.Sketch[i].body
		if rs := open[body]; len(rs) > 0 && len(d.Sketch[i].steps) > 0 {
			p.move(d, i, rs[0])
			open[body] = rs[1:]
		}
	})
}

func (p *Pairing) pairUniqueNames(left []*Removed) {
	was, is := map[string][]*Removed{}, map[string]int{}
	for _, r := range left {
		if !r.Taken {
			was[r.Shape.Name.name] = append(was[r.Shape.Name.name], r)
		}
	}
	p.eachOpen(func(d *Draft, i int) { is[d.Sketch[i].Name.name]++ })
	p.eachOpen(func(d *Draft, i int) {
		name := d.Sketch[i].Name.name
		if name != "" && is[name] == 1 && len(was[name]) == 1 {
			p.move(d, i, was[name][0])
		}
	})
}

// eachOpen visits the scenarios that are not paired yet, by path and then line.
func (p *Pairing) eachOpen(visit func(d *Draft, i int)) {
	for _, d := range p.Drafts {
		for i := range d.From {
			if !d.From[i].Found {
				visit(d, i)
			}
		}
	}
}
