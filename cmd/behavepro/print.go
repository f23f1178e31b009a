package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"
)

// harmful tells whether a character could change a terminal's state or the order in which text is read.
func harmful(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r):
		return true
	}
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C || r == 0x2028 || r == 0x2029
}

// cleanWriter lets text through, and nothing that controls a terminal.
type cleanWriter struct {
	w    io.Writer
	rest []byte // the beginning of a character that was cut
}

func (c *cleanWriter) Write(p []byte) (int, error) {
	text := append(c.rest, p...)
	out := make([]byte, 0, len(text))
	c.rest = nil
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 && !utf8.FullRune(text) {
			c.rest = bytes.Clone(text)
			break
		}
		if r == utf8.RuneError && size == 1 {
			out = append(out, '?')
		} else if !harmful(r) {
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	_, err := c.w.Write(out)
	return len(p), err
}

// oneLine makes a text fit into a line of a table.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case harmful(r):
			return -1
		}
		return r
	}, s)
}

// print writes a result: the one JSON document that --json asks for, else what human writes.
func (f *factory) print(doc any, human func(w io.Writer)) error {
	if f.json {
		return writeJSON(f.out, doc)
	}
	w := &cleanWriter{w: f.out}
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	human(tw)
	return tw.Flush()
}

// writeJSON writes one document. Characters that control a terminal stand in it as escapes.
func writeJSON(w io.Writer, doc any) error {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	var out bytes.Buffer
	out.Grow(buf.Len())
	for _, r := range buf.String() {
		if harmful(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// row writes one line of a table.
func row(w io.Writer, cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, oneLine(fmt.Sprint(c)))
	}
	fmt.Fprintln(w)
}

// note tells the person something that is no result.
func (f *factory) note(format string, args ...any) { fmt.Fprintf(f.err, format+"\n", args...) }

func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}
