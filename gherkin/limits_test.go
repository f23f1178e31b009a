package gherkin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/internal/testenv"
)

// fill repeats part up to a large blob: the largest that is read, or a small part of it.
func fill(head, part string) []byte {
	size := MaxBlobBytes/256 - 8
	if testenv.Slow() {
		size = MaxBlobBytes - 8
	}
	return []byte(head + strings.Repeat(part, (size-len(head))/len(part)))
}

// TestLargeFiles reads large files that would cost a parser without bounds minutes or gigabytes. What
// it checks is that each ends, and how.
func TestLargeFiles(t *testing.T) {
	scenario := "Feature: a\nScenario: b\n"
	tests := []struct {
		name    string
		blob    []byte
		problem string
	}{
		{"too large", make([]byte, MaxBlobBytes+1), "are not read"},
		{"one long scenario", fill(scenario, "Given a step that is not very long\n"), ""},
		{"empty steps", fill(scenario, "* \n"), "steps in one file"},
		{"one long line", fill(scenario, "Given x"), ""},
		{"doc string of short lines", append(fill(scenario+"* a\n\"\"\"\n", "a\n"), "\"\"\"\n"...), ""},
		{"doc string never closed", fill(scenario+"* a\n\"\"\"\n", "a\n"), "is not closed"},
		{"many unclosed doc strings", fill(scenario, "Scenario:\n* \n \"\"\"\n"), "scenarios in one file"},
		{"description", fill("Feature: a\n", "b\n"), ""},
		{"tags one a line", fill("Feature: a\n", "@a\n"), "tags in one file"},
		{"tags in one line", fill("Feature: a\n", "@a "), "tags in one file"},
		{"tag line of spaces", fill("Feature: a\n@a", " "), "unexpected end of file"},
		{"tags without scenario", fill(scenario, "@a\n\n#\n"), "tags in one file"},
		{"tag then empty lines", fill("Feature: a\n@a\n", "\n"), "unexpected end of file"},
		{"bad tags", fill("Feature: a\n", "@a b\n"), "not Gherkin"},
		{"garbage", fill("", "x\n"), "not Gherkin"},
		{"garbage among steps", fill(scenario, "* a\nx\n"), "not Gherkin"},
		{"one row", fill(scenario+"* a\n", "|"), "table cells in one file"},
		{"rows", fill(scenario+"* a\n", "||\n"), "table rows in one file"},
		{"scenarios", fill("Feature: a\n", "Scenario:\n"), "scenarios in one file"},
		{"rules", fill("Feature: a\n", "Rule:\n"), "rules in one file"},
		{"examples", fill(scenario, "Examples:\n"), "Examples tables in one file"},
		{"conflict markers", fill(scenario, "<<<<<<< a\n"), "more problems"},
		{"empty lines", fill(scenario, "\n"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc := Parse("a.feature", test.blob)
			text := fmt.Sprint(doc.Problems)
			reached := testenv.Slow() || !strings.HasSuffix(test.problem, "in one file") // a bound of things
			if test.problem == "" && len(doc.Problems) > 0 || reached && !strings.Contains(text, test.problem) {
				t.Errorf("problems %.300s, want %q", text, test.problem)
			}
			if len(doc.Problems) > MaxProblems {
				t.Errorf("%d problems", len(doc.Problems))
			}
			back, err := Decode(Encode(doc))
			if err != nil {
				t.Fatalf("not readable again: %v", err)
			}
			Mentions(back)
		})
	}
}

// TestLimitsAtTheirEdge reads files with exactly as many things as are read, and with one more.
func TestLimitsAtTheirEdge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		things, head, part string
		limit, each        int // things a part has; 0 is one
	}{
		{"scenarios", "Feature: a\n", "Scenario:\n", MaxScenarios, 0},
		{"rules", "Feature: a\n", "Rule:\n", MaxRules, 0},
		{"tags", "Feature: a\n", "@a\n", MaxTags, 0},
		{"steps", "Feature: a\nScenario: b\n", "* a\n", MaxSteps, 0},
		{"Examples tables", "Feature: a\nScenario Outline: b\n* <a>\n", "Examples:\n", MaxExamples, 0},
		{"table rows", "Feature: a\nScenario: b\n* a\n", "|a|\n", MaxRows, 0},
		{"table cells", "Feature: a\nScenario: b\n* a\n", "|a|b|c|d|e|f|g|h|i|\n", MaxCells, 10}, // counted by their bars
	} {
		if c.limit > 10_000 && !testenv.Slow() {
			continue
		}
		end := ""
		if c.things == "tags" {
			end = "Scenario: c\n"
		}
		for more := range 2 {
			doc := Parse("a.feature", []byte(c.head+strings.Repeat(c.part, c.limit/max(1, c.each)+more)+end))
			over := strings.Contains(fmt.Sprint(doc.Problems), fmt.Sprintf("more than %d %s in one file", c.limit, c.things))
			if over != (more == 1) || more == 0 && len(doc.Problems) > 0 {
				t.Errorf("%d %s: problems %.200v", c.limit+more, c.things, doc.Problems)
			}
		}
	}
}

// TestBlobAtItsEdge reads a file of as many bytes as are read, and none of one byte more.
func TestBlobAtItsEdge(t *testing.T) {
	t.Parallel()
	const head = "Feature: a\nScenario: b\n* a\n#"
	blob := []byte(head + strings.Repeat("x", MaxBlobBytes-len(head)))
	if doc := Parse("a.feature", blob); doc.Feature == nil || len(doc.Feature.Scenarios) != 1 || len(doc.Problems) > 0 {
		t.Errorf("%d bytes: %.200v", len(blob), doc.Problems)
	}
	blob = append(blob, 'x')
	want := fmt.Sprintf("the file has %d bytes; files over %d bytes are not read", len(blob), MaxBlobBytes)
	if doc := Parse("a.feature", blob); doc.Feature != nil || len(doc.Problems) != 1 || doc.Problems[0].Message != want {
		t.Errorf("%d bytes: %.200v", len(blob), doc.Problems)
	}
}

// TestProblemsAtTheirEdge: as many problems are kept as may be, and the last tells how many more there were; beyond MaxErrors the
// reading ends.
func TestProblemsAtTheirEdge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lines, kept int
		last        string
	}{
		{MaxProblems, MaxProblems, ""},
		{MaxProblems + 1, MaxProblems, "2 more problems from here"},
		{MaxErrors, MaxProblems, fmt.Sprintf("%d more problems from here", MaxErrors-MaxProblems+1)},
		{MaxErrors + 1, MaxProblems, fmt.Sprintf("more than %d lines that are not Gherkin in one file", MaxErrors)},
	} {
		doc := Parse("a.feature", []byte("Feature: a\nScenario: b\n* a\n"+strings.Repeat("x\n", c.lines)))
		if len(doc.Problems) != c.kept || !strings.Contains(doc.Problems[len(doc.Problems)-1].Message, c.last) {
			t.Errorf("%d lines: %d problems, the last %q, want %d and %q", c.lines, len(doc.Problems), doc.Problems[len(doc.Problems)-1].Message, c.kept, c.last)
		}
		if doc.Feature == nil || len(doc.Feature.Scenarios) != 1 {
			t.Errorf("%d lines: what came before is lost", c.lines)
		}
	}
}
