package gherkin

import (
	"crypto/sha256"
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"github.com/behavepro/behavepro"
)

// BodyOf hashes what a scenario itself consists of: its own steps with their arguments and its Examples. Background,
// names, tags and layout do not count, so that a scenario that was renamed or moved has the body it had.
func BodyOf(f *Feature, scenario int) behavepro.Hash {
	s := make(script, 0, 1024)
	s.text('V', "body 1")
	s.steps(f.Scenarios[scenario].Steps)
	s.examples(f.Scenarios[scenario].Examples)
	return sha256.Sum256(s)
}

// StepLines gives a hash per step of a scenario, in order, for finding similar scenarios. Keyword and argument do not
// count, nor do upper and lower case, runs of white space, quoted texts, numbers and <parameters>.
func StepLines(s *Scenario) []uint64 {
	lines := make([]uint64, len(s.Steps))
	for i := range s.Steps {
		lines[i] = stepLine(s.Steps[i].Text)
	}
	return lines
}

// stepLine is the FNV-1a hash of a normalised step text.
func stepLine(text string) uint64 {
	const prime = 1099511628211
	hash := uint64(14695981039346656037)
	add := func(r rune) {
		var buf [utf8.UTFMax]byte
		for _, c := range buf[:utf8.EncodeRune(buf[:], r)] {
			hash = (hash ^ uint64(c)) * prime
		}
	}
	space := false
	for len(text) > 0 {
		if n := parameter(text); n > 0 {
			text = text[n:]
			add(0)
			space = false
			continue
		}
		r, n := utf8.DecodeRuneInString(text)
		text = text[n:]
		if unicode.IsSpace(r) {
			if !space {
				add(' ')
			}
			space = true
			continue
		}
		space = false
		add(unicode.ToLower(r))
	}
	return hash
}

// parameter returns the length of the quoted text, <parameter> or number that text begins with, 0 where none does.
func parameter(text string) int {
	var end byte
	switch c := text[0]; {
	case c == '"' || c == '\'':
		end = c
	case c == '<':
		end = '>'
	case '0' <= c && c <= '9':
		n := 1
		for n < len(text) && (text[n] >= '0' && text[n] <= '9' || text[n] == '.' && n+1 < len(text) && text[n+1] >= '0' && text[n+1] <= '9') {
			n++
		}
		return n
	default:
		return 0
	}
	for n := 1; n < len(text); n++ {
		if text[n] == end {
			return n + 1
		}
	}
	return 0
}

// RowIdentity names an example row under its outline by its content: header, cells, and how many equal rows of that
// outline stand before it.
func RowIdentity(header, cells []string, nth int) behavepro.RowID {
	s := make(script, 0, 256)
	s.text('V', "row 1")
	s.cells('H', header)
	s.cells('R', cells)
	s = binary.AppendUvarint(s, uint64(nth))
	return sha256.Sum256(s)
}
