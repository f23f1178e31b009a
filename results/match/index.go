package match

import (
	"cmp"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/results/report"
)

// fileIndex knows the scenarios and rows of one file by line and by every name that runners give them.
type fileIndex struct {
	file     int32
	feature  *gherkin.Feature    // nil where nothing could be parsed
	lines    map[int]target      // of scenarios, outlines and rows
	names    map[string][]target // as written, and rendered for rows; an outline's name stands for its rows
	variants map[string][]target // as reporters decorate them; built when it is needed
	methods  map[string][]target // as identifiers of .NET, plain; built when it is needed
	wordings map[target]behavepro.Wording
	cells    map[int32]map[gherkin.RowRef][]string // by outline: names of rows after their cells
}

func newFileIndex(file int32, doc *gherkin.Document) *fileIndex {
	x := &fileIndex{file: file, lines: make(map[int]target), names: make(map[string][]target)}
	if doc == nil || doc.Feature == nil {
		return x
	}
	x.feature = doc.Feature
	for i := range x.feature.Scenarios {
		s := &x.feature.Scenarios[i]
		all := target{file, int32(i), -1, -1}
		x.lines[s.Line] = all
		name := strings.TrimSpace(s.Name)
		rows := 0
		for ref, row := range gherkin.Rows(s) {
			t := target{file, int32(i), int32(ref.Examples), int32(ref.Row)}
			x.lines[row.Line] = t
			x.names[name] = append(x.names[name], t)
			if rendered := report.RowName(name, s.Examples[ref.Examples].Header, row.Cells); rendered != name {
				x.names[rendered] = append(x.names[rendered], t)
			}
			rows++
		}
		if rows == 0 {
			x.names[name] = append(x.names[name], all)
		}
	}
	return x
}

// find gives the scenarios or rows that a result may be about: one when it is clear, several for the assignment to
// settle, or none with the reason, a format for the file's path and the commit. How it was located says whether lines
// are true.
func (x *fileIndex) find(r *report.Reported, by location) (found []target, reason string) {
	name := strings.TrimSpace(r.Name)
	named := x.called(r)
	at, onLine := x.lines[r.Line]
	if r.Loose {
		onLine = false
	}
	if onLine {
		if hit := x.onLine(at, named); len(hit) > 0 && (!by.moved || len(named) == 1) {
			return x.narrow(hit, r), ""
		}
		if by.exact || name == "" && !by.moved {
			return x.narrow(x.rowsOf(at), r), ""
		}
	}
	switch {
	case len(named) > 0:
		return x.narrow(x.inRule(named, r), r), ""
	case onLine && !by.moved:
		return nil, "scenario " + quote(name) + " renamed since: its line in %s is now " + quote(x.name(at)) + " in %s"
	case x.feature == nil:
		return nil, "%s could not be parsed in %s, so " + quote(name) + " is not found"
	}
	return nil, "%s has no scenario " + quote(name) + " in %s"
}

// quote quotes a name for a format.
func quote(name string) string { return `"` + strings.ReplaceAll(name, "%", "%%") + `"` }

// onLine keeps what stands on a line and has the right name: the scenario or row itself, or an outline's rows.
func (x *fileIndex) onLine(at target, named []target) []target {
	if slices.Contains(named, at) {
		return []target{at}
	}
	var rows []target
	for _, t := range named {
		if !at.isRow() && t.whole() == at {
			rows = append(rows, t)
		}
	}
	return rows
}

// rowsOf are the rows of an outline, or the scenario or row itself.
func (x *fileIndex) rowsOf(at target) []target {
	if at.isRow() {
		return []target{at}
	}
	var rows []target
	for ref := range gherkin.Rows(&x.feature.Scenarios[at.scenario]) {
		rows = append(rows, target{at.file, at.scenario, int32(ref.Examples), int32(ref.Row)})
	}
	if len(rows) == 0 {
		return []target{at}
	}
	return rows
}

// inRule keeps the targets of the rule that the result names.
func (x *fileIndex) inRule(named []target, r *report.Reported) []target {
	if len(named) < 2 || r.Rule == "" {
		return named
	}
	var same []target
	for _, t := range named {
		if x.rule(t) == r.Rule {
			same = append(same, t)
		}
	}
	if len(same) == 0 {
		return named
	}
	return same
}

// narrow uses the lesser hints: the cells of the row, and a line inside the scenario.
func (x *fileIndex) narrow(found []target, r *report.Reported) []target {
	if len(found) < 2 {
		return found
	}
	if r.Row != "" {
		var same []target
		for _, t := range found {
			if t.isRow() && slices.Contains(x.rowIDs(t), r.Row) {
				same = append(same, t)
			}
		}
		if len(same) > 0 {
			return same
		}
	}
	if r.Loose && r.Line > 0 {
		var same []target
		for _, t := range found {
			if from, to := x.span(t); r.Line >= from && r.Line <= to {
				same = append(same, t)
			}
		}
		if len(same) > 0 {
			return same
		}
	}
	return found
}

// lookup finds a name, first as written, then as reporters decorate it.
func (x *fileIndex) lookup(name string) []target {
	if found := x.names[name]; len(found) > 0 {
		return found
	}
	x.vary()
	return x.variants[name]
}

// called finds a result's name: as it is, without the arguments of a row, or as an identifier.
func (x *fileIndex) called(r *report.Reported) []target {
	name := strings.TrimSpace(r.Name)
	if found := x.lookup(name); len(found) > 0 {
		return withCells(x, found, r.Cells)
	}
	method, cells := report.SplitCall(name)
	if len(cells) > 0 {
		if found := x.lookup(method); len(found) > 0 {
			return withCells(x, found, cells)
		}
	}
	if len(r.Cells) > 0 {
		cells = r.Cells
	}
	return withCells(x, x.method(r, method), cells)
}

// withCells keeps the rows that have these cells; where none has, all.
func withCells(x *fileIndex, found []target, cells []string) []target {
	if len(cells) == 0 {
		return found
	}
	var same []target
	for _, t := range found {
		if !t.isRow() {
			continue
		}
		row := x.feature.Scenarios[t.scenario].Examples[t.examples].Rows[t.row].Cells
		if len(row) <= len(cells) && slices.Equal(row, cells[:len(row)]) {
			same = append(same, t)
		}
	}
	if len(same) > 0 {
		return same
	}
	return found
}

// votes says how well the file knows a result: 2 for name and line, 1 for the name.
func (x *fileIndex) votes(r *report.Reported) int {
	named := x.called(r)
	if len(named) == 0 {
		return 0
	}
	if at, ok := x.lines[r.Line]; ok && len(x.onLine(at, named)) > 0 {
		return 2
	}
	return 1
}

// span gives the lines of a scenario, from its own to before the next.
func (x *fileIndex) span(t target) (from, to int) {
	from, to = x.feature.Scenarios[t.scenario].Line, 1<<30
	if next := int(t.scenario) + 1; next < len(x.feature.Scenarios) {
		to = x.feature.Scenarios[next].Line - 1
	}
	return from, to
}

func (x *fileIndex) line(t target) int {
	s := &x.feature.Scenarios[t.scenario]
	if t.isRow() {
		return s.Examples[t.examples].Rows[t.row].Line
	}
	return s.Line
}

// name is that of the scenario, rendered for a row.
func (x *fileIndex) name(t target) string {
	s := &x.feature.Scenarios[t.scenario]
	name := strings.TrimSpace(s.Name)
	if t.isRow() {
		e := &s.Examples[t.examples]
		return report.RowName(name, e.Header, e.Rows[t.row].Cells)
	}
	return name
}

func (x *fileIndex) rule(t target) string {
	if rule := x.feature.RuleOf(int(t.scenario)); rule != nil {
		return rule.Name
	}
	return ""
}

func (x *fileIndex) wording(t target) behavepro.Wording {
	w, ok := x.wordings[t]
	if !ok {
		if t.isRow() {
			w = gherkin.RowWording(x.feature, int(t.scenario), gherkin.RowRef{Examples: int(t.examples), Row: int(t.row)})
		} else {
			w = gherkin.WordingOf(x.feature, int(t.scenario))
		}
		if x.wordings == nil {
			x.wordings = make(map[target]behavepro.Wording)
		}
		x.wordings[t] = w
	}
	return w
}

// compare orders targets by file, then by place in it.
func (t target) compare(o target) int {
	return cmp.Or(cmp.Compare(t.file, o.file), cmp.Compare(t.scenario, o.scenario),
		cmp.Compare(t.examples, o.examples), cmp.Compare(t.row, o.row))
}
