package catalog

import (
	"context"
	"slices"

	"github.com/behavepro/behavepro"
)

// Detailed copies scenarios of a standing and completes their results by what only rows hold: raw word, duration,
// failing step and message.
func (c *Catalog) Detailed(ctx context.Context, repo behavepro.RepositoryID, views []ScenarioView) ([]ScenarioView, error) {
	out := make([]ScenarioView, len(views))
	var all []*Outcome
	for i := range views {
		out[i] = views[i].clone()
		all = append(all, out[i].outcomes()...)
	}
	for batch := range slices.Chunk(all, 1000) {
		if err := c.details(ctx, repo, batch); err != nil {
			return nil, err
		}
	}
	return out, nil
}
