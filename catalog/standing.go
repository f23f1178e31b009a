package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Standing is a ref with the current results of all its scenarios: the living documentation. It is shared: it must not be
// changed.
type Standing struct {
	At       At
	Revision store.Revision // of the repository's results
	Runs     *Runs
	Features []*FeatureView // by path
	Tally    Tally

	now    time.Time // decides which quarantines have ended
	places map[behavepro.Lineage]scenarioPlace
	whole  *overview
}

// Tally counts the scenarios of a ref.
type Tally struct {
	Features, Scenarios, Rows       int
	Passed, Failed, Skipped, NotRun int // scenarios; with Quarantined they are all
	Quarantined                     int // scenarios, which are none of the four
	Stale, Flaky                    int
	Linked                          int // scenarios that link to an issue, by themselves or by a row
}

type scenarioPlace struct{ feature, scenario int32 }

type standingName struct {
	repository behavepro.RepositoryID
	view       View
	sha        behavepro.SHA
	reading    string
	revision   store.Revision
	day        Day // in UTC: a quarantine ends with one
}

// Bounds of what is read for a standing. What lies behind summaryBudget outcomes is looked up scenario by scenario, and
// of each at most rowBudget outcomes.
const (
	summaryBudget   = 1_000_000
	rowBudget       = 20_000
	elsewherePushes = 100
)

// Standing returns a ref with the current results of all its scenarios. It is kept until a push is matched.
func (c *Catalog) Standing(ctx context.Context, at At) (*Standing, error) {
	revision, err := c.ResultsRevision(ctx, at.Repository.ID)
	if err != nil {
		return nil, err
	}
	name := standingName{at.Repository.ID, at.view(), at.SHA, at.Repository.reading(), revision, DayOf(c.Now())}
	for {
		if s, ok := c.standings.Get(name); ok {
			other := *s
			other.At = at
			return &other, nil
		}
		made, ours := c.standUp(name)
		if ours {
			break
		}
		select {
		case <-made:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the living documentation: %w", ctx.Err())
		}
	}
	defer c.stoodUp(name)
	s, weight, err := c.stand(ctx, at, revision, nil)
	if err != nil {
		return nil, err
	}
	c.standings.Add(name, s, weight)
	return s, nil
}

// StandingOf returns a ref with what the pushes proved that counts says yes to; no other is known to it. It is not kept.
func (c *Catalog) StandingOf(ctx context.Context, at At, counts func(*Push) bool) (*Standing, error) {
	revision, err := c.ResultsRevision(ctx, at.Repository.ID)
	if err != nil {
		return nil, err
	}
	s, _, err := c.stand(ctx, at, revision, counts)
	return s, err
}

// standUp reports whether nobody makes a standing yet, so that the caller does; else when the other is done. Many readers at once
// would otherwise each make their own.
func (c *Catalog) standUp(name standingName) (made <-chan struct{}, ours bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if made, ok := c.standingUp[name]; ok {
		return made, false
	}
	c.standingUp[name] = make(chan struct{})
	return nil, true
}

func (c *Catalog) stoodUp(name standingName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.standingUp[name])
	delete(c.standingUp, name)
}

// Feature returns the view of the file at a path.
func (s *Standing) Feature(path string) (*FeatureView, bool) {
	i, ok := slices.BinarySearchFunc(s.Features, path, func(f *FeatureView, path string) int { return strings.Compare(f.Path, path) })
	if !ok {
		return nil, false
	}
	return s.Features[i], true
}

// Scenario finds a scenario of the ref.
func (s *Standing) Scenario(l behavepro.Lineage) (*FeatureView, *ScenarioView, bool) {
	at, ok := s.places[l]
	if !ok {
		return nil, nil, false
	}
	f := s.Features[at.feature]
	return f, &f.Scenarios[at.scenario], true
}

// stand makes a standing of the pushes that counts says yes to; nil means all.
func (c *Catalog) stand(ctx context.Context, at At, revision store.Revision, counts func(*Push) bool) (*Standing, int, error) {
	outlines, err := c.outlinesOf(ctx, at)
	if err != nil {
		return nil, 0, err
	}
	rank, _, err := c.Rank(ctx, at.Repository.ID, at.view(), at.SHA)
	if err != nil {
		return nil, 0, err
	}
	pushes, err := c.matchedPushes(ctx, at.Repository.ID, revision)
	if err != nil {
		return nil, 0, err
	}
	s := &Standing{At: at, Revision: revision, now: c.Now(), places: map[behavepro.Lineage]scenarioPlace{}, whole: &overview{}}
	proven := slices.DeleteFunc(slices.Clone(pushes), func(p *Push) bool {
		return p.Counts.Matched == 0 || counts != nil && !counts(p)
	})
	s.Runs = OrderRuns(rank, proven)
	weight := s.copyOutlines(outlines)
	gathered := newGathering(s)
	if err := gathered.read(ctx, c); err != nil {
		return nil, 0, err
	}
	for _, place := range s.places {
		weight += s.fill(&s.Features[place.feature].Scenarios[place.scenario], *gathered.of(place))
	}
	if err := c.lookElsewhere(ctx, s, proven); err != nil {
		return nil, 0, err
	}
	s.sum()
	return s, weight, nil
}

// copyOutlines makes views that results can be written into.
func (s *Standing) copyOutlines(outlines []*FeatureView) (weight int) {
	s.Features = make([]*FeatureView, len(outlines))
	for i, o := range outlines {
		f := *o
		f.Scenarios = slices.Clone(o.Scenarios)
		for j := range f.Scenarios {
			f.Scenarios[j].Rows = slices.Clone(o.Scenarios[j].Rows)
			weight += 300 + 200*len(f.Scenarios[j].Rows)
			s.places[f.Scenarios[j].Lineage] = scenarioPlace{int32(i), int32(j)}
		}
		s.Features[i] = &f
	}
	return weight
}

// fill decides the current results of a scenario and its rows.
func (s *Standing) fill(v *ScenarioView, all []candidate) (weight int) {
	v.quarantine(s.now)
	for i := range v.Rows {
		row := &v.Rows[i]
		row.Current = s.Runs.current(Target{row.ID, row.Wording, v.Wording}, all)
		weight += 300 * len(row.Results)
	}
	v.Current = s.Runs.current(Target{Wording: v.Wording, Whole: v.Wording}, all)
	v.RollUp()
	v.Strip = s.Runs.strip(all)
	if len(v.Strip) > 0 {
		v.Last = v.Strip[len(v.Strip)-1].Run
	}
	return weight + 300*len(v.Results) + 40*len(v.Strip)
}

// sum rolls scenarios up and counts them.
func (s *Standing) sum() {
	for _, f := range s.Features {
		f.Tally = Tally{Features: 1}
		for i := range f.Scenarios {
			v := &f.Scenarios[i]
			if !v.Quarantined {
				f.Status = behavepro.Worse(f.Status, v.Status)
			}
			f.Tally.count(v)
		}
		if f.Status == "" && len(f.Scenarios) > 0 {
			f.Status = behavepro.Skipped // all of it is in quarantine
		}
		s.Tally.Add(&f.Tally)
	}
}

func (t *Tally) count(v *ScenarioView) {
	t.Scenarios++
	t.Rows += len(v.Rows)
	t.Stale += boolToInt(v.Stale)
	t.Flaky += boolToInt(v.Flaky)
	t.Linked += boolToInt(v.linked())
	if v.Quarantined {
		t.Quarantined++
		return
	}
	switch v.Status {
	case behavepro.Passed:
		t.Passed++
	case behavepro.Failed:
		t.Failed++
	case behavepro.Skipped:
		t.Skipped++
	default:
		t.NotRun++
	}
}

// Add adds the counts of other scenarios.
func (t *Tally) Add(o *Tally) {
	t.Features += o.Features
	t.Scenarios += o.Scenarios
	t.Rows += o.Rows
	t.Passed += o.Passed
	t.Failed += o.Failed
	t.Skipped += o.Skipped
	t.NotRun += o.NotRun
	t.Quarantined += o.Quarantined
	t.Stale += o.Stale
	t.Flaky += o.Flaky
	t.Linked += o.Linked
}
