package gherkin

import (
	"strings"
	"sync"

	cucumber "github.com/cucumber/gherkin/go/v28"
)

// matcher is the official one behind a check of a line's first byte, which spares it most of the keywords of a
// language, and notes what fails.
type matcher struct {
	cucumber.Matcher
	builder *builder
	words   *dialect
}

// dialect is a language with its step keywords in one list, as the official matcher puts them together anew for every
// line, and the first bytes of its keywords.
type dialect struct {
	*cucumber.Dialect
	first [256]kind
}

type kind uint8

const (
	title kind = 1 << iota
	step
)

var (
	official = cucumber.DialectsBuiltin()
	dialects sync.Map // of *dialect, by language
)

// provider gives the official matcher its languages.
type provider struct{ matcher *matcher }

func (p provider) GetDialect(language string) *cucumber.Dialect {
	d := dialectOf(language)
	if d == nil {
		return nil
	}
	p.matcher.words = d
	return d.Dialect
}

func dialectOf(language string) *dialect {
	if d, ok := dialects.Load(language); ok {
		return d.(*dialect)
	}
	from := official.GetDialect(language)
	if from == nil {
		return nil
	}
	own := *from
	own.Keywords = map[string][]string{"given": from.StepKeywords()}
	d := &dialect{Dialect: &own}
	for _, word := range own.Keywords["given"] {
		d.first[word[0]] |= step
	}
	for name, words := range from.Keywords {
		switch name {
		case "given", "when", "then", "and", "but":
			continue
		}
		own.Keywords[name] = words
		for _, word := range words {
			d.first[word[0]] |= title
		}
	}
	dialects.Store(language, d)
	return d
}

func newMatcher(b *builder) *matcher {
	m := &matcher{builder: b}
	m.Matcher = cucumber.NewMatcher(provider{m})
	return m
}

func (m *matcher) may(line *cucumber.Line, k kind) bool {
	return line.TrimmedLineText != "" && m.words.first[line.TrimmedLineText[0]]&k != 0
}

// MatchTagLine is the official one; it counts lines with a bad tag.
func (m *matcher) MatchTagLine(line *cucumber.Line) (bool, *cucumber.Token, error) {
	ok, token, err := m.Matcher.MatchTagLine(line)
	if err != nil && m.builder.badTags < line.LineNumber {
		m.builder.badTags = line.LineNumber
		m.builder.errors++
	}
	return ok, token, err
}

func (m *matcher) MatchFeatureLine(line *cucumber.Line) (bool, *cucumber.Token, error) {
	if !m.may(line, title) {
		return false, nil, nil
	}
	return m.Matcher.MatchFeatureLine(line)
}

func (m *matcher) MatchRuleLine(line *cucumber.Line) (bool, *cucumber.Token, error) {
	if !m.may(line, title) {
		return false, nil, nil
	}
	return m.Matcher.MatchRuleLine(line)
}

func (m *matcher) MatchBackgroundLine(line *cucumber.Line) (bool, *cucumber.Token, error) {
	if !m.may(line, title) {
		return false, nil, nil
	}
	return m.Matcher.MatchBackgroundLine(line)
}

func (m *matcher) MatchScenarioLine(line *cucumber.Line) (bool, *cucumber.Token, error) {
	if !m.may(line, title) {
		return false, nil, nil
	}
	return m.Matcher.MatchScenarioLine(line)
}

func (m *matcher) MatchExamplesLine(line *cucumber.Line) (bool, *cucumber.Token, error) {
	if !m.may(line, title) {
		return false, nil, nil
	}
	return m.Matcher.MatchExamplesLine(line)
}

func (m *matcher) MatchStepLine(line *cucumber.Line) (bool, *cucumber.Token, error) {
	if !m.may(line, step) {
		return false, nil, nil
	}
	return m.Matcher.MatchStepLine(line)
}

// begins says whether text would begin a scenario or rule if it stood outside a doc string.
func (m *matcher) begins(text string) bool {
	line := cucumber.Line{LineText: text, TrimmedLineText: strings.TrimLeft(text, " \t")}
	if ok, _, _ := m.MatchScenarioLine(&line); ok {
		return true
	}
	ok, _, _ := m.MatchRuleLine(&line)
	return ok
}
