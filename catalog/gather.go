package catalog

import (
	"context"
	"slices"

	"github.com/behavepro/behavepro"
)

// gathering collects, per scenario of a ref, what the runs of that ref said about it.
type gathering struct {
	standing *Standing
	said     [][][]candidate // by feature and scenario
}

func newGathering(s *Standing) *gathering {
	g := &gathering{s, make([][][]candidate, len(s.Features))}
	for i, f := range s.Features {
		g.said[i] = make([][]candidate, len(f.Scenarios))
	}
	return g
}

// of is what was said about a scenario; two places of a file never have one lineage.
func (g *gathering) of(at scenarioPlace) *[]candidate { return &g.said[at.feature][at.scenario] }

// read takes the summaries of the newest pushes, as many as the budget allows, and asks for what lies behind them
// scenario by scenario.
func (g *gathering) read(ctx context.Context, c *Catalog) error {
	pushes := g.standing.Runs.pushes
	left := c.budget
	for i, p := range pushes {
		if left <= 0 {
			return g.readBehind(ctx, c, i)
		}
		sum, err := c.summary(ctx, p)
		if err != nil {
			return err
		}
		left -= sum.len()
		for n := range sum.subjects {
			if at, ok := g.standing.places[sum.subjects[n].Lineage]; ok {
				own := g.of(at)
				*own = append(*own, candidate{int32(i), int32(n), sum})
			}
		}
	}
	return nil
}

// readBehind completes the scenarios that have no result yet for a param set that counts and that pushes from a place on
// reported.
func (g *gathering) readBehind(ctx context.Context, c *Catalog, from int) error {
	runs := g.standing.Runs
	behind := map[string]bool{}
	for _, set := range runs.set[from:] {
		if name := runs.setNames[set]; runs.counting[name] {
			behind[name] = true
		}
	}
	for l, place := range g.standing.places {
		view := &g.standing.Features[place.feature].Scenarios[place.scenario]
		if len(behind) == 0 || g.complete(view, behind) {
			continue
		}
		outcomes, err := c.outcomesOf(ctx, g.standing.At.Repository.ID, l, rowBudget)
		if err != nil {
			return err
		}
		*g.of(place) = runs.candidates(outcomes)
	}
	return nil
}

// complete reports whether a scenario and all its rows have a result for each of some param sets.
func (g *gathering) complete(v *ScenarioView, sets map[string]bool) bool {
	type cell struct {
		row behavepro.RowID
		set string
	}
	have := map[cell]bool{}
	for _, c := range *g.of(g.standing.places[v.Lineage]) {
		have[cell{c.about().Row, g.standing.Runs.setNames[g.standing.Runs.set[c.push]]}] = true
	}
	for set := range sets {
		if have[cell{set: set}] {
			continue
		}
		if len(v.Rows) == 0 || slices.ContainsFunc(v.Rows, func(r RowView) bool { return !have[cell{r.ID, set}] }) {
			return false
		}
	}
	return true
}

// lookElsewhere finds, for scenarios that nothing current and true to their wording is known of, a passed result of the
// same wording on a commit that the ref does not reach, among the newest pushes of such commits.
func (c *Catalog) lookElsewhere(ctx context.Context, s *Standing, pushes []*Push) error {
	var others []*Push
	for _, p := range pushes {
		if _, reached := s.Runs.place[pushName{p.Commit, p.ID}]; !reached {
			others = append(others, p)
		}
	}
	slices.SortFunc(others, later)
	for _, p := range others[:min(len(others), elsewherePushes)] {
		sum, err := c.summary(ctx, p)
		if err != nil {
			return err
		}
		for i := range sum.subjects {
			if sum.status(i) == behavepro.Passed {
				s.noteElsewhere(&sum.subjects[i], p)
			}
		}
	}
	return nil
}

// noteElsewhere notes that a push passed.
func (s *Standing) noteElsewhere(line *subject, p *Push) {
	at, ok := s.places[line.Lineage]
	if !ok {
		return
	}
	v := &s.Features[at.feature].Scenarios[at.scenario]
	if line.Row.IsZero() {
		if v.Elsewhere == nil && (v.Status == behavepro.NotRun || v.Stale) && line.Wording == v.Wording {
			v.Elsewhere = &Elsewhere{p}
		}
		return
	}
	for i := range v.Rows {
		if row := &v.Rows[i]; row.ID == line.Row && row.Elsewhere == nil && (row.Status == behavepro.NotRun || row.Stale) &&
			line.Wording == row.Wording {
			row.Elsewhere = &Elsewhere{p}
		}
	}
}
