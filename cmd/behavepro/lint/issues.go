package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/sync/lineage"
)

// issuesOf are the issues that a scenario or rows of it link to.
func issuesOf(f *lineage.TreeFile, i int, links gherkin.LinkRules) []behavepro.IssueKey {
	issues := append([]behavepro.IssueKey{}, gherkin.LinksOf(f.Doc.Feature, i, links)...)
	for e := range f.Doc.Feature.Scenarios[i].Examples {
		issues = append(issues, without(gherkin.RowLinks(f.Doc.Feature, i, e, links), issues)...)
	}
	return issues
}

// without are those of all that are not in some.
func without(all, some []behavepro.IssueKey) (left []behavepro.IssueKey) {
	for _, key := range all {
		if !slices.Contains(some, key) {
			left = append(left, key)
		}
	}
	return left
}

func joined(keys []behavepro.IssueKey) string {
	words := make([]string, len(keys))
	for i, key := range keys {
		words[i] = string(key)
	}
	return strings.Join(words, ", ")
}

// relinked says which issues a scenario gained and lost.
func relinked(c *client.ScenarioChange) string {
	var parts []string
	if lost := without(c.Was.Issues, c.Issues); len(lost) > 0 {
		parts = append(parts, "no longer links to "+joined(lost))
	}
	if gained := without(c.Issues, c.Was.Issues); len(gained) > 0 {
		parts = append(parts, "now links to "+joined(gained))
	}
	return fmt.Sprintf("the scenario %q %s", c.Name, strings.Join(parts, " and "))
}
