package gherkin

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

// textOf decodes a blob to UTF-8 without a byte order mark. The problem is nil where nothing had to be guessed.
func textOf(blob []byte) (string, *Problem) {
	switch {
	case bytes.HasPrefix(blob, []byte{0xff, 0xfe}), looksUTF16(blob, 1):
		return fromUTF16(blob, 1)
	case bytes.HasPrefix(blob, []byte{0xfe, 0xff}), looksUTF16(blob, 0):
		return fromUTF16(blob, 0)
	case utf8.Valid(blob):
		return strings.TrimLeft(string(blob), byteOrderMark), nil
	}
	return fromSingleByte(bytes.TrimPrefix(blob, []byte(byteOrderMark)))
}

// looksUTF16 says whether nearly every high byte of the first characters is zero, as in UTF-16 text of Latin letters
// without a byte order mark. high is where the high byte of a pair stands: 1 little endian, 0 big endian.
func looksUTF16(blob []byte, high int) bool {
	head := blob[:min(len(blob), 512)&^1]
	if len(head) < 8 {
		return false
	}
	var highs, lows int
	for i := 0; i < len(head); i += 2 {
		if head[i+high] == 0 {
			highs++
		}
		if head[i+1-high] == 0 {
			lows++
		}
	}
	pairs := len(head) / 2
	return lows == 0 && highs*10 >= pairs*8
}

func fromUTF16(blob []byte, high int) (string, *Problem) {
	units := make([]uint16, len(blob)/2)
	for i := range units {
		units[i] = uint16(blob[2*i+high])<<8 | uint16(blob[2*i+1-high])
	}
	text := strings.TrimLeft(string(utf16.Decode(units)), byteOrderMark)
	if len(blob)%2 != 0 {
		return text, &Problem{Message: "the file is UTF-16 with an odd number of bytes; its last byte is not read"}
	}
	return text, nil
}

// encodingHeader is what the official parser for Java honours, in the comments before the feature.
var encodingHeader = regexp.MustCompile(`(?i)^[ \t]*#[ \t]*encoding[ \t]*:[ \t]*([0-9a-z_-]+)`)

func declaredEncoding(blob []byte) string {
	for line := range bytes.Lines(blob[:min(len(blob), 4096)]) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' {
			return ""
		}
		if m := encodingHeader.FindSubmatch(line); m != nil {
			return strings.ToLower(string(m[1]))
		}
	}
	return ""
}

func fromSingleByte(blob []byte) (string, *Problem) {
	declared := declaredEncoding(blob)
	switch declared {
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1":
		return fromTable(blob, nil), nil
	case "windows-1252", "cp1252":
		return fromTable(blob, &windows1252), nil
	}
	why := fmt.Sprintf("the file is not valid UTF-8 (first at line %d); it is read as Windows-1252", invalidLine(blob))
	if declared != "" && declared != "utf-8" && declared != "utf8" {
		why += fmt.Sprintf("; its declared encoding %s is not supported", declared)
	}
	return fromTable(blob, &windows1252), &Problem{Line: invalidLine(blob), Message: why}
}

func invalidLine(blob []byte) int {
	line := 1
	for len(blob) > 0 {
		r, n := utf8.DecodeRune(blob)
		if r == utf8.RuneError && n <= 1 {
			return line
		}
		if r == '\n' {
			line++
		}
		blob = blob[n:]
	}
	return line
}

// fromTable decodes Latin-1; table, where given, says what 0x80 to 0x9f stand for.
func fromTable(blob []byte, table *[32]rune) string {
	var b strings.Builder
	b.Grow(len(blob) + len(blob)/16)
	for _, c := range blob {
		if table != nil && c >= 0x80 && c < 0xa0 {
			b.WriteRune(table[c-0x80])
		} else {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// windows1252 is the range in which it differs from Latin-1; its five gaps keep their Latin-1 meaning.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}
