package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCleanWriter: whatever people wrote, and however it is cut, a terminal gets text only.
func FuzzCleanWriter(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[2Jcleared", "a\u009b31m", "bidi \u202eevil", "\xff\xfe", "ü\xc3", "line\nnext\ttab\rback", "\u2028"} {
		f.Add([]byte(s), 1)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		var whole, cutUp bytes.Buffer
		_, _ = (&cleanWriter{w: &whole}).Write(text)
		c := &cleanWriter{w: &cutUp}
		at := 0
		if len(text) > 0 {
			at = int(uint(cut) % uint(len(text)))
		}
		for _, part := range [][]byte{text[:at], text[at:]} {
			if n, err := c.Write(part); n != len(part) || err != nil {
				t.Fatalf("wrote %d of %d, %v", n, len(part), err)
			}
		}
		if whole.String() != cutUp.String() {
			t.Errorf("cut at %d: %q, whole: %q", at, cutUp.String(), whole.String())
		}
		if !utf8.Valid(whole.Bytes()) || strings.ContainsFunc(whole.String(), harmful) {
			t.Errorf("%q became %q", text, whole.String())
		}
		var out bytes.Buffer
		if err := WriteJSON(&out, map[string]string{"k": string(text)}); err != nil {
			t.Fatal(err)
		}
		var back map[string]string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["k"] != strings.ToValidUTF8(string(text), "\ufffd") && utf8.Valid(text) {
			t.Errorf("%q became %s, %v", text, out.Bytes(), err)
		}
		if strings.ContainsFunc(out.String(), harmful) {
			t.Errorf("%q became %q", text, out.String())
		}
	})
}
