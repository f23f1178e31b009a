package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro/catalog/model"
)

// Bounds of the step definitions of a push. What is beyond is left out, with a note.
const (
	MaxDefinitions     = 20_000
	maxDefinitionBytes = 8 << 20 // of patterns and places
)

// definitionName tells step definitions apart.
type definitionName struct {
	pattern, kind, place string
	line                 int
}

// DefinitionSet puts together what scopes, files or both tell of the same step definitions. The zero value holds none.
type DefinitionSet struct {
	Max          int // 0 takes MaxDefinitions
	bytes        int // of patterns and places
	all          map[definitionName]*model.StepDefinition
	Cut, Partial bool
}

// Add takes one in, or adds its uses to those that it has.
func (d *DefinitionSet) Add(def model.StepDefinition) {
	name := definitionName{def.Pattern, def.Type, def.Place, def.Line}
	if known := d.all[name]; known != nil {
		known.Uses += def.Uses
		return
	}
	size := len(def.Pattern) + len(def.Place)
	if len(d.all) >= cmp.Or(d.Max, MaxDefinitions) || d.bytes+size > maxDefinitionBytes {
		d.Cut = true
		return
	}
	d.bytes += size
	if d.all == nil {
		d.all = map[definitionName]*model.StepDefinition{}
	}
	d.all[name] = &def
}

// AddAll takes those of a report in.
func (d *DefinitionSet) AddAll(of *model.Definitions) {
	for _, def := range of.All {
		d.Add(def)
	}
	d.Cut, d.Partial = d.Cut || of.Cut, d.Partial || of.Partial
}

// Definitions is what was put together, in order.
func (d *DefinitionSet) Definitions() model.Definitions {
	out := model.Definitions{Cut: d.Cut, Partial: d.Partial}
	for _, def := range d.all {
		out.All = append(out.All, *def)
	}
	ordered(out.All)
	return out
}

func ordered(all []model.StepDefinition) []model.StepDefinition {
	slices.SortFunc(all, func(a, b model.StepDefinition) int { return model.CompareDefinitions(&a, &b) })
	return all
}

// CutNote says that step definitions were left out.
func (d *DefinitionSet) CutNote() string {
	return fmt.Sprintf("step definitions were left out: at most %d of a push are kept, %s in all, with patterns of at most %d bytes",
		cmp.Or(d.Max, MaxDefinitions), sizeText(maxDefinitionBytes), maxName)
}
