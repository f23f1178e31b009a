package results

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

type xmlKind int

const (
	xmlEnd xmlKind = iota
	xmlStart
	xmlDone
)

// maxAttrs bounds the attributes of one element.
const maxAttrs = 64

// xmlScanner walks through the elements of an XML text. It forgives what test runners get wrong (control characters,
// invalid UTF-8, bare ampersands), expands no entity but the five of XML, and refuses texts that declare their own.
type xmlScanner struct {
	*input
	name    string // of the element that began or ended
	attrs   []xmlAttr
	values  []byte // of attrs
	empty   bool   // the element that began ends at once
	open    []string
	names   map[string]string
	text    []byte // characters collected since the last collect
	room    int    // how many more characters are collected
	cut     bool
	scratch []byte
}

type xmlAttr struct {
	name     string
	from, to int
}

func newXMLScanner(in *input) *xmlScanner {
	return &xmlScanner{input: in, names: make(map[string]string)}
}

// collect begins to keep characters, up to limit bytes; 0 keeps none.
func (x *xmlScanner) collect(limit int) { x.text, x.room, x.cut = x.text[:0], limit, false }

func (x *xmlScanner) keep(b ...byte) {
	switch {
	case x.room >= len(b):
		x.text = append(x.text, b...)
		x.room -= len(b)
	case x.room > 0:
		x.text = append(x.text, b[:x.room]...)
		x.room, x.cut = 0, true
	case len(x.text) > 0:
		x.cut = true
	}
}

// token moves to where the next element begins or ends.
func (x *xmlScanner) token() (xmlKind, error) {
	if x.empty {
		x.empty = false
		return xmlEnd, x.close(x.name)
	}
	for {
		if !x.characters() {
			if err := x.failed(); err != nil {
				return xmlDone, err
			}
			if len(x.open) > 0 {
				return xmlDone, x.cutOff()
			}
			return xmlDone, nil
		}
		c, ok := x.peek()
		switch {
		case !ok:
			return xmlDone, x.cutOff()
		case c == '?':
			if !x.until('?', 1, false) {
				return xmlDone, x.cutOff()
			}
		case c == '!':
			x.pos++
			if err := x.declaration(); err != nil {
				return xmlDone, err
			}
		case c == '/':
			x.pos++
			name, err := x.word()
			if err != nil {
				return xmlDone, err
			}
			if !x.skipPast('>') {
				return xmlDone, x.cutOff()
			}
			return xmlEnd, x.close(name)
		default:
			return xmlStart, x.start()
		}
	}
}

// characters consumes text up to and including the next '<'; false at the end.
func (x *xmlScanner) characters() bool {
	if x.room == 0 && len(x.text) == 0 {
		return x.skipPast('<')
	}
	for {
		rest := x.buf[x.pos:x.end]
		i := bytes.IndexAny(rest, "<&")
		if i < 0 {
			x.keep(rest...)
			x.pos = x.end
			if !x.fill() {
				return false
			}
			continue
		}
		x.keep(rest[:i]...)
		x.pos += i + 1
		if rest[i] == '<' {
			return true
		}
		x.keep(x.entity()...)
	}
}

// entity reads what follows an ampersand; what is no entity of XML stays as written.
func (x *xmlScanner) entity() []byte {
	x.scratch = append(x.scratch[:0], '&')
	for len(x.scratch) < 12 {
		c, ok := x.peek()
		if !ok || c == '<' || c == '"' || c == '\'' || c <= ' ' {
			return x.scratch
		}
		x.pos++
		x.scratch = append(x.scratch, c)
		if c == ';' {
			break
		}
	}
	name := string(x.scratch[1:])
	switch name {
	case "lt;":
		return []byte{'<'}
	case "gt;":
		return []byte{'>'}
	case "amp;":
		return []byte{'&'}
	case "quot;":
		return []byte{'"'}
	case "apos;":
		return []byte{'\''}
	}
	digits, ok := strings.CutPrefix(strings.TrimSuffix(name, ";"), "#")
	if !ok {
		return x.scratch
	}
	base := 10
	if hex, ok := strings.CutPrefix(strings.ToLower(digits), "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseInt(digits, base, 32)
	if err != nil || !utf8.ValidRune(rune(n)) {
		return x.scratch
	}
	return utf8.AppendRune(x.scratch[:0], rune(n))
}

// until consumes up to and including n or more marks followed by '>', keeping what comes before if asked.
func (x *xmlScanner) until(mark byte, n int, keep bool) bool {
	for {
		rest := x.buf[x.pos:x.end]
		i := bytes.IndexByte(rest, mark)
		if i < 0 {
			i = len(rest)
		}
		if keep {
			x.keep(rest[:i]...)
		}
		x.pos += i
		run := 0
		for c, ok := x.peek(); c == mark || !ok; c, ok = x.peek() {
			if !ok {
				return false
			}
			x.pos++
			run++
		}
		if c, _ := x.peek(); run >= n && c == '>' {
			x.pos++
			run -= n
			n = 0
		}
		for ; keep && run > 0; run-- {
			x.keep(mark)
		}
		if n == 0 {
			return true
		}
	}
}

// declaration reads what follows "<!": a comment, a CDATA section or a document type.
func (x *xmlScanner) declaration() error {
	c, ok := x.peek()
	done := false
	switch {
	case !ok:
	case c == '-':
		x.pos++
		x.next()
		done = x.until('-', 2, false)
	case c == '[':
		x.pos++
		if !x.skipPast('[') {
			return x.cutOff()
		}
		done = x.until(']', 2, true)
	default:
		return x.docType()
	}
	if !done {
		return x.cutOff()
	}
	return nil
}

func (x *xmlScanner) docType() error {
	nested := 0
	for {
		c, ok := x.next()
		switch {
		case !ok:
			return x.cutOff()
		case c == '<':
			nested++
			var word [len("!ENTITY")]byte
			for i := range word {
				word[i], _ = x.peek()
				if word[i] == '>' || word[i] == '<' {
					break
				}
				x.next()
			}
			if string(word[:]) == "!ENTITY" {
				return x.bad("the file declares its own entities, which is refused,")
			}
		case c == '>' && nested == 0:
			return nil
		case c == '>':
			nested--
		}
	}
}

// word reads a name.
func (x *xmlScanner) word() (string, error) {
	x.scratch = x.scratch[:0]
	for {
		c, ok := x.peek()
		if !ok {
			return "", x.cutOff()
		}
		if c <= ' ' || c == '>' || c == '/' || c == '=' || c == '<' {
			break
		}
		if len(x.scratch) == maxKey {
			return "", x.bad("a name is too long")
		}
		x.scratch = append(x.scratch, c)
		x.pos++
	}
	if len(x.scratch) == 0 {
		return "", x.bad("a name is missing")
	}
	if name, ok := x.names[string(x.scratch)]; ok {
		return name, nil
	}
	name := string(x.scratch)
	if len(x.names) < 1000 {
		x.names[name] = name
	}
	return name, nil
}

func (x *xmlScanner) close(name string) error {
	last := len(x.open) - 1
	if last < 0 || x.open[last] != name {
		return x.bad("</%.40s> closes what it did not open", name)
	}
	x.open = x.open[:last]
	x.name = name
	return nil
}

// start reads a start tag after its '<'.
func (x *xmlScanner) start() (err error) {
	if x.name, err = x.word(); err != nil {
		return err
	}
	if len(x.open) == maxDepth {
		return x.bad("the report is nested deeper than %d levels", maxDepth)
	}
	name := x.name
	x.open = append(x.open, name)
	x.attrs, x.values = x.attrs[:0], x.values[:0]
	for {
		c, ok := x.peek()
		switch {
		case !ok:
			return x.cutOff()
		case c <= ' ':
			x.pos++
		case c == '>':
			x.pos++
			return nil
		case c == '/':
			x.pos++
			x.empty = true
			if c, _ := x.next(); c != '>' {
				return x.bad("an element is not closed well")
			}
			return nil
		default:
			if err := x.attribute(); err != nil {
				return err
			}
		}
	}
}

func (x *xmlScanner) attribute() error {
	name, err := x.word()
	if err != nil {
		return err
	}
	var quote byte
	for quote == 0 {
		c, ok := x.next()
		switch {
		case !ok:
			return x.cutOff()
		case c == '"' || c == '\'':
			quote = c
		case c > ' ' && c != '=':
			return x.bad("the value of attribute %.40s is not in quotes", name)
		}
	}
	from := len(x.values)
	for {
		c, ok := x.next()
		switch {
		case !ok:
			return x.cutOff()
		case c == quote:
			if len(x.attrs) < maxAttrs {
				x.attrs = append(x.attrs, xmlAttr{name, from, len(x.values)})
			}
			return nil
		case len(x.values)-from > maxMessage || len(x.attrs) == maxAttrs:
		case c == '&':
			x.values = append(x.values, x.entity()...)
		default:
			x.values = append(x.values, c)
		}
	}
}

// attr is the value of an attribute, "" where it is missing.
func (x *xmlScanner) attr(name string) string {
	value, _ := x.lookup(name)
	return value
}

func (x *xmlScanner) lookup(name string) (string, bool) {
	for _, a := range x.attrs {
		if a.name == name {
			b, _ := clip(x.values[a.from:a.to], maxMessage)
			return clean(b), true
		}
	}
	return "", false
}

// clean makes valid UTF-8 of what may be any bytes, and drops control characters.
func clean(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), "\ufffd"))
}
