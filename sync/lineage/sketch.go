package lineage

import (
	"strconv"
	"strings"
	gosync "sync"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// Sketch is what pairing needs of a feature file: one shape per scenario, in file order.
type Sketch []*Shape

// Shape is what pairing needs of a scenario. Equal scenarios of many versions of a file share one shape.
type Shape struct {
	Name   ScenarioName
	body   behavepro.Hash
	steps  []uint64 // a hash per normalised step line, in order
	tables []table
}

// ScenarioName is a scenario's name in its rule; "" is no rule.
type ScenarioName struct{ rule, name string }

// table is one Examples table: the hash of its header, and the content ids of its rows.
type table struct {
	header behavepro.Hash
	rows   []behavepro.RowID
}

// Sketches makes sketches and shares equal shapes.
type Sketches struct {
	mu     gosync.Mutex
	shapes map[behavepro.Hash]*Shape
}

func NewSketches() *Sketches { return &Sketches{shapes: map[behavepro.Hash]*Shape{}} }

func (s *Sketches) Of(doc *gherkin.Document) Sketch {
	f := doc.Feature
	if f == nil {
		return nil
	}
	out := make(Sketch, len(f.Scenarios))
	for i := range f.Scenarios {
		sc := &f.Scenarios[i]
		name := ScenarioName{name: sc.Name}
		if r := f.RuleOf(i); r != nil {
			name.rule = r.Name
			if r.Name == "" {
				name.rule = "\x00" // a rule without a name is not the same as no rule
			}
		}
		body := gherkin.BodyOf(f, i)
		key := behavepro.Sum("shape", name.rule, name.name, string(body[:]))
		s.mu.Lock()
		sh := s.shapes[key]
		s.mu.Unlock()
		if sh == nil {
			// Names are parts of the file's text, which must not stay in memory for them.
			name = ScenarioName{rule: strings.Clone(name.rule), name: strings.Clone(name.name)}
			sh = &Shape{Name: name, body: body, steps: gherkin.StepLines(sc), tables: tablesOf(sc)}
			s.mu.Lock()
			if first := s.shapes[key]; first != nil {
				sh = first
			} else {
				s.shapes[key] = sh
			}
			s.mu.Unlock()
		}
		out[i] = sh
	}
	return out
}

func tablesOf(sc *gherkin.Scenario) []table {
	var tables []table
	seen := map[behavepro.RowID]int{}
	for _, ex := range sc.Examples {
		t := table{header: behavepro.Sum(ex.Header...)}
		for _, row := range ex.Rows {
			first := gherkin.RowIdentity(ex.Header, row.Cells, 0)
			nth := seen[first]
			seen[first]++
			t.rows = append(t.rows, gherkin.RowIdentity(ex.Header, row.Cells, nth))
		}
		tables = append(tables, t)
	}
	return tables
}

// New is the lineage of the nth scenario that was new under this name.
func New(first, path string, name ScenarioName, n int) behavepro.Lineage {
	return behavepro.Lineage(behavepro.Sum("lineage", first, path, name.rule, name.name, strconv.Itoa(n)))
}
