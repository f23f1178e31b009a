package pages

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// paramsLabel names params for people: their values, with the name where a value is a bare number or a switch.
func paramsLabel(params []behavepro.Param) string {
	if len(params) == 0 {
		return "without params"
	}
	words := make([]string, len(params))
	for i, p := range params {
		words[i] = p.Value
		if !strings.ContainsFunc(p.Value, unicode.IsLetter) || strings.EqualFold(p.Value, "true") || strings.EqualFold(p.Value, "false") {
			words[i] = p.Name + " " + p.Value
		}
	}
	return strings.Join(words, " · ")
}

// eachResult goes through the results of a scenario and of its rows.
func eachResult(v *catalog.ScenarioView, yield func(*catalog.Result)) {
	for i := range v.Results {
		yield(&v.Results[i])
	}
	for i := range v.Rows {
		for j := range v.Rows[i].Results {
			yield(&v.Rows[i].Results[j])
		}
	}
}

// paramSet is what a scenario's runs with equal params say.
type paramSet struct {
	Params []behavepro.Param
	Set    string // behavepro.ParamSet
	Label  string
	Status behavepro.Status
	Old    bool
}

// paramSets gathers the param sets of scenarios, by label.
func paramSets(views ...*catalog.ScenarioView) []paramSet {
	index := map[string]int{}
	var sets []paramSet
	for _, v := range views {
		eachResult(v, func(r *catalog.Result) {
			i, ok := index[r.Params]
			if !ok {
				i = len(sets)
				index[r.Params] = i
				sets = append(sets, paramSet{Set: r.Params, Params: r.Run.Params, Label: paramsLabel(r.Run.Params), Old: r.Old})
			}
			sets[i].Status = behavepro.Worse(sets[i].Status, r.Status)
		})
	}
	slices.SortFunc(sets, func(a, b paramSet) int {
		return cmp.Or(boolOrder(a.Old, b.Old), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Set, b.Set))
	})
	return sets
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// paramsNote says where a scenario has which status, if that differs.
func paramsNote(v *catalog.ScenarioView) string {
	byStatus := map[behavepro.Status][]string{}
	var old []string
	for _, s := range paramSets(v) {
		if s.Old {
			old = append(old, s.Label)
			continue
		}
		byStatus[s.Status] = append(byStatus[s.Status], s.Label)
	}
	var said []string
	if len(byStatus) > 1 {
		order := []behavepro.Status{behavepro.Failed, behavepro.Skipped, behavepro.Passed}
		last := order[0]
		for _, s := range order {
			if len(byStatus[s]) > 0 {
				last = s
			}
		}
		for _, s := range order {
			switch {
			case len(byStatus[s]) == 0:
			case s == last:
				said = append(said, s.Text()+" elsewhere")
			default:
				said = append(said, s.Text()+" on "+strings.Join(byStatus[s], ", "))
			}
		}
	}
	if len(old) > 0 {
		said = append(said, "old, not counted: "+strings.Join(old, ", "))
	}
	return strings.Join(said, "; ")
}

// only keeps the results of one param set, which then counts.
func only(v *catalog.ScenarioView, set string) {
	keep := func(c *catalog.Current) {
		c.Results = slices.DeleteFunc(slices.Clone(c.Results), func(r catalog.Result) bool { return r.Params != set })
		c.Status, c.Stale, c.Flaky = "", false, false
		for i := range c.Results {
			r := &c.Results[i]
			r.Old = false
			c.Status = behavepro.Worse(c.Status, r.Status)
			c.Stale, c.Flaky = c.Stale || r.Stale, c.Flaky || r.Flaky
		}
		c.Status = cmp.Or(c.Status, behavepro.NotRun)
	}
	keep(&v.Current)
	v.Strip = slices.DeleteFunc(slices.Clone(v.Strip), func(m catalog.RunMark) bool { return behavepro.ParamSet(m.Run.Params) != set })
	if len(v.Rows) == 0 {
		return
	}
	v.Rows = slices.Clone(v.Rows) // others see the same rows
	for i := range v.Rows {
		keep(&v.Rows[i].Current)
	}
	v.RollUp()
}

// paramGroup is param sets with one value of the first param, which is the outer group of a matrix.
type paramGroup struct {
	Label string
	Sets  []paramSet
}

// Span is how many columns a table needs for the group.
func (g paramGroup) Span() int { return len(g.Sets) }

// rest names the params of a set after the first.
func (s *paramSet) rest() string {
	label := paramsLabel(s.Params[1:])
	if len(s.Params) == 1 {
		label = ""
	}
	if s.Old {
		label += " (old)"
	}
	return label
}

// Rest is for templates.
func (s paramSet) Rest() string { return s.rest() }

// paramGroups puts sets that stand in order together by their first param; none where there are not several sets, all with several
// params.
func paramGroups(sets []paramSet) []paramGroup {
	if len(sets) < 2 {
		return nil
	}
	var groups []paramGroup
	for _, s := range sets {
		if len(s.Params) < 2 {
			return nil
		}
		label := paramsLabel(s.Params[:1])
		if n := len(groups); n > 0 && groups[n-1].Label == label {
			groups[n-1].Sets = append(groups[n-1].Sets, s)
			continue
		}
		groups = append(groups, paramGroup{label, []paramSet{s}})
	}
	return groups
}

// groupSets orders the results of a scenario by the first param, and names each group at the first of it.
func groupSets(views []setView, results []catalog.Result) {
	if len(views) < 2 {
		return
	}
	for i := range results {
		if len(results[i].Run.Params) < 2 {
			return
		}
	}
	for i := range views {
		views[i].Group, views[i].Label = paramsLabel(results[i].Run.Params[:1]), paramsLabel(results[i].Run.Params[1:])
	}
	slices.SortStableFunc(views, func(a, b setView) int { return cmp.Compare(a.Group, b.Group) })
	for i := len(views) - 1; i > 0; i-- {
		if views[i].Group == views[i-1].Group {
			views[i].Group = ""
		}
	}
}
