package catalog

import (
	"slices"

	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
)

// text is what is kept of a scenario in a state.
type text struct {
	feature  *gherkin.Feature
	scenario int
}

func (w *versionWalk) text(s *scenarioState) (text, error) {
	f := &FeatureFile{Path: s.path, Blob: s.blob, IdentityHash: s.identity}
	if err := w.c.read(w.ctx, w.repo, []*FeatureFile{f}); err != nil {
		return text{}, err
	}
	if f.Feature() == nil {
		return text{}, nil
	}
	i := slices.IndexFunc(f.Identity.Scenarios, func(id model.ScenarioID) bool { return id.Lineage == w.lineage })
	return text{f.Feature(), i}, nil
}

func (w *versionWalk) same(was, is *scenarioState) (bool, error) {
	if was.path != is.path || was.path == "" {
		return false, nil
	}
	v, err := w.compare(was, is)
	return err == nil && len(v.Changes) == 0, err
}

// compare tells what happened between two states, one of which may be without the scenario.
func (w *versionWalk) compare(was, is *scenarioState) (*Version, error) {
	v := &Version{Path: is.path, Was: was.path}
	var a, b text
	var err error
	if was.path != "" {
		if a, err = w.text(was); err != nil {
			return nil, err
		}
		if a.feature != nil {
			v.WasName = a.feature.Scenarios[a.scenario].Name
		}
	}
	if is.path == "" {
		v.Name, v.Changes = v.WasName, []Change{Removed}
		return v, nil
	}
	if b, err = w.text(is); err != nil {
		return nil, err
	}
	if b.feature != nil {
		v.Name = b.feature.Scenarios[b.scenario].Name
	}
	if was.path == "" {
		v.Changes = []Change{Added}
		return v, nil
	}
	if was.path != is.path {
		v.Changes = append(v.Changes, Moved)
	}
	v.Changes = append(v.Changes, differences(a, b)...)
	return v, nil
}

// differences tells what two texts of a scenario differ in.
func differences(a, b text) []Change {
	if a.feature == nil || b.feature == nil {
		if a.feature != b.feature {
			return []Change{Edited}
		}
		return nil
	}
	x, y := &a.feature.Scenarios[a.scenario], &b.feature.Scenarios[b.scenario]
	var changes []Change
	if x.Name != y.Name {
		changes = append(changes, Renamed)
	}
	if gherkin.WordingOf(a.feature, a.scenario) != gherkin.WordingOf(b.feature, b.scenario) {
		changes = append(changes, Reworded)
	}
	if !slices.Equal(tagNames(a.feature.TagsOf(a.scenario)), tagNames(b.feature.TagsOf(b.scenario))) {
		changes = append(changes, Retagged)
	}
	if len(changes) == 0 && !slices.Equal(layout(a), layout(b)) {
		changes = append(changes, Edited)
	}
	return changes
}

// layout collects what neither name nor wording nor tags tell.
func layout(t text) []string {
	s := &t.feature.Scenarios[t.scenario]
	out := []string{s.Keyword, s.Description, ""}
	if rule := t.feature.RuleOf(t.scenario); rule != nil {
		out[2] = rule.Name
	}
	for i := range s.Examples {
		e := &s.Examples[i]
		out = append(out, e.Keyword, e.Name, e.Description)
		out = append(out, tagNames(e.Tags)...)
	}
	return out
}
