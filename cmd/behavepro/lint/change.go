package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/sync/lineage"
)

// What a change does to a scenario.
const (
	Added    = "added"
	Removed  = "removed"
	Reworded = "reworded"
	Renamed  = "renamed"
	Moved    = "moved"
	Relinked = "relinked" // to other issues
)

// Changes says what became of the scenarios of an older tree, ordered by path and line. It pairs them as a sync does. Scenarios that
// say the same under the same name at the same path are left out. cut says that there were too many to compare all.
func Changes(old, new []lineage.TreeFile, links gherkin.LinkRules) (changes []client.ScenarioChange, cut bool) {
	from, cut := lineage.Continued(old, new)
	changes = []client.ScenarioChange{}
	blobs := map[string]behavepro.SHA{}
	for i := range old {
		blobs[old[i].Path] = old[i].Blob
	}
	kept := map[lineage.ScenarioAt]bool{}
	same := map[string]bool{}
	for i := range new {
		f := &new[i]
		if f.Doc.Feature == nil {
			continue
		}
		if same[f.Path] = blobs[f.Path] == f.Blob; same[f.Path] {
			continue
		}
		for j := range f.Doc.Feature.Scenarios {
			at, ok := from[lineage.ScenarioAt{File: i, Scenario: j}]
			if !ok {
				changes = append(changes, change([]string{Added}, f, j, links))
				continue
			}
			kept[at] = true
			if c, changed := compare(&old[at.File], at.Scenario, f, j, links); changed {
				changes = append(changes, c)
			}
		}
	}
	for i := range old {
		f := &old[i]
		if same[f.Path] || f.Doc.Feature == nil {
			continue
		}
		for j := range f.Doc.Feature.Scenarios {
			if !kept[lineage.ScenarioAt{File: i, Scenario: j}] {
				changes = append(changes, change([]string{Removed}, f, j, links))
			}
		}
	}
	slices.SortStableFunc(changes, func(a, b client.ScenarioChange) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	return changes, cut
}

// compare says what a scenario became.
func compare(was *lineage.TreeFile, i int, is *lineage.TreeFile, j int, links gherkin.LinkRules) (client.ScenarioChange, bool) {
	before, after := &was.Doc.Feature.Scenarios[i], &is.Doc.Feature.Scenarios[j]
	var what []string
	if gherkin.WordingOf(was.Doc.Feature, i) != gherkin.WordingOf(is.Doc.Feature, j) {
		what = append(what, Reworded)
	}
	if before.Name != after.Name {
		what = append(what, Renamed)
	}
	if was.Path != is.Path {
		what = append(what, Moved)
	}
	linked := issuesOf(was, i, links)
	if links := issuesOf(is, j, links); len(without(linked, links))+len(without(links, linked)) > 0 {
		what = append(what, Relinked)
	}
	if len(what) == 0 {
		return client.ScenarioChange{}, false
	}
	c := change(what, is, j, links)
	c.Was = &client.ScenarioWas{Path: was.Path, Line: before.Line, Name: before.Name, Issues: linked}
	return c, true
}

func change(what []string, f *lineage.TreeFile, i int, links gherkin.LinkRules) client.ScenarioChange {
	s := &f.Doc.Feature.Scenarios[i]
	return client.ScenarioChange{Changes: what, Path: f.Path, Line: s.Line, Name: s.Name, Issues: issuesOf(f, i, links)}
}

// Told makes notes of changes, one for each thing that happened.
func Told(changes []client.ScenarioChange) []client.Finding {
	var notes []client.Finding
	for i := range changes {
		c := &changes[i]
		for _, what := range c.Changes {
			n := client.Finding{Rule: what, Level: Note, Path: c.Path, Line: c.Line, Message: fmt.Sprintf("the scenario %q is %s", c.Name, what)}
			switch what {
			case Added:
				n.Message = fmt.Sprintf("the scenario %q is new", c.Name)
			case Removed:
				n.Message = fmt.Sprintf("the scenario %q was removed", c.Name)
				n.Line = 0 // it is a line of the other tree
			case Reworded:
				n.Message = fmt.Sprintf("the scenario %q says something else: its results until now become stale", c.Name)
			case Renamed:
				n.Message = fmt.Sprintf("the scenario %q was called %q", c.Name, c.Was.Name)
			case Moved:
				n.Message = fmt.Sprintf("the scenario %q was in %s", c.Name, c.Was.Path)
			case Relinked:
				n.Message = relinked(c)
			}
			notes = append(notes, n)
		}
	}
	return notes
}
