package gherkin

import (
	"slices"
	"strings"
	"testing"
)

const worded = `Feature: a
  Background:
    Given a shop
  Rule: r
    Background:
      Given a clerk
    Scenario Outline: s
      When I pay <n>
        | a | b |
      Then I read
        """text
        thanks
        """
      Examples: few
        | n |
        | 1 |
        | 2 |
`

// TestWhatWordingsCover changes one thing at a time and checks which hashes see it: the outline's wording, that of its
// first row, and its body.
func TestWhatWordingsCover(t *testing.T) {
	t.Parallel()
	tests := []struct {
		what, from, to     string
		wording, row, body bool
	}{
		{"feature name", "Feature: a", "Feature: b", false, false, false},
		{"scenario name", "Outline: s", "Outline: other", false, false, false},
		{"rule name", "Rule: r", "Rule: other", false, false, false},
		{"examples name", "Examples: few", "Examples: many", false, false, false},
		{"tags and comments", "    Scenario", "    # why\n    @SHOP-1\n    Scenario", false, false, false},
		{"description", "Outline: s\n", "Outline: s\n      more words\n", false, false, false},
		{"padding", "| a | b |", "|a|   b|", false, false, false},
		{"doc string delimiter", `"""`, "```", false, false, false},
		{"feature background", "a shop", "a stall", true, true, false},
		{"rule background", "a clerk", "a robot", true, true, false},
		{"step text", "I pay", "I owe", true, true, true},
		{"keyword", "When I", "And I", true, true, true},
		{"table cell", "| b |", "| c |", true, true, true},
		{"cell boundary", "| a | b |", "| a b |", true, true, true},
		{"doc string", "thanks", "thank you", true, true, true},
		{"media type", `"""text`, `"""json`, true, true, true},
		{"header", "| n |\n", "| m |\n", true, true, true},
		{"cell of the row", "| 1 |", "| 3 |", true, true, true},
		{"cell of another row", "| 2 |", "| 3 |", true, false, true},
		{"row added", "| 2 |\n", "| 2 |\n        | 3 |\n", true, false, true},
	}
	was := Parse("a.feature", []byte(worded)).Feature
	for _, test := range tests {
		text := strings.ReplaceAll(worded, test.from, test.to)
		if text == worded {
			t.Fatalf("%s: nothing changed", test.what)
		}
		doc := Parse("a.feature", []byte(text))
		if len(doc.Problems) > 0 {
			t.Fatalf("%s: %v", test.what, doc.Problems)
		}
		first := RowRef{}
		got := []bool{
			WordingOf(was, 0) != WordingOf(doc.Feature, 0), RowWording(was, 0, first) != RowWording(doc.Feature, 0, first),
			BodyOf(was, 0) != BodyOf(doc.Feature, 0),
		}
		if want := []bool{test.wording, test.row, test.body}; !slices.Equal(got, want) {
			t.Errorf("%s: wording, row wording, body changed: %v, want %v", test.what, got, want)
		}
	}
}

func TestStepLines(t *testing.T) {
	t.Parallel()
	lines := func(steps ...string) []uint64 {
		s := &Scenario{}
		for _, text := range steps {
			s.Steps = append(s.Steps, Step{Keyword: "Given ", Text: text})
		}
		return StepLines(s)
	}
	same := lines(`I pay "10 euros" for 2 teas`, `i  PAY "x" for 3.5 teas`, `I pay <price> for <n> teas`, "I pay 'it' for 1 teas")
	if slices.Min(same) != slices.Max(same) {
		t.Errorf("lines that differ in parameters and case: %x", same)
	}
	other := lines("I pay", "I owe", "I pay 1", `I pay "`, "I pay'")
	slices.Sort(other)
	if len(slices.Compact(other)) != 5 {
		t.Errorf("different lines are one: %x", other)
	}
}

func TestRowIdentity(t *testing.T) {
	t.Parallel()
	header := []string{"a", "b"}
	id := RowIdentity(header, []string{"1", "2"}, 0)
	if id != RowIdentity(slices.Clone(header), []string{"1", "2"}, 0) {
		t.Error("equal rows have two ids")
	}
	if id == RowIdentity(header, []string{"1", "2"}, 1) || id == RowIdentity(header, []string{"12", ""}, 0) ||
		id == RowIdentity([]string{"a", "c"}, []string{"1", "2"}, 0) {
		t.Error("different rows have one id")
	}
}
