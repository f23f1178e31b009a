package gherkin

import (
	"iter"
	"slices"
)

// IsOutline says whether the scenario has Examples, and thus rows that are tested one by one.
func (s *Scenario) IsOutline() bool { return len(s.Examples) > 0 }

// RuleOf returns the rule of the scenario with that index, nil where it is in none.
func (f *Feature) RuleOf(scenario int) *Rule {
	if n := f.Scenarios[scenario].Rule; n > 0 {
		return &f.Rules[n-1]
	}
	return nil
}

// Backgrounds returns the backgrounds that a scenario inherits: the feature's, then its rule's.
func (f *Feature) Backgrounds(scenario int) []*Background {
	var all []*Background
	if f.Background != nil {
		all = append(all, f.Background)
	}
	if rule := f.RuleOf(scenario); rule != nil && rule.Background != nil {
		all = append(all, rule.Background)
	}
	return all
}

// TagsOf returns the tags of the scenario with that index, inherited ones first: feature, rule, scenario.
func (f *Feature) TagsOf(scenario int) []Tag {
	var ofRule []Tag
	if rule := f.RuleOf(scenario); rule != nil {
		ofRule = rule.Tags
	}
	return slices.Concat(f.Tags, ofRule, f.Scenarios[scenario].Tags)
}

// RowTags returns the tags of the rows of one Examples table: those of its scenario, then its own.
func (f *Feature) RowTags(scenario, examples int) []Tag {
	return append(f.TagsOf(scenario), f.Scenarios[scenario].Examples[examples].Tags...)
}

// RowRef is the place of a row under its outline, both indexes from 0.
type RowRef struct{ Examples, Row int }

// Rows goes through the example rows of a scenario in file order.
func Rows(s *Scenario) iter.Seq2[RowRef, *Row] {
	return func(yield func(RowRef, *Row) bool) {
		for e := range s.Examples {
			for r := range s.Examples[e].Rows {
				if !yield(RowRef{e, r}, &s.Examples[e].Rows[r]) {
					return
				}
			}
		}
	}
}

// allTags goes through every tag of the feature in the order of its parts, inherited ones once.
func (f *Feature) allTags() iter.Seq[Tag] {
	return func(yield func(Tag) bool) {
		each := func(tags []Tag) bool {
			for _, tag := range tags {
				if !yield(tag) {
					return false
				}
			}
			return true
		}
		if !each(f.Tags) {
			return
		}
		for i := range f.Rules {
			if !each(f.Rules[i].Tags) {
				return
			}
		}
		for i := range f.Scenarios {
			if !each(f.Scenarios[i].Tags) {
				return
			}
			for j := range f.Scenarios[i].Examples {
				if !each(f.Scenarios[i].Examples[j].Tags) {
					return
				}
			}
		}
	}
}
