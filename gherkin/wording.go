package gherkin

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/behavepro/behavepro"
)

// script collects what a hash covers: every part with a mark of its kind and its length, so that no two different
// scenarios give the same bytes.
type script []byte

func (s *script) text(mark byte, t string) {
	*s = append(*s, mark)
	*s = binary.AppendUvarint(*s, uint64(len(t)))
	*s = append(*s, t...)
}

func (s *script) cells(mark byte, cells []string) {
	*s = append(*s, mark)
	*s = binary.AppendUvarint(*s, uint64(len(cells)))
	for _, cell := range cells {
		s.text('c', cell)
	}
}

func (s *script) steps(steps []Step) {
	for i := range steps {
		step := &steps[i]
		s.text('k', strings.TrimSpace(step.Keyword))
		s.text('t', step.Text)
		for _, row := range step.Table {
			s.cells('r', row)
		}
		if step.DocString != nil {
			s.text('m', step.DocString.MediaType)
			s.text('d', step.DocString.Content)
		}
	}
}

func (s *script) examples(examples []Examples) {
	for i := range examples {
		s.cells('H', examples[i].Header)
		for j := range examples[i].Rows {
			s.cells('R', examples[i].Rows[j].Cells)
		}
	}
}

// said is what a scenario or any of its rows says before its examples: the inherited background and its own steps.
func said(f *Feature, scenario int) script {
	s := make(script, 0, 1024)
	s.text('V', "wording 1")
	for _, background := range f.Backgrounds(scenario) {
		s.steps(background.Steps)
	}
	s.steps(f.Scenarios[scenario].Steps)
	return s
}

// WordingOf hashes what a scenario says: the steps it inherits and its own, each with keyword, text and argument, and,
// of an outline, the header and cells of every row, so that an outline with one more row says something new. Names,
// tags, comments, descriptions and layout do not count.
func WordingOf(f *Feature, scenario int) behavepro.Wording {
	s := said(f, scenario)
	s.examples(f.Scenarios[scenario].Examples)
	return sha256.Sum256(s)
}

// RowWording hashes what one row of an outline says: the steps as WordingOf, its header and its own cells. Other rows
// do not count.
func RowWording(f *Feature, scenario int, ref RowRef) behavepro.Wording {
	s := said(f, scenario)
	examples := &f.Scenarios[scenario].Examples[ref.Examples]
	s.cells('H', examples.Header)
	s.cells('R', examples.Rows[ref.Row].Cells)
	return sha256.Sum256(s)
}
