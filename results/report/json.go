package report

import "bytes"

// maxDepth bounds the nesting of a report.
const maxDepth = 512

// maxKey bounds the key of an object; no key that we read is near it.
const maxKey = 256

// jsonScanner pulls values out of a JSON text without building it. Values that nobody asks for are skipped without an
// allocation. Byte slices that it hands out are valid until the next call.
type jsonScanner struct {
	*input
	depth   int
	key     []byte
	scratch []byte
	words   map[string]string // short texts that repeat: statuses, keywords, URIs
}

func newJSONScanner(in *input) *jsonScanner {
	return &jsonScanner{input: in, words: make(map[string]string)}
}

// value skips white space and shows the first byte of what follows; false at the end.
func (s *jsonScanner) value() (byte, bool) {
	for {
		for s.pos < s.end {
			switch c := s.buf[s.pos]; c {
			case ' ', '\t', '\r', '\n':
				s.pos++
			default:
				return c, true
			}
		}
		if !s.fill() {
			return 0, false
		}
	}
}

// object calls field for every key of the object that comes next; field must consume its value and may use key only
// before that. Anything else than an object is skipped.
func (s *jsonScanner) object(field func(key []byte) error) error {
	return s.each('{', '}', func() error {
		if c, ok := s.value(); !ok {
			return s.cutOff()
		} else if c != '"' {
			return s.bad("a key was expected, not %q", c)
		}
		key, _, err := s.text(maxKey)
		if err != nil {
			return err
		}
		s.key = append(s.key[:0], key...)
		if c, ok := s.value(); !ok {
			return s.cutOff()
		} else if c != ':' {
			return s.bad("a colon was expected, not %q", c)
		}
		s.pos++
		return field(s.key)
	})
}

// array calls item for every element of the array that comes next; item must consume it. Anything else is skipped.
func (s *jsonScanner) array(item func() error) error { return s.each('[', ']', item) }

func (s *jsonScanner) each(open, end byte, item func() error) error {
	if c, ok := s.value(); !ok {
		return s.cutOff()
	} else if c != open {
		return s.skip()
	}
	if s.depth++; s.depth > maxDepth {
		return s.bad("the report is nested deeper than %d levels", maxDepth)
	}
	s.pos++
	for first := true; ; first = false {
		c, ok := s.value()
		switch {
		case !ok:
			return s.cutOff()
		case c == end:
			s.pos++
			s.depth--
			return nil
		case !first && c != ',':
			return s.bad("a comma was expected, not %q", c)
		case !first:
			s.pos++
			if c, ok = s.value(); ok && c == end { // a trailing comma, as killed writers leave it
				continue
			}
		}
		if err := item(); err != nil {
			return err
		}
	}
}

// skip consumes the next value, whatever it is.
func (s *jsonScanner) skip() error {
	c, ok := s.value()
	if !ok {
		return s.cutOff()
	}
	switch c {
	case '{', '[':
		return s.skipNested()
	case '"':
		s.pos++
		return s.skipText()
	default:
		_, err := s.literal()
		return err
	}
}

// skipNested consumes an object or array by counting its brackets.
func (s *jsonScanner) skipNested() error {
	var open [maxDepth/64 + 1]uint64 // a bit per level: 1 for an object
	level := 0
	for {
		for s.pos < s.end {
			c := s.buf[s.pos]
			s.pos++
			switch c {
			case '"':
				if err := s.skipText(); err != nil {
					return err
				}
			case '{', '[':
				if s.depth+level >= maxDepth {
					return s.bad("the report is nested deeper than %d levels", maxDepth)
				}
				bit := uint64(1) << (level % 64)
				open[level/64] &^= bit
				if c == '{' {
					open[level/64] |= bit
				}
				level++
			case '}', ']':
				level--
				if isObject := open[level/64]>>(level%64)&1 == 1; isObject != (c == '}') {
					return s.bad("%q closes what it did not open", c)
				}
				if level == 0 {
					return nil
				}
			}
		}
		if !s.fill() {
			return s.cutOff()
		}
	}
}

// skipText consumes the rest of a string whose opening quote is consumed.
func (s *jsonScanner) skipText() error {
	for {
		rest := s.buf[s.pos:s.end]
		quote := bytes.IndexByte(rest, '"')
		if quote < 0 {
			quote = len(rest)
		}
		escape := bytes.IndexByte(rest[:quote], '\\')
		switch {
		case escape >= 0:
			s.pos += escape + 1
			if _, ok := s.next(); !ok {
				return s.cutOff()
			}
		case quote < len(rest):
			s.pos += quote + 1
			return nil
		default:
			s.pos = s.end
			if !s.fill() {
				return s.cutOff()
			}
		}
	}
}

// literal consumes a number, true, false or null and returns its bytes; none where it is absurdly long.
func (s *jsonScanner) literal() ([]byte, error) {
	const longest = 64
	s.scratch = s.scratch[:0]
	for {
		c, ok := s.peek()
		if ok && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.') {
			if len(s.scratch) <= longest {
				s.scratch = append(s.scratch, c)
			}
			s.pos++
			continue
		}
		switch len(s.scratch) {
		case 0:
			return nil, s.bad("%q is not JSON", c)
		case longest + 1:
			return nil, nil
		}
		return s.scratch, nil
	}
}
