package cli

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

// harmful reports whether a character could change a terminal's state or the order in which text is read.
func harmful(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r):
		return true
	}
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C || r == 0x2028 || r == 0x2029
}

// CleanWriter returns a writer that lets text through to w, and nothing that controls a terminal.
func CleanWriter(w io.Writer) io.Writer { return &cleanWriter{w: w} }

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

// OneLine makes a text fit into a line of a table.
func OneLine(s string) string {
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

// Print writes a result: the one JSON document that --json asks for, else what human writes. Tabs in that separate the columns of a table.
func (s *Streams) Print(doc any, human func(w io.Writer)) error {
	if s.JSON {
		return WriteJSON(s.Out, doc)
	}
	w := CleanWriter(s.Out)
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	human(tw)
	return tw.Flush()
}

// WriteJSON writes one document. Characters that control a terminal stand in it as escapes.
func WriteJSON(w io.Writer, doc any) error {
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

// Row writes one line of a table.
func Row(w io.Writer, cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, OneLine(fmt.Sprint(c)))
	}
	fmt.Fprintln(w)
}

// Plural returns a number with its noun.
func Plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Join returns words with commas between them.
func Join[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}

// NotEmpty returns the words that are not empty.
func NotEmpty(words []string) []string {
	kept := []string{}
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return kept
}
