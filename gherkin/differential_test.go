package gherkin

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cucumber "github.com/cucumber/gherkin/go/v28"
	messages "github.com/cucumber/messages/go/v24"
	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/internal/testenv"
)

// tally is what is compared with the official parser's document.
type tally struct {
	Scenarios, Rows, Steps, Rules, Tags, Cells int
	Titles                                     []string
}

func (t *tally) scenario(line int, keyword, name string) {
	t.Scenarios++
	t.Titles = append(t.Titles, fmt.Sprintf("%d %s: %s", line, keyword, strings.TrimSpace(name)))
}

func tallyOf(f *Feature) *tally {
	if f == nil {
		return nil
	}
	t := &tally{Rules: len(f.Rules)}
	for range f.allTags() {
		t.Tags++
	}
	for i := range f.Scenarios {
		s := &f.Scenarios[i]
		t.scenario(s.Line, s.Keyword, s.Name)
		t.Steps += len(s.Steps)
		for _, step := range s.Steps {
			for _, row := range step.Table {
				t.Cells += len(row)
			}
		}
		for range Rows(s) {
			t.Rows++
		}
	}
	return t
}

func officialTally(doc *messages.GherkinDocument) *tally {
	if doc == nil || doc.Feature == nil {
		return nil
	}
	t := &tally{Tags: len(doc.Feature.Tags)}
	for _, child := range doc.Feature.Children {
		t.official(child.Scenario)
		if child.Rule != nil {
			t.Rules++
			t.Tags += len(child.Rule.Tags)
			for _, inner := range child.Rule.Children {
				t.official(inner.Scenario)
			}
		}
	}
	return t
}

func (t *tally) official(s *messages.Scenario) {
	if s == nil {
		return
	}
	t.scenario(int(s.Location.Line), s.Keyword, s.Name)
	t.Steps += len(s.Steps)
	t.Tags += len(s.Tags)
	for _, step := range s.Steps {
		if step.DataTable != nil {
			for _, row := range step.DataTable.Rows {
				t.Cells += len(row.Cells)
			}
		}
	}
	for _, e := range s.Examples {
		t.Tags += len(e.Tags)
		t.Rows += len(e.TableBody)
	}
}

// compare reads a blob with both parsers. Where the official one gives no document there is only its failure to
// compare with.
func compare(t *testing.T, path string, blob []byte) {
	t.Helper()
	doc := Parse(path, blob)
	text, guess := textOf(blob)
	theirs, err := cucumber.ParseGherkinDocument(strings.NewReader(text), func() string { return "" })
	if err != nil && len(doc.Problems) == 0 {
		t.Errorf("%s: no problem found, the official parser says %v", path, err)
	}
	if err == nil && guess == nil && len(doc.Problems) > 0 {
		t.Errorf("%s: the official parser has no problem with it, we have %v", path, doc.Problems)
	}
	if theirs == nil {
		return
	}
	if diff := cmp.Diff(officialTally(theirs), tallyOf(doc.Feature)); diff != "" {
		t.Errorf("%s (-official +ours):\n%s", path, diff)
	}
}

func TestSameAsOfficialParser(t *testing.T) {
	t.Parallel()
	for name, blob := range samples(t) {
		if name == "lone_cr.feature" || name == "unclosed_doc.feature" || strings.HasSuffix(name, ".md") {
			continue // the official parser does not read them, or less of them
		}
		compare(t, name, blob)
	}
}

// TestSameAsOfficialParserOnTheirs reads the features of Cucumber's compatibility kit, and those that runners are tried with.
func TestSameAsOfficialParserOnTheirs(t *testing.T) {
	t.Parallel()
	count := 0
	for _, root := range []string{testenv.CompatibilityKit(t), "../results/testdata", "../features"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".feature") {
				return err
			}
			blob, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			count++
			compare(t, path, blob)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if count < 60 {
		t.Errorf("read %d features", count)
	}
}
