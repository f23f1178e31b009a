package lineage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

func treeOf(files ...string) []TreeFile {
	var tree []TreeFile
	for i := 0; i < len(files); i += 2 {
		sum := behavepro.Sum(files[i+1])
		var blob behavepro.SHA
		copy(blob[:], sum[:])
		tree = append(tree, TreeFile{files[i], blob, gherkin.Parse(files[i], []byte(files[i+1]))})
	}
	return tree
}

func TestContinued(t *testing.T) {
	t.Parallel()
	const (
		add    = "  Scenario: Add\n    Given a cart\n    When I add\n"
		remove = "  Scenario: Remove\n    Given a cart\n    When I remove it\n"
	)
	for name, c := range map[string]struct {
		old, new []TreeFile
		want     map[ScenarioAt]ScenarioAt
	}{
		"equal files are left out": {treeOf("a", "Feature: f\n"+add), treeOf("a", "Feature: f\n"+add), map[ScenarioAt]ScenarioAt{}},
		"a scenario before it": {
			treeOf("a", "Feature: f\n"+add), treeOf("a", "Feature: f\n"+remove+add), map[ScenarioAt]ScenarioAt{{0, 1}: {0, 0}},
		},
		"a file moved": {treeOf("a", "Feature: f\n"+add), treeOf("b", "Feature: f\n"+add), map[ScenarioAt]ScenarioAt{{0, 0}: {0, 0}}},
		"a scenario moved to another file": {
			treeOf("a", "Feature: f\n"+add+remove, "b", "Feature: g\n"), treeOf("a", "Feature: f\n"+remove, "b", "Feature: g\n"+add),
			map[ScenarioAt]ScenarioAt{{0, 0}: {0, 1}, {1, 0}: {0, 0}},
		},
		"new": {nil, treeOf("a", "Feature: f\n"+add), map[ScenarioAt]ScenarioAt{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, cut := Continued(c.old, c.new)
			if cut {
				t.Fatal("cut")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
