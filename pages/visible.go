package pages

import (
	"fmt"
	"unicode/utf8"
)

// visible replaces what a browser would not show, or would let change what it shows: control characters, marks that
// turn the direction of text, invisible characters and bytes that are no UTF-8. It works on a whole page, so that no
// text can be forgotten: templates themselves hold none of these.
func visible(page []byte) []byte {
	i := 0
	for i < len(page) {
		if page[i] >= 0x20 && page[i] < 0x7f || page[i] == '\n' || page[i] == '\t' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(page[i:])
		if shown(r, n) {
			i += n
			continue
		}
		break
	}
	if i == len(page) {
		return page
	}
	out := append(make([]byte, 0, len(page)+64), page[:i]...)
	for i < len(page) {
		r, n := utf8.DecodeRune(page[i:])
		switch {
		case shown(r, n):
			out = append(out, page[i:i+n]...)
		case r == '\r' && i+1 < len(page) && page[i+1] == '\n': // a line end of another system
		case r < 0x20:
			out = utf8.AppendRune(out, 0x2400+r)
		case r == 0x7f:
			out = utf8.AppendRune(out, '␡')
		case r == utf8.RuneError && n == 1:
			out = utf8.AppendRune(out, utf8.RuneError)
		default:
			out = fmt.Appendf(out, "⟨U+%04X⟩", r)
		}
		i += n
	}
	return out
}

// shown reports whether a character of n bytes may stand on a page.
func shown(r rune, n int) bool {
	switch {
	case r == '\n' || r == '\t':
		return true
	case r < 0x20, r >= 0x7f && r < 0xa0, r == utf8.RuneError && n == 1:
		return false
	case r == 0xad,
		r == 0x61c,
		r == 0x180e,
		r >= 0x200b && r <= 0x200f && r != 0x200c && r != 0x200d,
		r >= 0x2028 && r <= 0x202e,
		r >= 0x2060 && r <= 0x206f:
		return false // joiners (200C, 200D) belong to scripts and emoji
	case r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f:
		return false
	}
	return true
}
