package catalog

import (
	"context"
	"slices"

	"github.com/behavepro/behavepro"
)

// Explained returns scenarios of a standing with their failed results completed by what only rows hold: raw word, duration,
// failing step and message. Scenarios without a failed result are returned as they are.
func (c *Catalog) Explained(ctx context.Context, repo behavepro.RepositoryID, views []ScenarioView) ([]ScenarioView, error) {
	out := slices.Clone(views)
	var failed []*Outcome
	for i := range out {
		if out[i].hasFailed() {
			out[i] = out[i].clone()
			for _, o := range out[i].outcomes() {
				if o.Status == behavepro.Failed {
					failed = append(failed, o)
				}
			}
		}
	}
	for batch := range slices.Chunk(failed, 1000) {
		if err := c.details(ctx, repo, batch); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *ScenarioView) hasFailed() bool {
	failed := func(r Result) bool { return r.Status == behavepro.Failed }
	return slices.ContainsFunc(s.Results, failed) ||
		slices.ContainsFunc(s.Rows, func(r RowView) bool { return slices.ContainsFunc(r.Results, failed) })
}

// clone copies what details are written into.
func (s *ScenarioView) clone() ScenarioView {
	v := *s
	v.Results = slices.Clone(s.Results)
	v.Rows = slices.Clone(s.Rows)
	for i := range v.Rows {
		v.Rows[i].Results = slices.Clone(v.Rows[i].Results)
	}
	return v
}

// outcomes lists what details are written into.
func (s *ScenarioView) outcomes() []*Outcome {
	var all []*Outcome
	for i := range s.Results {
		all = append(all, &s.Results[i].Outcome)
	}
	for i := range s.Rows {
		for j := range s.Rows[i].Results {
			all = append(all, &s.Rows[i].Results[j].Outcome)
		}
	}
	return all
}
