package gherkin

import (
	"strings"

	cucumber "github.com/cucumber/gherkin/go/v28"
)

// lines hands the official parser one line after the other. Unlike the official scanner it has no limit on the length
// of a line, knows lone carriage returns, and ends early where a bound is reached.
type lines struct {
	rest    string
	number  int  // of the line handed out last, 1-based
	end     byte // what ends a line
	builder *builder
	hidden  []span // lines shown to the parser as empty ones

	afterTags bool // the line before was a tag line
	unbuilt   int  // lines handed out since the builder last got a token that may be errors
	tags      int
	cells     int
	conflict  bool // inside a merge conflict
	pool      []cucumber.Line
}

// span is a range of lines, from and to included.
type span struct{ from, to int }

func newLines(text string, b *builder, hidden []span) *lines {
	end := byte('\n')
	if !strings.Contains(text, "\n") && strings.Contains(text, "\r") {
		end = '\r'
	}
	return &lines{rest: text, end: end, builder: b, hidden: hidden}
}

// Scan is the official Scanner.
func (l *lines) Scan() (*cucumber.Line, bool, error) {
	for l.rest != "" && !l.builder.full {
		text := l.next()
		trimmed := strings.TrimLeft(text, " \t")
		if l.hides(text) {
			text, trimmed = "", ""
		}
		l.builder.indent = len(text) - len(trimmed)
		first := byte(0)
		if trimmed != "" {
			first = trimmed[0]
		}
		if !l.builder.inDoc {
			// After a tag line the parser looks ahead to the next line that says something, and keeps all lines
			// on the way. Those that say nothing are left out, so that a million of them cost nothing.
			if l.afterTags && (first == 0 || first == '#') {
				continue
			}
			if !l.admit(trimmed, first) {
				break
			}
		}
		return l.line(text, trimmed, false), false, nil
	}
	l.rest = ""
	l.number++
	return l.line("", "", true), true, nil
}

func (l *lines) next() string {
	text, rest, _ := strings.Cut(l.rest, string(l.end))
	l.rest = rest
	l.number++
	return strings.TrimRight(text, "\r")
}

func (l *lines) line(text, trimmed string, eof bool) *cucumber.Line {
	if len(l.pool) == 0 {
		l.pool = make([]cucumber.Line, 64)
	}
	line := &l.pool[0]
	l.pool = l.pool[1:]
	*line = cucumber.Line{LineText: text, LineNumber: l.number, TrimmedLineText: trimmed, AtEof: eof}
	return line
}

// admit counts what a line outside doc strings would cost and says whether it is still within the bounds.
func (l *lines) admit(trimmed string, first byte) bool {
	l.afterTags = first == '@'
	switch first {
	case 0, '#':
		return true
	case '@':
		l.tags += strings.Count(trimmed, "@")
		if l.tags > MaxTags {
			return l.builder.stop(l.number, MaxTags, "tags")
		}
		l.unbuilt-- // a tag line is no error anywhere
	case '|':
		l.cells += strings.Count(trimmed, "|")
		if l.cells > MaxCells {
			return l.builder.stop(l.number, MaxCells, "table cells")
		}
	}
	if l.builder.built {
		l.builder.built, l.unbuilt = false, 0
	}
	l.unbuilt++
	if l.builder.errors+l.unbuilt > MaxErrors {
		return l.builder.stop(l.number, MaxErrors, "lines that are not Gherkin")
	}
	return true
}

// hides says whether the parser gets an empty line in place of this one: it is cut out, or a merge conflict marker.
func (l *lines) hides(text string) bool {
	for _, s := range l.hidden {
		if s.from <= l.number && l.number <= s.to {
			return true
		}
	}
	if text == "" || (text[0] != '<' && text[0] != '=' && text[0] != '>' && text[0] != '|') {
		return false
	}
	if l.builder.inDoc && l.builder.docIndent == 0 {
		return false // text of a doc string that is not indented: nobody knows
	}
	switch {
	case strings.HasPrefix(text, "<<<<<<< "):
		l.conflict = true
	case strings.HasPrefix(text, ">>>>>>> "):
		l.conflict = false
	case l.conflict && (text == "=======" || strings.HasPrefix(text, "||||||| ") || text == "|||||||"):
		return true
	default:
		return false
	}
	l.builder.conflicts = append(l.builder.conflicts, Problem{Line: l.number, Message: "merge conflict marker " + quote(text)})
	return true
}
