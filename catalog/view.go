package catalog

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// FeatureView is a feature file at a ref with what is known of its scenarios. It is shared: it must not be changed.
type FeatureView struct {
	Path      string
	Blob      behavepro.SHA
	Identity  behavepro.Hash
	Name      string
	Language  string
	Tags      []string
	Problems  []gherkin.Problem
	Scenarios []ScenarioView // in file order

	Status behavepro.Status // the worst of its scenarios; "" where there are none
	Tally  Tally            // of its scenarios; Features is 1
}

// ScenarioView is a scenario or outline at a ref with its current result.
type ScenarioView struct {
	Lineage behavepro.Lineage
	Index   int // into the feature's scenarios
	Keyword string
	Name    string
	Rule    string // its rule's name
	Line    int
	Tags    []string             // inherited ones first
	Issues  []behavepro.IssueKey // that it links to, without those of its examples only
	Wording behavepro.Wording
	Rows    []RowView // of an outline, over all its tables

	Quarantine

	Current             // of an outline: Results only where it was reported as a whole, the rest from its rows
	Strip     []RunMark // the last runs, newest last
	Last      *Push     // the newest push that told of it; nil where none did
	Elsewhere *Elsewhere
}

// RowView is an example row at a ref with its current result.
type RowView struct {
	ID       behavepro.RowID
	Examples int // index of its table
	Row      int // index in its table
	Line     int
	Header   []string
	Cells    []string
	Issues   []behavepro.IssueKey // only those that its table's own tags add
	Wording  behavepro.Wording
	Quarantine

	Current
	Elsewhere *Elsewhere
}

// Quarantine keeps a scenario or row out of gates and roll-ups until it ends: what it shows is its own, and nobody else's.
type Quarantine struct {
	Until       time.Time // when the quarantine that its tags ask for ends or ended; zero where they ask for none
	Quarantined bool      // it has not ended. An outline is in quarantine, too, when all its rows are
}

// Elsewhere is a passed result of the wording that a scenario has at a ref, on a commit that the ref does not reach. It
// never counts.
type Elsewhere struct{ Run *Push }

// LinksTo reports whether a scenario or one of its rows links to an issue.
func (s *ScenarioView) LinksTo(key behavepro.IssueKey) bool {
	return slices.Contains(s.Issues, key) ||
		slices.ContainsFunc(s.Rows, func(r RowView) bool { return slices.Contains(r.Issues, key) })
}

func (f *FeatureView) linksTo(key behavepro.IssueKey) bool {
	for i := range f.Scenarios {
		if f.Scenarios[i].LinksTo(key) {
			return true
		}
	}
	return false
}

// linked reports whether a scenario or one of its rows links to any issue.
func (s *ScenarioView) linked() bool {
	return len(s.Issues) > 0 || slices.ContainsFunc(s.Rows, func(r RowView) bool { return len(r.Issues) > 0 })
}

// Keys lists the issues that a scenario or one of its rows links to, each once.
func (s *ScenarioView) Keys() []behavepro.IssueKey {
	keys := s.Issues
	for i := range s.Rows {
		for _, key := range s.Rows[i].Issues {
			if !slices.Contains(keys, key) {
				keys = append(keys[:len(keys):len(keys)], key)
			}
		}
	}
	return keys
}

// outlineName names a file's view without results.
type outlineName struct {
	repository behavepro.RepositoryID
	view       View
	blob       behavepro.SHA
	identity   behavepro.Hash
	path       string
	reading    string
}

// outlinesOf returns the views, without results, of all files of a commit. Only files that were not viewed before are
// read.
func (c *Catalog) outlinesOf(ctx context.Context, at At) ([]*FeatureView, error) {
	rules, err := gherkin.CompileLinkRules(at.Repository.Links)
	if err != nil {
		return nil, fmt.Errorf("read link patterns of %s: %w", at.Repository.Name, err)
	}
	files, err := c.Paths(ctx, at)
	if err != nil {
		return nil, err
	}
	quarantine, err := gherkin.CompileQuarantine(at.Repository.Quarantine)
	if err != nil {
		return nil, fmt.Errorf("read quarantine pattern of %s: %w", at.Repository.Name, err)
	}
	reading := at.Repository.reading()
	name := func(f *FeatureFile) outlineName {
		return outlineName{at.Repository.ID, at.view(), f.Blob, f.IdentityHash, f.Path, reading}
	}
	views := make([]*FeatureView, len(files))
	var missing []*FeatureFile
	var where []int
	for i, f := range files {
		if v, ok := c.outlines.Get(name(f)); ok {
			views[i] = v
			continue
		}
		missing, where = append(missing, f), append(where, i)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < len(missing); from += outlinesAtOnce {
		to := min(from+outlinesAtOnce, len(missing))
		batch, where := missing[from:to], where[from:to]
		group.Go(func() error {
			if err := c.read(ctx, at.Repository.ID, batch); err != nil {
				return err
			}
			for i, f := range batch {
				v, weight := outlineOf(f, rules, quarantine)
				c.outlines.Add(name(f), v, weight)
				views[where[i]], batch[i] = v, nil
			}
			return nil
		})
	}
	return views, group.Wait()
}

// outlinesAtOnce is how many files one core reads together.
const outlinesAtOnce = 32

// outlineOf makes the view of a file without results, and estimates its weight.
func outlineOf(f *FeatureFile, rules gherkin.LinkRules, quarantine gherkin.QuarantineRule) (*FeatureView, int) {
	v := &FeatureView{Path: f.Path, Blob: f.Blob, Identity: f.IdentityHash, Problems: f.Problems}
	weight := 300 + len(f.Path)
	feature := f.Feature()
	if feature == nil {
		return v, weight
	}
	v.Name, v.Language, v.Tags = feature.Name, feature.Language, tagNames(feature.Tags)
	v.Scenarios = make([]ScenarioView, len(feature.Scenarios))
	for i := range feature.Scenarios {
		s := &feature.Scenarios[i]
		id := &f.Identity.Scenarios[i]
		view := &v.Scenarios[i]
		*view = ScenarioView{
			Lineage: id.Lineage, Index: i, Keyword: s.Keyword, Name: s.Name, Line: s.Line, Tags: tagNames(feature.TagsOf(i)),
			Issues: gherkin.LinksOf(feature, i, rules), Wording: gherkin.WordingOf(feature, i),
			Quarantine: Quarantine{Until: quarantine.Until(feature.TagsOf(i))},
		}
		if rule := feature.RuleOf(i); rule != nil {
			view.Rule = rule.Name
		}
		view.Rows = rowViews(feature, i, id.Rows, view.Issues, rules)
		for j := range view.Rows {
			view.Rows[j].Until = quarantine.Until(feature.RowTags(i, view.Rows[j].Examples))
		}
		weight += 500 + len(s.Name) + 60*len(view.Tags) + 500*len(view.Rows)
	}
	return v, weight
}

func rowViews(
	feature *gherkin.Feature,
	scenario int,
	ids []behavepro.RowID,
	known []behavepro.IssueKey,
	rules gherkin.LinkRules,
) []RowView {
	s := &feature.Scenarios[scenario]
	var rows []RowView
	own := make([][]behavepro.IssueKey, len(s.Examples))
	for e := range s.Examples {
		for _, key := range gherkin.RowLinks(feature, scenario, e, rules) {
			if !slices.Contains(known, key) {
				own[e] = append(own[e], key)
			}
		}
	}
	for ref, row := range gherkin.Rows(s) {
		view := RowView{
			Examples: ref.Examples, Row: ref.Row, Line: row.Line, Header: s.Examples[ref.Examples].Header, Cells: row.Cells,
			Issues: own[ref.Examples], Wording: gherkin.RowWording(feature, scenario, ref),
		}
		if len(rows) < len(ids) {
			view.ID = ids[len(rows)]
		}
		rows = append(rows, view)
	}
	return rows
}

func tagNames(tags []gherkin.Tag) []string {
	var names []string
	for _, t := range tags {
		if !slices.Contains(names, t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}
