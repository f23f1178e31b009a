package report

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

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

// long reports whether the value of an attribute was cut.
func (x *xmlScanner) long(name string) bool {
	return slices.ContainsFunc(x.attrs, func(a xmlAttr) bool { return a.name == name && a.to-a.from > maxMessage })
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
