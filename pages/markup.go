package pages

import (
	"html"
	"html/template"
	"strconv"
)

// markup writes HTML. The parts of pages that come by the hundred are written by it, since html/template takes ten times as
// long; it keeps what people wrote apart in the same way: markup of ours comes as constants only, all else is escaped.
type markup struct{ b []byte }

// constant is markup of ours: a literal becomes one by itself, a text that somebody wrote does not.
type constant string

func (m *markup) put(parts ...constant) {
	for _, c := range parts {
		m.b = append(m.b, c...)
	}
}

// text writes what people wrote.
func (m *markup) text(s string) { m.b = append(m.b, html.EscapeString(s)...) }

func (m *markup) number(n int) { m.b = strconv.AppendInt(m.b, int64(n), 10) }

// attr writes an attribute with its value.
func (m *markup) attr(name constant, value string) {
	m.put(" ", name, `="`)
	m.text(value)
	m.put(`"`)
}

// element writes an element that holds a text; begin is its tag without the >.
func (m *markup) element(begin constant, text string, end constant) {
	m.put(begin, ">")
	m.text(text)
	m.put(end)
}

// html is what was written, for a template.
func (m *markup) html() template.HTML { return template.HTML(m.b) }
