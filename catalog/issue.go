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
	Status    behavepro.Status // the worst of its scenarios that are not in quarantine; skipped where all are
	Scenarios []IssueScenario  // by path, then place in the file
}

// IssueScenario is a scenario that links to an issue.
type IssueScenario struct {
	File *FeatureFile
	// View holds the scenario; its Rows and Results are shared and must not be changed. Where only some rows link, it holds only
	// those, and Status, Stale and Flaky are theirs.
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
	var features []*FeatureView
	for _, path := range paths {
		if f, ok := standing.Feature(path); ok && f.linksTo(key) {
			features = append(features, f)
		}
	}
	files, err := c.viewed(ctx, repo.ID, features)
	if err != nil {
		return found, err
	}
	for n, f := range features {
		for i := range f.Scenarios {
			if s := &f.Scenarios[i]; s.LinksTo(key) {
				found.Scenarios = append(found.Scenarios, linked(files[n], s, key))
			}
		}
	}
	for i := range found.Scenarios {
		if v := &found.Scenarios[i].View; !v.Quarantined {
			found.Status = behavepro.Worse(found.Status, v.Status)
		}
	}
	if found.Status == "" && len(found.Scenarios) > 0 {
		found.Status = behavepro.Skipped // all are in quarantine
	}
	return found, nil
}

// linked copies a scenario, or the rows of it that link to an issue.
func linked(file *FeatureFile, s *ScenarioView, key behavepro.IssueKey) IssueScenario {
	out := IssueScenario{File: file, View: *s}
	if slices.Contains(s.Issues, key) {
		return out
	}
	v := &out.View
	out.Partly = true
	v.Rows = slices.DeleteFunc(slices.Clone(v.Rows), func(r RowView) bool { return !slices.Contains(r.Issues, key) })
	v.RollUp()
	return out
}
