package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
)

// ScenarioHistory is one scenario at a ref with everything that was proven of it.
type ScenarioHistory struct {
	At    At
	File  *FeatureFile // where it is at the ref; nil where it is not there any more
	View  ScenarioView // with full details
	Paths []string     // every path that ever held it
	Runs  []RunEntry   // newest first, of all commits
	Cut   bool         // there were more runs than are told
}

// RunEntry is what one run said about a scenario.
type RunEntry struct {
	Run     *Push
	Reached bool // the ref reaches its commit; otherwise it never counts
	Status  behavepro.Status
	Mixed   bool      // an attempt passed and another failed
	Rows    []Outcome // the last attempt of each row, or of the scenario itself, with details
}

// Scenario reads a scenario by its lineage. It is looked for at the ref first; where it is not there, its runs and paths
// are still told. A lineage that the repository never had is ErrNotFound.
func (c *Catalog) Scenario(ctx context.Context, at At, l behavepro.Lineage) (*ScenarioHistory, error) {
	places, err := c.Places(ctx, at.Repository.ID, l)
	if err != nil {
		return nil, err
	}
	if len(places[0].Paths) == 0 {
		return nil, fmt.Errorf("scenario %s of %s: %w", l, at.Repository.Name, behavepro.ErrNotFound)
	}
	h := &ScenarioHistory{At: at, Paths: places[0].Paths}
	standing, err := c.Standing(ctx, at)
	if err != nil {
		return nil, err
	}
	if feature, view, ok := standing.Scenario(l); ok {
		if h.File, err = c.File(ctx, at, feature.Path); err != nil {
			return nil, err
		}
		h.View = view.clone()
		if err := c.details(ctx, at.Repository.ID, h.View.outcomes()); err != nil {
			return nil, err
		}
	}
	outcomes, err := c.outcomesOf(ctx, at.Repository.ID, l, rowBudget)
	if err != nil {
		return nil, err
	}
	h.Cut = len(outcomes) == rowBudget
	pushes, err := c.matchedPushes(ctx, at.Repository.ID, standing.Revision)
	if err != nil {
		return nil, err
	}
	h.Runs = runEntries(standing.Runs, pushes, outcomes)
	return h, c.evidenceOf(ctx, at.Repository.ID, failedIn(h.Runs[:min(len(h.Runs), explainedRuns)]))
}

// explainedRuns is how many of the newest runs are told with stacks and attachments.
const explainedRuns = 50

func failedIn(runs []RunEntry) []*Outcome {
	const most = 1000
	var failed []*Outcome
	for i := range runs {
		for j := range runs[i].Rows {
			if o := &runs[i].Rows[j]; o.Status == behavepro.Failed && len(failed) < most {
				failed = append(failed, o)
			}
		}
	}
	return failed
}

// runEntries puts outcomes of one scenario together by run: the latest run first.
func runEntries(reached *Runs, pushes []*Push, outcomes []Outcome) []RunEntry {
	byName := make(map[pushName]*Push, len(pushes))
	for _, p := range pushes {
		byName[pushName{p.Commit, p.ID}] = p
	}
	type said struct {
		push    *Push
		outcome *Outcome
	}
	var all []said
	for i := range outcomes {
		if p := byName[pushName{outcomes[i].Commit, outcomes[i].Push}]; p != nil {
			all = append(all, said{p, &outcomes[i]})
		}
	}
	slices.SortFunc(all, func(a, b said) int {
		return cmp.Or(later(a.push, b.push), slices.Compare(a.outcome.Row[:], b.outcome.Row[:]))
	})
	var entries []RunEntry
	index := map[runName]int{}
	verdictOf := map[runName]map[behavepro.RowID]*verdicts{}
	for _, s := range all {
		name := runOf(s.push)
		i, ok := index[name]
		if !ok {
			i = len(entries)
			index[name] = i
			_, here := reached.place[pushName{s.push.Commit, s.push.ID}]
			entries = append(entries, RunEntry{Run: s.push, Reached: here})
			verdictOf[name] = map[behavepro.RowID]*verdicts{}
		}
		e := &entries[i]
		v := verdictOf[name][s.outcome.Row]
		if v == nil {
			v = &verdicts{}
			verdictOf[name][s.outcome.Row] = v
			e.Rows = append(e.Rows, *s.outcome)
			e.Status = behavepro.Worse(e.Status, s.outcome.Status)
		}
		v.add(s.outcome.Status, s.outcome.Tries)
		e.Mixed = e.Mixed || v.mixed()
	}
	return entries
}

// pathsOf orders the paths that ever held a lineage with a likely one first.
func pathsOf(paths []string, first string) []string {
	ordered := make([]string, 0, len(paths)+1)
	if first != "" {
		ordered = append(ordered, first)
	}
	for _, p := range paths {
		if p != first {
			ordered = append(ordered, p)
		}
	}
	slices.SortFunc(ordered[min(1, len(ordered)):], strings.Compare)
	return ordered
}
