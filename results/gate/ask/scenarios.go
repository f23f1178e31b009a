package ask

import (
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/gate"
)

// linkedTo lists the scenarios of a branch that link to an issue; if only some rows do, with those.
func linkedTo(status *catalog.Standing, key behavepro.IssueKey) []gate.Scenario {
	var all []gate.Scenario
	for _, f := range status.Features {
		for i := range f.Scenarios {
			v := &f.Scenarios[i]
			if !v.LinksTo(key) {
				continue
			}
			whole := slices.Contains(v.Issues, key)
			all = append(all, scenarioOf(status, f.Path, v, func(r *catalog.RowView) bool { return whole || slices.Contains(r.Issues, key) }))
		}
	}
	return all
}

// chosen lists the scenarios of a branch that the question's tags and paths name.
func (q *Question) chosen(status *catalog.Standing) []gate.Scenario {
	var all []gate.Scenario
	every := func(*catalog.RowView) bool { return true }
	for _, f := range status.Features {
		if !q.pathNamed(f.Path) {
			continue
		}
		for i := range f.Scenarios {
			if v := &f.Scenarios[i]; q.tagNamed(v.Tags) {
				all = append(all, scenarioOf(status, f.Path, v, every))
			}
		}
	}
	return all
}

// pathNamed reports whether a path is one of those that are asked for, or lies below one.
func (q *Question) pathNamed(path string) bool {
	return len(q.Paths) == 0 || slices.ContainsFunc(q.Paths, func(p string) bool {
		p = strings.TrimSuffix(strings.TrimPrefix(p, "./"), "/")
		return p == path || strings.HasPrefix(path, p+"/") || p == "." || p == ""
	})
}

// tagNamed reports whether one of a scenario's tags is asked for.
func (q *Question) tagNamed(tags []string) bool {
	return len(q.Tags) == 0 || slices.ContainsFunc(q.Tags, func(t string) bool {
		return slices.Contains(tags, "@"+strings.TrimPrefix(t, "@"))
	})
}

// scenarioOf is a scenario with those of its rows that are asked for.
func scenarioOf(status *catalog.Standing, path string, v *catalog.ScenarioView, asked func(*catalog.RowView) bool) gate.Scenario {
	out := gate.Scenario{
		Repository: status.At.Repository.Name, Path: path, Name: v.Name, Line: v.Line, State: stateOf(&v.Current),
		Quarantined: v.Quarantined && len(v.Rows) == 0, Until: v.Until,
	}
	for i := range v.Rows {
		if r := &v.Rows[i]; asked(r) {
			out.Rows = append(out.Rows, gate.Row{Line: r.Line, State: stateOf(&r.Current), Quarantined: r.Quarantined, Until: r.Until})
		}
	}
	return out
}

func stateOf(c *catalog.Current) gate.State {
	return gate.State{Status: c.Status, Stale: c.Stale, Flaky: c.Flaky}
}
