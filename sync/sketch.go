package sync

import (
	"strings"
	gosync "sync"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// sketch is what pairing needs of a feature file: one shape per scenario, in file order.
type sketch []*shape

// shape is what pairing needs of a scenario. Equal scenarios of many versions of a file share one shape.
type shape struct {
	name   scenarioName
	body   behavepro.Hash
	steps  []uint64 // a hash per normalised step line, in order
	tables []table
}

// scenarioName is a scenario's name in its rule; "" is no rule.
type scenarioName struct{ rule, name string }

// table is one Examples table: the hash of its header, and the content ids of its rows.
type table struct {
	header behavepro.Hash
	rows   []behavepro.RowID
}

// sketches makes sketches and shares equal shapes.
type sketches struct {
	mu     gosync.Mutex
	shapes map[behavepro.Hash]*shape
}

func newSketches() *sketches { return &sketches{shapes: map[behavepro.Hash]*shape{}} }

func (s *sketches) of(doc *gherkin.Document) sketch {
	f := doc.Feature
	if f == nil {
		return nil
	}
	out := make(sketch, len(f.Scenarios))
	for i := range f.Scenarios {
		sc := &f.Scenarios[i]
		name := scenarioName{name: sc.Name}
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
			name = scenarioName{rule: strings.Clone(name.rule), name: strings.Clone(name.name)}
			sh = &shape{name: name, body: body, steps: gherkin.StepLines(sc), tables: tablesOf(sc)}
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
