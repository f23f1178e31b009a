package gherkin

import (
	"strings"

	cucumber "github.com/cucumber/gherkin/go/v28"
)

// builder takes the official parser's tokens straight into the model. It keeps what it got so far, so that a file that
// ends in the middle of something keeps the rest.
type builder struct {
	feature *Feature
	rule    int // 1-based index of the rule being read
	tags    []Tag
	steps   *[]Step   // of the background or scenario being read
	about   *string   // the description of what is being read
	table   *Examples // being read; nil for a step's table

	inTable  bool
	width    int // cells of the table's first row
	ragged   bool
	rows     int
	allSteps int
	tables   int

	inDoc     bool
	docLine   int
	docIndent int
	doc       *DocString
	docTitle  int             // first line inside the doc string that seems to begin a scenario or rule, or its tags
	docTags   int             // first of the tag lines just read inside the doc string
	indent    int             // of the line that the scanner gave last
	doubted   *openDoc        // the doc string just closed, where it may be none
	unclosed  *openDoc        // the first that was certainly not closed
	text      strings.Builder // of the doc string or description being read
	lines     int             // in text
	textEnd   int             // length of text without trailing empty lines

	full      bool      // a bound is reached: no more lines
	limit     []Problem // the bound, where one is reached
	problems  []Problem
	conflicts []Problem
	built     bool // since the scanner last looked
	last      cucumber.TokenType
	lastLine  int
	badTags   int // last line with a bad tag
	errors    int // lines that were not Gherkin
	titles    *matcher
}

// openDoc is a doc string that is not closed: its line, and the first line that seems to be no longer its.
type openDoc struct{ line, next int }

func (b *builder) stop(line, limit int, things string) bool {
	if !b.full {
		b.full = true
		b.limit = []Problem{overLimit(line, limit, things)}
	}
	return false
}

// Reset is part of the official Builder; a builder is used once.
func (b *builder) Reset() {}

// StartRule is the official Builder's.
func (b *builder) StartRule(r cucumber.RuleType) (bool, error) {
	switch r {
	case cucumber.RuleTypeFeatureHeader, cucumber.RuleTypeRuleHeader, cucumber.RuleTypeScenarioDefinition,
		cucumber.RuleTypeExamplesDefinition:
		b.tags = nil
	case cucumber.RuleTypeDataTable, cucumber.RuleTypeExamplesTable:
		b.inTable, b.ragged, b.width = true, false, -1
	case cucumber.RuleTypeDescription:
		b.beginText()
	}
	return true, nil
}

// EndRule is the official Builder's.
func (b *builder) EndRule(r cucumber.RuleType) (bool, error) {
	switch r {
	case cucumber.RuleTypeDescription:
		if b.about != nil {
			*b.about = b.text.String()[:b.textEnd]
		}
	case cucumber.RuleTypeDataTable, cucumber.RuleTypeExamplesTable:
		b.inTable = false
	}
	return true, nil
}

func (b *builder) beginText() {
	b.text = strings.Builder{}
	b.lines, b.textEnd = 0, 0
}

func (b *builder) addText(s string) {
	if b.lines > 0 {
		b.text.WriteByte('\n')
	}
	b.lines++
	b.text.WriteString(s)
	if strings.TrimSpace(s) != "" {
		b.textEnd = b.text.Len()
	}
}

// Build is the official Builder's: every line that is Gherkin comes here once.
func (b *builder) Build(t *cucumber.Token) (bool, error) {
	if b.full {
		return true, nil
	}
	line := t.Location.Line
	b.judgeDoc(t.Type, line > b.lastLine+1)
	if b.last != cucumber.TokenTypeTagLine { // after tags the scanner leaves lines out
		b.errors += max(0, line-b.lastLine-1)
	}
	b.built, b.last, b.lastLine = true, t.Type, line
	switch t.Type {
	case cucumber.TokenTypeTagLine:
		for _, item := range t.Items {
			b.tags = append(b.tags, Tag{Name: item.Text, Line: line})
		}
	case cucumber.TokenTypeFeatureLine:
		b.addFeature(t)
	case cucumber.TokenTypeRuleLine:
		b.addRule(t)
	case cucumber.TokenTypeBackgroundLine:
		b.addBackground(t)
	case cucumber.TokenTypeScenarioLine:
		b.addScenario(t)
	case cucumber.TokenTypeExamplesLine:
		b.addExamples(t)
	case cucumber.TokenTypeStepLine:
		b.addStep(t)
	case cucumber.TokenTypeTableRow:
		b.addRow(t)
	case cucumber.TokenTypeDocStringSeparator:
		b.toggleDoc(t)
	case cucumber.TokenTypeOther:
		b.addOther(t)
	}
	return true, nil
}

func (b *builder) addOther(t *cucumber.Token) {
	b.addText(t.Text)
	if !b.inDoc || b.docTitle != 0 || t.Text == "" || t.Text[0] == '#' {
		return
	}
	// Feature text inside a doc string stands as far right as its delimiter; a scenario stands left of it.
	tag := t.Text[0] == '@'
	switch {
	case b.indent >= b.docIndent, !tag && !b.titles.begins(t.Text):
		b.docTags = 0
	case !tag:
		b.docTitle = t.Location.Line
		if b.docTags != 0 {
			b.docTitle = b.docTags
		}
	case b.docTags == 0:
		b.docTags = t.Location.Line
	}
}

func (b *builder) toggleDoc(t *cucumber.Token) {
	if !b.inDoc {
		b.inDoc, b.docLine, b.docTitle, b.docTags = true, t.Location.Line, 0, 0
		b.docIndent = t.Location.Column - 1
		b.beginText()
		b.doc = &DocString{MediaType: strings.TrimSpace(t.Text), Delimiter: t.Keyword}
		return
	}
	b.inDoc = false
	if b.docTitle != 0 {
		b.doubted = &openDoc{b.docLine, b.docTitle}
	}
	b.doc.Content = b.text.String()
	if b.steps != nil && len(*b.steps) > 0 {
		(*b.steps)[len(*b.steps)-1].DocString = b.doc
	}
}

// judgeDoc decides about a doc string that swallowed what seems to begin a scenario: where the line after it is not
// Gherkin, it ended at the beginning of another doc string, and was never closed itself.
func (b *builder) judgeDoc(next cucumber.TokenType, skipped bool) {
	switch {
	case b.doubted == nil:
	case skipped:
		if b.unclosed == nil {
			b.unclosed = b.doubted
		}
		b.doubted = nil
	case next != cucumber.TokenTypeEmpty && next != cucumber.TokenTypeComment:
		b.doubted = nil
	}
}

func (b *builder) addRow(t *cucumber.Token) {
	line := t.Location.Line
	if b.rows++; b.rows > MaxRows {
		b.stop(line, MaxRows, "table rows")
		return
	}
	cells := make([]string, len(t.Items))
	for i, item := range t.Items {
		cells[i] = item.Text
	}
	if b.width < 0 {
		b.width = len(cells)
	} else if b.width != len(cells) && !b.ragged {
		b.ragged = true
		b.problems = append(b.problems, Problem{Line: line, Message: "inconsistent cell count within the table"})
	}
	switch {
	case b.table != nil && b.table.Header == nil:
		b.table.Header = cells
	case b.table != nil:
		b.table.Rows = append(b.table.Rows, Row{Line: line, Cells: cells})
	case b.steps != nil && len(*b.steps) > 0:
		step := &(*b.steps)[len(*b.steps)-1]
		step.Table = append(step.Table, cells)
	}
}
