package pages

import (
	"regexp"
	"strings"

	"github.com/behavepro/behavepro/gherkin"
)

// stepView is a step as it is shown.
type stepView struct {
	Keyword string
	Space   string // between keyword and text; some languages have none
	Parts   []part
	Class   constant // "fail" for the failing step, "dim" for what did not run after it
	Table   [][]string
	Head    bool // the table's first row names its columns
	Doc     *gherkin.DocString
}

// literal finds values in a step: quoted texts, placeholders and numbers.
var literal = regexp.MustCompile(`"[^"]*"|“[^”]*”|«[^»]*»|<[^<>\s][^<>]*>|\b\d+(?:[.,:]\d+)*\b`)

func parts(text string) []part {
	var out []part
	from := 0
	for _, at := range literal.FindAllStringIndex(text, -1) {
		if at[0] > from {
			out = append(out, part{Text: text[from:at[0]]})
		}
		out = append(out, part{Text: text[at[0]:at[1]], Literal: true})
		from = at[1]
	}
	if from < len(text) {
		out = append(out, part{Text: text[from:]})
	}
	return out
}

func stepViews(steps []gherkin.Step) []stepView {
	views := make([]stepView, len(steps))
	for i := range steps {
		s := &steps[i]
		keyword := strings.TrimRight(s.Keyword, " ")
		views[i] = stepView{Keyword: keyword, Space: s.Keyword[len(keyword):], Parts: parts(s.Text), Table: s.Table, Head: len(s.Table) > 1, Doc: s.DocString}
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
