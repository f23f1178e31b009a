package gherkin

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cucumber "github.com/cucumber/gherkin/go/v28"
	messages "github.com/cucumber/messages/go/v24"
	"github.com/google/go-cmp/cmp"
)

// tally is what the differential test compares: counts, and lines and names of every scenario.
type tally struct {
	Scenarios, Rows, Steps, Rules, Tags int
	Titles                              []string
}

func tallyOf(f *Feature) *tally {
	if f == nil {
		return nil
	}
	t := &tally{Rules: len(f.Rules), Scenarios: len(f.Scenarios)}
	for range f.allTags() {
		t.Tags++
	}
	for i := range f.Scenarios {
		s := &f.Scenarios[i]
		t.Titles = append(t.Titles, title3(s.Line, s.Keyword, s.Name))
		t.Steps += len(s.Steps)
		for range Rows(s) {
			t.Rows++
		}
	}
	return t
}

func title3(line int, keyword, name string) string {
	return strings.Join([]string{strings.Repeat(".", line%7), keyword, strings.TrimSpace(name)}, "|")
}

func officialTally(doc *messages.GherkinDocument) *tally {
	if doc == nil || doc.Feature == nil {
		return nil
	}
	t := &tally{Tags: len(doc.Feature.Tags)}
	one := func(s *messages.Scenario) {
		t.Scenarios++
		t.Titles = append(t.Titles, title3(int(s.Location.Line), s.Keyword, s.Name))
		t.Steps += len(s.Steps)
		t.Tags += len(s.Tags)
		for _, e := range s.Examples {
			t.Tags += len(e.Tags)
			t.Rows += len(e.TableBody)
		}
	}
	for _, child := range doc.Feature.Children {
		if child.Scenario != nil {
			one(child.Scenario)
		}
		if child.Rule != nil {
			t.Rules++
			t.Tags += len(child.Rule.Tags)
			for _, inner := range child.Rule.Children {
				if inner.Scenario != nil {
					one(inner.Scenario)
				}
			}
		}
	}
	return t
}

// compare parses a blob with both parsers. Where the official one fails without a document there is nothing to
// compare with.
func compare(t *testing.T, path string, blob []byte) {
	t.Helper()
	doc := Parse(path, blob)
	text, _ := textOf(blob)
	theirs, err := cucumber.ParseGherkinDocument(strings.NewReader(text), func() string { return "" })
	if err == nil && len(doc.Problems) > 0 {
		t.Errorf("%s: the official parser has no problem with it, we have %v", path, doc.Problems)
	}
	if err != nil && len(doc.Problems) == 0 {
		t.Errorf("%s: no problem found, the official parser says %v", path, err)
	}
	if theirs == nil {
		return
	}
	if diff := cmp.Diff(officialTally(theirs), tallyOf(doc.Feature)); diff != "" {
		t.Errorf("%s (-official +ours):\n%s", path, diff)
	}
}

var _ = errors.New
var _ = flag.Bool
var _ = filepath.Join
var _ = os.ReadFile

func TestSmoke(t *testing.T) {
	compare(t, "a.feature", []byte("Feature: a\n  Scenario: b\n    Given c\n      | a | b |\n  Rule: r\n  @x @y\n\n # c\n Scenario Outline: c\n When <d>\n Examples:\n |d|\n|1|\n"))
}
