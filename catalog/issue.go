package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// RepositoryIssue is what one repository holds for an issue, at its own ref.
type RepositoryIssue struct {
	At        At
	Status    behavepro.Status // the worst of its scenarios
	Scenarios []IssueScenario  // by path, then place in the file
}

// IssueScenario is a scenario that links to an issue.
type IssueScenario struct {
	File *FeatureFile
	// View holds the scenario with full details of its results. Where only some rows link, it holds only those, and
	// Status, Stale and Flaky are theirs.
	View ScenarioView
	// Partly says that only some rows link.
	Partly bool
}

// Feature is the parsed feature; Scenario is the scenario in it.
func (s *IssueScenario) Feature() *gherkin.Feature { return s.File.Feature() }

// Scenario is the parsed scenario.
func (s *IssueScenario) Scenario() *gherkin.Scenario { return &s.Feature().Scenarios[s.View.Index] }

// Issue finds the scenarios that link to an issue in the tenant's repositories, those that may says no to left out. Each
// repository is asked at ref where it has it, else (and for "") at its default branch. One that has not been synced or
// holds nothing for the issue is left out. Errors of several repositories are joined, with what others hold.
func (c *Catalog) Issue(ctx context.Context, key behavepro.IssueKey, ref string, may func(*Repository) bool) ([]RepositoryIssue, error) {
	key = behavepro.IssueKey(strings.ToUpper(string(key)))
	repos, err := c.Repositories(ctx)
	if err != nil {
		return nil, err
	}
	var all []RepositoryIssue
	var errs []error
	for _, repo := range repos {
		if may != nil && !may(repo) {
			continue
		}
		found, err := c.issueIn(ctx, repo, key, ref)
		switch {
		case err != nil && !errors.Is(err, behavepro.ErrNotFound):
			errs = append(errs, err)
		case err == nil && len(found.Scenarios) > 0:
			all = append(all, found)
		}
	}
	return all, errors.Join(errs...)
}

func (c *Catalog) issueIn(ctx context.Context, repo *Repository, key behavepro.IssueKey, ref string) (RepositoryIssue, error) {
	var found RepositoryIssue
	paths, err := c.MentionedPaths(ctx, repo.ID, string(key))
	if err != nil || len(paths) == 0 {
		return found, err
	}
	found.At, err = c.Resolve(ctx, repo, ref)
	if ref != "" && errors.Is(err, behavepro.ErrNotFound) {
		found.At, err = c.Resolve(ctx, repo, "")
	}
	if err != nil {
		return found, err
	}
	standing, err := c.Standing(ctx, found.At)
	if err != nil {
		return found, err
	}
	for _, path := range paths {
		feature, ok := standing.Feature(path)
		if !ok || !slices.ContainsFunc(feature.Scenarios, func(s ScenarioView) bool { return s.LinksTo(key) }) {
			continue
		}
		file, err := c.File(ctx, found.At, path)
		if err != nil {
			return found, err
		}
		for i := range feature.Scenarios {
			if s := &feature.Scenarios[i]; s.LinksTo(key) {
				found.Scenarios = append(found.Scenarios, linked(file, s, key))
			}
		}
	}
	if err := c.fillDetails(ctx, repo.ID, found.Scenarios); err != nil {
		return found, err
	}
	for i := range found.Scenarios {
		found.Status = behavepro.Worse(found.Status, found.Scenarios[i].View.Status)
	}
	return found, nil
}

// linked copies a scenario, or the rows of it that link to an issue.
func linked(file *FeatureFile, s *ScenarioView, key behavepro.IssueKey) IssueScenario {
	out := IssueScenario{File: file, View: s.clone()}
	if slices.Contains(s.Issues, key) {
		return out
	}
	v := &out.View
	out.Partly = true
	v.Rows = slices.DeleteFunc(v.Rows, func(r RowView) bool { return !slices.Contains(r.Issues, key) })
	v.Status, v.Stale, v.Flaky = "", false, false
	for i := range v.Rows {
		v.Current.join(&v.Rows[i].Current)
	}
	return out
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

func (c *Catalog) fillDetails(ctx context.Context, repo behavepro.RepositoryID, scenarios []IssueScenario) error {
	var all []*Outcome
	for i := range scenarios {
		all = append(all, scenarios[i].View.outcomes()...)
	}
	for batch := range slices.Chunk(all, 1000) {
		if err := c.details(ctx, repo, batch); err != nil {
			return err
		}
	}
	return nil
}

// KeyCount is how many scenarios of a ref link to an issue.
type KeyCount struct {
	Key       behavepro.IssueKey
	Scenarios int
	Status    behavepro.Status // the worst of them
}

// Keys lists the issues that the scenarios of a ref link to, by key in natural order. How many link to none is
// Tally.Scenarios - Tally.Linked.
func (s *Standing) Keys() []KeyCount {
	counts := map[behavepro.IssueKey]*KeyCount{}
	add := func(key behavepro.IssueKey, status behavepro.Status, n int) {
		k := counts[key]
		if k == nil {
			k = &KeyCount{Key: key}
			counts[key] = k
		}
		k.Scenarios += n
		k.Status = behavepro.Worse(k.Status, status)
	}
	for _, f := range s.Features {
		for i := range f.Scenarios {
			v := &f.Scenarios[i]
			for _, key := range v.Issues {
				add(key, v.Status, 1)
			}
			byRow := map[behavepro.IssueKey]bool{}
			for j := range v.Rows {
				for _, key := range v.Rows[j].Issues {
					add(key, v.Rows[j].Status, b2i(!byRow[key]))
					byRow[key] = true
				}
			}
		}
	}
	keys := make([]KeyCount, 0, len(counts))
	for _, k := range counts {
		keys = append(keys, *k)
	}
	slices.SortFunc(keys, func(a, b KeyCount) int { return compareKeys(a.Key, b.Key) })
	return keys
}

// compareKeys orders SHOP-2 before SHOP-10.
func compareKeys(a, b behavepro.IssueKey) int {
	i, j := strings.LastIndexByte(string(a), '-'), strings.LastIndexByte(string(b), '-')
	if a[:i+1] != b[:j+1] {
		return strings.Compare(string(a), string(b))
	}
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(string(a), string(b))
}
