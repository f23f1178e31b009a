package match

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/behavepro/behavepro/gherkin"
)

// vary builds the names that JUnit reporters give the scenarios and rows of the file.
func (x *fileIndex) vary() {
	if x.variants != nil {
		return
	}
	x.variants = make(map[string][]target)
	if x.feature == nil {
		return
	}
	equal := make(map[string][]target) // by rendered name, over all rules, in order
	for i := range x.feature.Scenarios {
		s := &x.feature.Scenarios[i]
		all := target{x.file, int32(i), -1, -1}
		rows := x.rowsOf(all)
		for n, t := range rows {
			name := x.name(t)
			equal[name] = append(equal[name], t)
			if t.isRow() {
				x.varyRow(s, t, n+1)
			} else {
				x.varyPlain(s, t)
			}
		}
	}
	for name, targets := range equal {
		for n, t := range targets {
			if len(targets) > 1 {
				x.add(name+" #"+strconv.Itoa(n+1), t) // godog
			}
			if n > 0 {
				x.add(name+" ["+strconv.Itoa(n)+"]", t) // cucumber-js 8
			}
		}
	}
	for _, targets := range x.variants {
		slices.SortFunc(targets, target.compare)
	}
}

func (x *fileIndex) add(name string, t target) {
	name = strings.TrimSpace(name)
	if !slices.Contains(x.variants[name], t) {
		x.variants[name] = append(x.variants[name], t)
	}
}

// prefixes stand before a scenario's name: rule and feature, joined as the JUnit formatters of Cucumber (" - "), of
// cucumber-js 8 and Codeception (": "), of Playwright (" › ") and cucumber-rs (a space) do.
func (x *fileIndex) prefixes(t target) []string {
	feature, rule := x.feature.Name, x.rule(t)
	if rule == "" {
		return []string{"", feature + " - ", feature + ": ", feature + " › "}
	}
	return []string{
		"", rule + " - ", rule + ": ", rule + " ", feature + " - " + rule + " - ", feature + ": ", feature + " › " + rule + " › ",
	}
}

func (x *fileIndex) varyPlain(s *gherkin.Scenario, t target) {
	name := strings.TrimSpace(s.Name)
	for _, prefix := range x.prefixes(t)[1:] {
		x.add(prefix+name, t)
	}
	if name == "" {
		x.add("Unnamed scenario", t)   // cucumber-ruby
		x.add("(unnamed scenario)", t) // cucumber-js 8
	}
	x.add("test_"+pythonName(name), t)
}

// varyRow adds the names of the nth row of an outline.
func (x *fileIndex) varyRow(s *gherkin.Scenario, t target, n int) {
	e := &s.Examples[t.examples]
	name, rendered := strings.TrimSpace(s.Name), x.name(t)
	place := fmt.Sprintf("%d.%d", t.examples+1, t.row+1)
	for _, prefix := range x.prefixes(t) {
		titles := []string{name + " - #" + place, name + " - Example #" + place}
		for _, table := range []string{e.Name, e.Keyword} {
			if table != "" {
				titles = append(titles, name+" - "+table+" - #"+place, name+" - "+table+" - Example #"+place)
			}
		}
		for _, title := range titles {
			x.add(prefix+title, t)
			if rendered != name {
				x.add(prefix+title+": "+rendered, t)
			}
		}
		if prefix != "" {
			x.add(prefix+rendered, t)
		}
		x.add(prefix+name+" › "+rendered, t)
		x.add(prefix+name+" › Example #"+strconv.Itoa(n), t)
	}
	x.add(rendered+" -- @"+place+" "+e.Name, t) // behave
	for _, known := range []string{name, rendered} {
		x.add(known+" #"+strconv.Itoa(n), t) // Behat
		x.add(known+" "+strconv.Itoa(n), t)  // cucumber-jvm 4 to 7
		x.add(known+" (outline example : | "+strings.Join(e.Rows[t.row].Cells, " | ")+" |)", t)
	}
	x.add("Example #"+place, t)
	for _, cells := range x.rowIDs(t) {
		x.add("test_"+pythonName(name)+"["+cells+"]", t)
	}
}

// rowIDs are the ways in which pytest names a row: its cells, numbered where there are equal rows.
func (x *fileIndex) rowIDs(t target) []string {
	ids, ok := x.cells[t.scenario]
	if !ok {
		ids = numberRows(&x.feature.Scenarios[t.scenario])
		if x.cells == nil {
			x.cells = make(map[int32]map[gherkin.RowRef][]string)
		}
		x.cells[t.scenario] = ids
	}
	return ids[gherkin.RowRef{Examples: int(t.examples), Row: int(t.row)}]
}

func numberRows(s *gherkin.Scenario) map[gherkin.RowRef][]string {
	equal := make(map[string]int)
	for _, row := range gherkin.Rows(s) {
		equal[strings.Join(row.Cells, "-")]++
	}
	before := make(map[string]int)
	ids := make(map[gherkin.RowRef][]string)
	for ref, row := range gherkin.Rows(s) {
		joined := strings.Join(row.Cells, "-")
		ids[ref] = []string{joined}
		if equal[joined] > 1 {
			n := strconv.Itoa(before[joined])
			ids[ref] = append(ids[ref], joined+n, joined+"_"+n)
			before[joined]++
		}
	}
	return ids
}

// pythonName is how pytest-bdd makes a function's name of a scenario's.
func pythonName(name string) string {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '_':
			return '_'
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsNumber(r):
			return unicode.ToLower(r)
		}
		return -1
	}, name)
	return strings.TrimLeft(strings.TrimLeft(slug, "0123456789"), "_")
}
