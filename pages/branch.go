package pages

import (
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
)

// branchNote says what a branch changes for an issue.
type branchNote struct {
	Branch, Default                    string
	Added, Reworded, Retagged, Removed int
	Compare                            string     // where the changes are shown; "" where they are
	Gone                               []lineView // the scenarios that it removes, where the changes are shown
}

// Changes reports whether there are any.
func (n *branchNote) Changes() bool { return n.Added+n.Reworded+n.Retagged+n.Removed > 0 }

// comparedBranches is how many branches of an issue are compared with the default branch.
const comparedBranches = 3

// storyBranches are the branches that are named after an issue and not merged, those with the newest commit first.
func storyBranches(v *Visit, key behavepro.IssueKey, at catalog.At) ([]catalog.Ref, error) {
	refs, err := v.Catalog.Refs(v.ctx(), at.Repository.ID, at.Head.RefSet)
	if err != nil {
		return nil, err
	}
	refs = slices.DeleteFunc(refs, func(r catalog.Ref) bool { return r.Name == at.Head.Default || !namedAfter(r.Name, key) })
	if len(refs) == 0 {
		return nil, nil
	}
	tips := []behavepro.SHA{at.SHA}
	for _, r := range refs {
		tips = append(tips, r.SHA)
	}
	graph, err := v.Catalog.Graph(v.ctx(), at.Repository.ID, at.Head.View, tips...)
	if err != nil {
		return nil, err
	}
	base := graph.Rank(at.SHA)
	refs = slices.DeleteFunc(refs, func(r catalog.Ref) bool { _, merged := base.Place(r.SHA); return merged })
	slices.SortStableFunc(refs, func(a, b catalog.Ref) int { return int(graph.Time(b.SHA) - graph.Time(a.SHA)) })
	return refs[:min(len(refs), comparedBranches)], nil
}

// namedAfter reports whether a branch is named after an issue: SHOP-12-points and feature/SHOP-12 are, SHOP-123 is not.
func namedAfter(branch string, key behavepro.IssueKey) bool {
	branch = strings.ToUpper(branch)
	for from := 0; ; {
		i := strings.Index(branch[from:], string(key))
		if i < 0 {
			return false
		}
		i += from
		end := i + len(key)
		if (i == 0 || !isWord(branch[i-1])) && (end == len(branch) || branch[end] < '0' || branch[end] > '9') {
			return true
		}
		from = end
	}
}

// elsewhere tells what the branches of an issue change, for the page of the default branch.
func (p *Pages) elsewhere(v *Visit, key behavepro.IssueKey, at catalog.At) ([]branchNote, error) {
	if at.Ref == "" || at.Ref != at.Head.Default {
		return nil, nil
	}
	refs, err := storyBranches(v, key, at)
	if err != nil || len(refs) == 0 {
		return nil, err
	}
	base, err := v.Catalog.Standing(v.ctx(), at)
	if err != nil {
		return nil, err
	}
	var notes []branchNote
	for _, ref := range refs {
		found, err := v.Catalog.Issue(v.ctx(), key, ref.Name, func(r *catalog.Repository) bool { return r.ID == at.Repository.ID })
		if err != nil {
			return nil, err
		}
		var here []catalog.IssueScenario
		if len(found) > 0 {
			here = found[0].Scenarios
		}
		note := compare(here, base, key).note
		note.Branch, note.Default = ref.Name, at.Head.Default
		note.Compare = p.link.issue(key, values(refField(at.Repository), ref.Name))
		if note.Changes() {
			notes = append(notes, note)
		}
	}
	return notes, nil
}

// comparison is what differs between a branch and the default branch.
type comparison struct {
	note     branchNote
	reworded []*catalog.FeatureView // of the default branch, whose scenarios the branch says in other words
	removed  []removedScenario
}

type removedScenario struct {
	feature  *catalog.FeatureView
	scenario *catalog.ScenarioView
}

// compare holds an issue's scenarios of a branch against those of the default branch.
func compare(here []catalog.IssueScenario, base *catalog.Standing, key behavepro.IssueKey) comparison {
	var c comparison
	known := map[behavepro.Lineage]bool{}
	for i := range here {
		s := &here[i].View
		known[s.Lineage] = true
		feature, was, ok := base.Scenario(s.Lineage)
		switch {
		case !ok:
			c.note.Added++
		case was.Wording != s.Wording:
			c.note.Reworded++
			if !slices.Contains(c.reworded, feature) {
				c.reworded = append(c.reworded, feature)
			}
		case !sameTags(was.Tags, s.Tags):
			c.note.Retagged++
		}
	}
	for _, f := range base.Features {
		for i := range f.Scenarios {
			if s := &f.Scenarios[i]; s.LinksTo(key) && !known[s.Lineage] {
				c.removed = append(c.removed, removedScenario{f, s})
			}
		}
	}
	c.note.Removed = len(c.removed)
	return c
}

func sameTags(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// compareWithDefault tells what the branch that is shown changes, and remembers the default branch's scenarios.
func (d *drawing) compareWithDefault(v *Visit, key behavepro.IssueKey, found *catalog.RepositoryIssue) ([]branchNote, error) {
	at := found.At
	var err error
	if d.base, err = v.base(at); d.base == nil {
		return nil, err
	}
	c := compare(found.Scenarios, d.base, key)
	c.note.Branch, c.note.Default = at.Ref, at.Head.Default
	for _, r := range c.removed[:min(len(c.removed), listedScenarios)] {
		path := d.link.documentation(at.Repository, values("path", r.feature.Path))
		line := d.line(r.scenario, "", path)
		line.Lozenges = append(line.Lozenges, lozenge{"n", "removed on branch", "The branch does not have this scenario for the issue"})
		c.note.Gone = append(c.note.Gone, line)
	}
	d.was = map[behavepro.Lineage]*gherkin.Scenario{}
	for _, f := range c.reworded {
		file, err := v.Catalog.File(v.ctx(), d.base.At, f.Path)
		if err != nil {
			return nil, err
		}
		if file.Feature() == nil {
			continue
		}
		for i := range f.Scenarios {
			d.was[f.Scenarios[i].Lineage] = &file.Feature().Scenarios[i]
		}
	}
	return []branchNote{c.note}, nil
}

// comparedSteps bounds the steps of two wordings that are held against each other, as a product.
const comparedSteps = 250_000

// mergeSteps marks the steps that an older wording did not have, and puts those that it had before them.
func mergeSteps(now []stepView, was []gherkin.Step) []stepView {
	old := stepViews(was)
	if len(now)*len(old) > comparedSteps {
		return now
	}
	said := func(views []stepView) []string {
		all := make([]string, len(views))
		for i := range views {
			all[i] = views[i].plain()
		}
		return all
	}
	kept := common(said(old), said(now))
	var out []stepView
	i := 0
	goneBefore := func(end int) {
		for ; i < end; i++ {
			out = append(out, marked(old[i], "gone"))
		}
	}
	for j := range now {
		if at, ok := kept[j]; ok {
			goneBefore(at)
			i = at + 1
			out = append(out, now[j])
			continue
		}
		next, end := j, len(old) // what went stands before what came
		for next < len(now) {
			if at, ok := kept[next]; ok {
				end = at
				break
			}
			next++
		}
		goneBefore(end)
		out = append(out, marked(now[j], "added"))
	}
	goneBefore(len(old))
	return out
}

// marked gives a step a class, unless it has one: a failing step is more than a new one.
func marked(s stepView, class constant) stepView {
	if s.Class == "" {
		s.Class = class
	}
	return s
}

// plain is what a step says, for comparing.
func (s *stepView) plain() string {
	var b strings.Builder
	b.WriteString(s.Keyword + "\x00")
	for _, p := range s.Parts {
		b.WriteString(p.Text)
	}
	for _, row := range s.Table {
		b.WriteString("\x00" + strings.Join(row, "\x01"))
	}
	if s.Doc != nil {
		b.WriteString("\x02" + s.Doc.Content)
	}
	return b.String()
}

// common finds a longest common subsequence: for places in b, the place in a.
func common(a, b []string) map[int]int {
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	kept := map[int]int{}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			kept[j] = i
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return kept
}
