package lineage

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// shapes reads scenarios written as "name: step step", one per line; "Rule R" puts the following into a rule.
func shapes(s *Sketches, text string) Sketch {
	var b strings.Builder
	b.WriteString("Feature: f\n")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if rule, ok := strings.CutPrefix(line, "Rule "); ok {
			fmt.Fprintf(&b, "Rule: %s\n", rule)
			continue
		}
		if name, steps, ok := strings.Cut(line, ":"); ok {
			fmt.Fprintf(&b, "Scenario: %s\n", name)
			for step := range strings.FieldsSeq(steps) {
				fmt.Fprintf(&b, "  * do %s\n", step)
			}
		}
	}
	return s.Of(gherkin.Parse("f.feature", []byte(b.String())))
}

func TestPairScenarios(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new string
		want     []int
	}{
		"unchanged":                        {"a: x\nb: y", "a: x\nb: y", []int{0, 1}},
		"moved inside the file":            {"a: x\nb: y", "b: y\na: x", []int{1, 0}},
		"edited":                           {"a: x\nb: y", "a: x\nb: z", []int{0, 1}},
		"inserted":                         {"a: x\nb: y", "new: q\na: x\nb: y", []int{-1, 0, 1}},
		"renamed":                          {"a: x y\nb: y", "c: x y\nb: y", []int{0, 1}},
		"renamed and edited":               {"a: p q r s t", "c: p q r s u", []int{0}},
		"too different":                    {"a: p q r s t", "c: p q v w u", []int{-1}},
		"exactly six tenths":               {"a: p q r s t", "c: p q r v w", []int{0}},
		"equal names, equal body first":    {"a: x\na: y", "a: y\na: x", []int{1, 0}},
		"equal names, then order":          {"a: x\na: y", "a: p\na: q", []int{0, 1}},
		"name beats body":                  {"a: x\nb: y", "a: y\nb: x", []int{0, 1}},
		"same name in another rule":        {"Rule R\na: x\nRule S\na: y", "Rule S\na: y\nRule R\na: x", []int{1, 0}},
		"rule renamed, body kept":          {"Rule R\na: x y", "Rule T\na: x y", []int{0}},
		"the most similar wins":            {"a: p q r s t", "c: p q r v w\nd: p q r s w", []int{-1, 0}},
		"no steps are not a body":          {"a:", "b:", []int{-1}},
		"removed":                          {"a: x\nb: y\nc: z", "b: y", []int{1}},
		"duplicates beyond the old number": {"a: x", "a: x\na: x", []int{0, -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := NewSketches()
			old, new := shapes(s, c.old), shapes(s, c.new)
			used, got := make([]bool, len(old)), make([]int, len(new))
			for i := range got {
				got[i] = -1
			}
			budget := MaxPairs
			pairScenarios(old, new, used, got, &budget)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("pairs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSimilarityIsBounded(t *testing.T) {
	t.Parallel()
	s := NewSketches()
	old, new := shapes(s, "a: x y z\nb: x y q"), shapes(s, "c: x y r\nd: x y s")
	budget, pairs := 3, []int{-1, -1}
	if !pairScenarios(old, new, make([]bool, 2), pairs, &budget) || budget != 0 {
		t.Errorf("four pairs in a budget of three: not said; %d left", budget)
	}
}

// outline reads "header | row | row", cells by commas; tables are separated by ";".
func outline(s *Sketches, text string) (*Shape, *gherkin.Scenario) {
	var b strings.Builder
	b.WriteString("Feature: f\nScenario Outline: o\n  * x\n")
	for t := range strings.SplitSeq(text, ";") {
		b.WriteString("Examples:\n")
		for row := range strings.SplitSeq(t, "|") {
			b.WriteString("|" + strings.ReplaceAll(strings.TrimSpace(row), ",", "|") + "|\n")
		}
	}
	doc := gherkin.Parse("f.feature", []byte(b.String()))
	return s.Of(doc)[0], &doc.Feature.Scenarios[0]
}

func TestRowIDs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new string
		want     string // per new row: the old row that it continues, or -
	}{
		"inserted row":          {"a,b|1,2|3,4", "a,b|9,9|1,2|3,4", "- 0 1"},
		"equal rows by place":   {"a|1|1|2", "a|1|2|1", "0 2 1"},
		"one of equals removed": {"a|1|1", "a|1", "0"},
		"changed cell is new":   {"a,b|1,2", "a,b|1,3", "-"},
		"column added":          {"a|1|2", "a,b|2,x|1,y", "1 0"},
		"column removed":        {"a,b|1,x|2,y", "a|2|1", "1 0"},
		"column renamed":        {"a|1|2", "z|5|6", "0 1"},
		"columns swapped":       {"a,b|1,2|3,4", "b,a|4,3|2,1", "1 0"},
		"moved between tables":  {"a|1;a|2", "a|2;a|1", "1 0"},
		"only one table widens": {"a|1;b|2", "a|1;b,c|2,x", "0 1"},
		"more rows than before": {"a|1", "a,b|7,x|1,y", "- 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := NewSketches()
			old, oldSc := outline(s, c.old)
			new, newSc := outline(s, c.new)
			first, err := RowIDs(nil, nil, old, nil)
			if err != nil {
				t.Fatal(err)
			}
			second, err := RowIDs(old, first, new, func() (*gherkin.Scenario, *gherkin.Scenario, error) { return oldSc, newSc, nil })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, id := range second {
				if j := slices.Index(first, id); j >= 0 {
					got = append(got, fmt.Sprint(j))
				} else {
					got = append(got, "-")
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			distinct := slices.Clone(second)
			slices.SortFunc(distinct, func(a, b behavepro.RowID) int { return strings.Compare(string(a[:]), string(b[:])) })
			if len(slices.Compact(distinct)) != len(second) {
				t.Errorf("two rows share an id")
			}
		})
	}
}
