package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/behavepro/behavepro/catalog/model"
)

// Bounds of what is asked for step definitions: the newest pushes of a commit, until what they tell is too large.
const (
	stepPushes = 200
	stepBytes  = 64 << 20 // of patterns and places
)

// Steps is what the pushes of a commit and its feature files say about steps.
type Steps struct {
	At         At
	Pushes     []*Push // whose reports tell step definitions, newest first; none: nothing is known of definitions
	MorePushes int     // older ones, which are not asked
	Open       bool    // more is to come of a run of the commit
	Partial    bool    // a report was not read to its end: what it did not tell may use what seems unused
	Cut        bool    // step definitions were left out of a push
	Defined    int     // different step definitions
	Unused     []model.StepDefinition
	Duplicates []DuplicateStep
	Variants   []StepVariants
}

// DuplicateStep is a pattern that one push tells of at more than one place.
type DuplicateStep struct {
	Pattern, Type string
	Definitions   []model.StepDefinition // by place, at least two
}

// Steps tells which step definitions no push of a commit uses, which it has more than once, and which steps of its feature
// files are written in more than one way.
func (c *Catalog) Steps(ctx context.Context, at At, now time.Time) (*Steps, error) {
	s := &Steps{At: at}
	if err := c.addDefinitions(ctx, s, now); err != nil {
		return nil, err
	}
	variants := stepTexts{}
	for f, err := range c.Each(ctx, at) {
		if err != nil {
			return nil, err
		}
		if f.Feature() != nil {
			variants.addFeature(f.Path, f.Feature())
		}
	}
	s.Variants = variants.variants()
	return s, nil
}

// addDefinitions adds what the pushes of the commit tell.
func (c *Catalog) addDefinitions(ctx context.Context, s *Steps, now time.Time) error {
	all, err := c.PushesOf(ctx, s.At.Repository.ID, s.At.SHA)
	if err != nil {
		return err
	}
	for _, run := range RunsOf(all, now) {
		s.Open = s.Open || run.State == RunOpen
	}
	s.Pushes = slices.DeleteFunc(all, func(p *Push) bool { return p.Definitions == 0 || p.State != PushMatched })
	telling := s.Pushes
	s.Pushes = nil
	known := definitionSet{}
	for bytes := 0; len(s.Pushes) < min(len(telling), stepPushes) && bytes < stepBytes; {
		p := telling[len(s.Pushes)]
		s.Pushes = append(s.Pushes, p)
		told, err := c.Definitions(ctx, p)
		if err != nil {
			return fmt.Errorf("read steps of %s: %w", s.At.Repository.Name, err)
		}
		s.Cut, s.Partial = s.Cut || told.Cut, s.Partial || told.Partial
		bytes += known.add(told)
	}
	s.MorePushes = len(telling) - len(s.Pushes)
	s.Defined, s.Unused, s.Duplicates = len(known), known.unused(), known.duplicates()
	return nil
}

// definitionSet holds the step definitions of several pushes, each once, with the sum of their uses. The name is a
// definition without its uses.
type definitionSet map[model.StepDefinition]*definitionUse

type definitionUse struct {
	uses      int
	duplicate bool // a push tells its pattern at another place, too
}

// add takes those of a push in. That two pushes tell of one pattern at different places makes no duplicate: they may be of
// suites that are never run together. It returns the bytes of patterns and places that were not known.
func (d definitionSet) add(told *model.Definitions) (bytes int) {
	for i := range told.All {
		def := &told.All[i]
		name := *def
		name.Uses = 0
		if d[name] == nil {
			d[name] = &definitionUse{}
			bytes += len(name.Pattern) + len(name.Place)
		}
		d[name].uses += def.Uses
		if i > 0 && samePattern(def, &told.All[i-1]) || i+1 < len(told.All) && samePattern(def, &told.All[i+1]) {
			d[name].duplicate = true
		}
	}
	return bytes
}

func samePattern(a, b *model.StepDefinition) bool { return a.Pattern == b.Pattern && a.Type == b.Type }

// chosen lists some in order.
func (d definitionSet) chosen(choose func(*definitionUse) bool) []model.StepDefinition {
	var out []model.StepDefinition
	for def, use := range d {
		if choose(use) {
			def.Uses = use.uses
			out = append(out, def)
		}
	}
	slices.SortFunc(out, func(a, b model.StepDefinition) int { return model.CompareDefinitions(&a, &b) })
	return out
}

// unused lists those without uses by place, as somebody who cleans up goes through the code.
func (d definitionSet) unused() []model.StepDefinition {
	out := d.chosen(func(use *definitionUse) bool { return use.uses == 0 })
	slices.SortStableFunc(out, func(a, b model.StepDefinition) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Line, b.Line))
	})
	return out
}

func (d definitionSet) duplicates() []DuplicateStep {
	var out []DuplicateStep
	for _, def := range d.chosen(func(use *definitionUse) bool { return use.duplicate }) {
		if n := len(out); n > 0 && samePattern(&out[n-1].Definitions[0], &def) {
			out[n-1].Definitions = append(out[n-1].Definitions, def)
			continue
		}
		out = append(out, DuplicateStep{Pattern: def.Pattern, Type: def.Type, Definitions: []model.StepDefinition{def}})
	}
	return out
}

// TellsDefinitions reports whether any push of the commit does.
func (s *Steps) TellsDefinitions() bool { return len(s.Pushes) > 0 }

// Doubt says why what seems unused may be used after all; "" where nothing speaks for it.
func (s *Steps) Doubt() string {
	switch {
	case s.Open:
		return "more is to come of a run"
	case s.Partial:
		return "a report was cut off, or could not be read to its end"
	case s.MorePushes > 0:
		return fmt.Sprintf("only the newest %d pushes were asked", len(s.Pushes))
	}
	return ""
}

// StepVariants are steps that are equal but for letter case, white space and the punctuation at their end.
type StepVariants struct{ Ways []StepWay } // at least two, the most frequent first

// StepWay is one way in which a step is written.
type StepWay struct {
	Text   string
	Count  int
	Places []StepPlace // the first few
}

// StepPlace is where a step is written.
type StepPlace struct {
	Path string
	Line int
}
