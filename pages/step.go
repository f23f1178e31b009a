package pages

import (
	"strings"

	"github.com/behavepro/behavepro/gherkin"
)

// stepView is a step as it is shown.
type stepView struct {
	Keyword string
	Space   string // between keyword and text; some languages have none
	Parts   []part
	Class   constant // "fail" for the failing step, "dim" for what did not run after it, "added" and "gone" on a branch
	Table   [][]string
	Head    bool // the table's first row names its columns
	Doc     *gherkin.DocString
}

// parts splits a step at its values: quoted texts, placeholders and numbers.
func parts(text string) []part {
	var out []part
	from := 0
	scan := valueScanner{text: text}
	for i := 0; i < len(text); {
		n := scan.literal(i)
		if n == 0 {
			i++
			continue
		}
		if i > from {
			out = append(out, part{Text: text[from:i]})
		}
		out = append(out, part{Text: text[i : i+n], Literal: true})
		i += n
		from = i
	}
	if from < len(text) {
		out = append(out, part{Text: text[from:]})
	}
	return out
}

// valueScanner finds values in a text.
type valueScanner struct {
	text string
	open string // marks that begin a quotation and are not followed by one that ends it
}

// literal is how many bytes the value has that begins at a place; 0 where none does.
func (s *valueScanner) literal(at int) int {
	rest := s.text[at:]
	switch c := rest[0]; {
	case c == '"':
		return s.quoted(rest, `"`, `"`)
	case c == '<':
		end := strings.IndexAny(rest[1:], "<>")
		if end < 1 || rest[1+end] == '<' || strings.IndexByte(" \t\n\f\r", rest[1]) >= 0 {
			return 0
		}
		return end + 2
	case '0' <= c && c <= '9':
		if at > 0 && isWord(s.text[at-1]) {
			return 0
		}
		return numeral(rest)
	case c >= 0x80:
		return max(s.quoted(rest, "“", "”"), s.quoted(rest, "«", "»"))
	}
	return 0
}

func (s *valueScanner) quoted(text, begin, end string) int {
	if !strings.HasPrefix(text, begin) || strings.Contains(s.open, begin) {
		return 0
	}
	n := strings.Index(text[len(begin):], end)
	if n < 0 {
		s.open += begin
		return 0
	}
	return len(begin) + n + len(end)
}

// numeral is the length of the number at the beginning of a text, such as 12 or 1,234.50 or 9:30; 0 where a word goes on.
func numeral(text string) int {
	n := digits(text)
	for n < len(text) && strings.IndexByte(".,:", text[n]) >= 0 {
		more := digits(text[n+1:])
		if more == 0 || n+1+more < len(text) && isWord(text[n+1+more]) {
			break
		}
		n += 1 + more
	}
	if n < len(text) && isWord(text[n]) {
		return 0
	}
	return n
}

func digits(text string) (n int) {
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return n
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func stepViews(steps []gherkin.Step) []stepView {
	views := make([]stepView, len(steps))
	for i := range steps {
		s := &steps[i]
		keyword := strings.TrimRight(s.Keyword, " ")
		views[i] = stepView{
			Keyword: keyword,
			Space:   s.Keyword[len(keyword):],
			Parts:   parts(s.Text),
			Table:   s.Table,
			Head:    len(s.Table) > 1,
			Doc:     s.DocString,
		}
	}
	return views
}

// failingStep finds the step that a report names among the steps of a scenario, after the cells of a row have taken the
// place of their columns' names; -1 where it is none of them, such as a hook.
func failingStep(steps []gherkin.Step, reported string, header, cells []string) int {
	if reported == "" {
		return -1
	}
	reported = plain(reported)
	bare := -1
	for i := range steps {
		text := fill(steps[i].Text, header, cells)
		if plain(steps[i].Keyword+" "+text) == reported {
			return i
		}
		if bare < 0 && plain(text) == reported {
			bare = i
		}
	}
	return bare
}

// plain leaves spaces and letter case out of a comparison.
func plain(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// fill puts a row's cells in the place of its columns' names.
func fill(text string, header, cells []string) string {
	for i, name := range header {
		if i < len(cells) {
			text = strings.ReplaceAll(text, "<"+name+">", cells[i])
		}
	}
	return text
}

// markFailing marks the failing step, and those after it as not reached.
func markFailing(views []stepView, at int) {
	for i := range views {
		switch {
		case i == at:
			views[i].Class = "fail"
		case at >= 0 && i > at:
			views[i].Class = "dim"
		}
	}
}
