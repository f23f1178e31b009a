package report

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

var utf8BOM = []byte("\xef\xbb\xbf")

// decode removes a byte order mark and puts a report in UTF-16, or in XML that says it is Latin-1, into UTF-8. It is
// called before anything is consumed.
func (in *input) decode() {
	head := in.head(100)
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(head, utf8BOM):
		in.pos += len(utf8BOM)
		return
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		order, in.pos = binary.LittleEndian, in.pos+2
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		order, in.pos = binary.BigEndian, in.pos+2
	case bytes.HasPrefix(head, []byte{'<', 0}), bytes.HasPrefix(head, []byte{'[', 0}), bytes.HasPrefix(head, []byte{'{', 0}):
		order = binary.LittleEndian
	case bytes.HasPrefix(head, []byte{0, '<'}), bytes.HasPrefix(head, []byte{0, '['}), bytes.HasPrefix(head, []byte{0, '{'}):
		order = binary.BigEndian
	case isLatin1(head):
	default:
		return
	}
	raw := &input{r: in.r, buf: bytes.Clone(in.buf), pos: in.pos, end: in.end, err: in.err}
	*in = input{r: &wideReader{in: raw, order: order}, buf: in.buf}
}

func isLatin1(head []byte) bool {
	head = bytes.ToLower(head)
	if end := bytes.Index(head, []byte("?>")); end >= 0 && bytes.HasPrefix(head, []byte("<?xml")) {
		head = head[:end]
		return bytes.Contains(head, []byte("iso-8859-1")) || bytes.Contains(head, []byte("windows-1252"))
	}
	return false
}

// wideReader gives UTF-8 for UTF-16, or for Latin-1 where order is nil; what is no character becomes U+FFFD.
type wideReader struct {
	in    *input
	order binary.ByteOrder
	high  rune // a high surrogate that waits for its other half
}

func (u *wideReader) Read(p []byte) (int, error) {
	out := p[:0]
	for len(p)-len(out) >= 2*utf8.UTFMax {
		unit, ok := u.unit()
		if !ok {
			if u.high != 0 {
				out = utf8.AppendRune(out, utf8.RuneError)
				u.high = 0
			}
			if len(out) > 0 {
				return len(out), nil
			}
			if err := u.in.failed(); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		out = u.append(out, unit)
	}
	return len(out), nil
}

func (u *wideReader) append(out []byte, unit rune) []byte {
	if u.high != 0 {
		pair := utf16.DecodeRune(u.high, unit)
		u.high = 0
		if pair != utf8.RuneError {
			return utf8.AppendRune(out, pair)
		}
		out = utf8.AppendRune(out, utf8.RuneError)
	}
	if utf16.IsSurrogate(unit) {
		if unit < 0xdc00 {
			u.high = unit
			return out
		}
		unit = utf8.RuneError
	}
	return utf8.AppendRune(out, unit)
}

func (u *wideReader) unit() (rune, bool) {
	a, ok := u.in.next()
	if !ok {
		return 0, false
	}
	if u.order == nil {
		return rune(a), true
	}
	b, ok := u.in.next()
	if !ok {
		return 0, false
	}
	return rune(u.order.Uint16([]byte{a, b})), true
}
