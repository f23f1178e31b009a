package report

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a text of at most limit bytes, saying whether it was cut. A number or other literal is returned as written;
// null and nested values give "".
func (s *jsonScanner) str(limit int) (text string, cut bool, err error) {
	b, cut, err := s.bytes(limit)
	return string(b), cut, err
}

// word reads a short text that repeats in the report; equal words share their memory.
func (s *jsonScanner) word() (string, error) {
	b, _, err := s.bytes(maxName)
	if err != nil || len(b) == 0 {
		return "", err
	}
	if w, ok := s.words[string(b)]; ok {
		return w, nil
	}
	w := string(b)
	if len(s.words) < 4096 {
		s.words[w] = w
	}
	return w, nil
}

// number reads a number, also one in quotes; anything else is 0.
func (s *jsonScanner) number() (float64, error) {
	b, _, err := s.bytes(64)
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f != f {
		return 0, nil // what is no number is no reason to lose its result
	}
	return f, nil
}

// whole reads a whole number from 0 to a billion; anything else is 0.
func (s *jsonScanner) whole() (int, error) {
	f, err := s.number()
	if err != nil || f < 0 || f > 1e9 {
		return 0, err
	}
	return int(f), nil
}

// truth reads true; anything else is false.
func (s *jsonScanner) truth() (bool, error) {
	b, _, err := s.bytes(8)
	return string(b) == "true", err
}

func (s *jsonScanner) bytes(limit int) ([]byte, bool, error) {
	c, ok := s.value()
	switch {
	case !ok:
		return nil, false, s.cutOff()
	case c == '"':
		return s.text(limit)
	case c == '{' || c == '[':
		return nil, false, s.skip()
	}
	b, err := s.literal()
	if err != nil || string(b) == "null" {
		return nil, false, err
	}
	return b, false, nil
}

// text reads the string that comes next, up to limit bytes of it.
func (s *jsonScanner) text(limit int) (b []byte, cut bool, err error) {
	s.pos++ // the opening quote
	rest := s.buf[s.pos:s.end]
	if quote := bytes.IndexByte(rest, '"'); quote >= 0 && bytes.IndexByte(rest[:quote], '\\') < 0 {
		s.pos += quote + 1
		b, cut = clip(rest[:quote], limit)
		return b, cut, nil
	}
	return s.slowText(limit)
}

// slowText reads a string that has escapes or crosses the window.
func (s *jsonScanner) slowText(limit int) ([]byte, bool, error) {
	s.scratch = s.scratch[:0]
	for {
		if len(s.scratch) > limit {
			b, _ := clip(s.scratch, limit)
			return b, true, s.skipText()
		}
		rest := s.buf[s.pos:s.end]
		i := 0
		for i < len(rest) && rest[i] != '"' && rest[i] != '\\' {
			i++
		}
		s.scratch = append(s.scratch, rest[:i]...)
		s.pos += i
		c, ok := s.next()
		switch {
		case !ok:
			return nil, false, s.cutOff()
		case c == '"':
			b, cut := clip(s.scratch, limit)
			return b, cut, nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return nil, false, err
			}
		default: // the first byte of the next window
			s.scratch = append(s.scratch, c)
		}
	}
}

// escape reads what follows a backslash into scratch.
func (s *jsonScanner) escape() error {
	c, ok := s.next()
	if !ok {
		return s.cutOff()
	}
	switch c {
	case 'n':
		c = '\n'
	case 't':
		c = '\t'
	case 'r':
		c = '\r'
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'u':
		return s.unicode()
	}
	s.scratch = append(s.scratch, c)
	return nil
}

// unicode reads the four digits of a \u escape, and those of the low half of a pair.
func (s *jsonScanner) unicode() error {
	r, err := s.hex4()
	if err != nil {
		return err
	}
	for utf16.IsSurrogate(r) {
		if c, ok := s.peek(); !ok || c != '\\' {
			r = utf8.RuneError
			break
		}
		s.pos++
		if c, ok := s.peek(); !ok || c != 'u' {
			s.scratch = utf8.AppendRune(s.scratch, utf8.RuneError)
			return s.escape()
		}
		s.pos++
		low, err := s.hex4()
		if err != nil {
			return err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			r = pair
			break
		}
		s.scratch = utf8.AppendRune(s.scratch, utf8.RuneError)
		r = low
	}
	s.scratch = utf8.AppendRune(s.scratch, r)
	return nil
}

func (s *jsonScanner) hex4() (rune, error) {
	var r rune
	for range 4 {
		c, ok := s.next()
		if !ok {
			return 0, s.cutOff()
		}
		d, err := strconv.ParseUint(string(c), 16, 8)
		if err != nil {
			return 0, s.bad("%q is not a hexadecimal digit", c)
		}
		r = r<<4 | rune(d)
	}
	return r, nil
}

// clip cuts b to limit bytes at a whole character.
func clip(b []byte, limit int) ([]byte, bool) {
	if len(b) <= limit {
		return b, false
	}
	b = b[:limit]
	for range utf8.UTFMax {
		if r, n := utf8.DecodeLastRune(b); r != utf8.RuneError || n != 1 {
			break
		}
		b = b[:len(b)-1]
	}
	return b, true
}
