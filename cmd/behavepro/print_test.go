package main

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
		if err := writeJSON(&out, map[string]string{"k": string(text)}); err != nil {
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

// FuzzEntries: what git prints is read or refused, never worse.
func FuzzEntries(f *testing.F) {
	f.Add([]byte("100644 blob 00112233445566778899aabbccddeeff00112233\ta.feature\x00120000 blob 00112233445566778899aabbccddeeff00112233\tb.feature\x00"), 2)
	f.Add([]byte("100644 00112233445566778899aabbccddeeff00112233 0\ta b\n.feature\x00"), 1)
	f.Add([]byte("\t\x00\x00"), 1)
	f.Fuzz(func(t *testing.T, out []byte, sha int) {
		entries, err := parseEntries(out, int(uint(sha)%3))
		for _, e := range entries {
			if err == nil && !strings.HasSuffix(e.path, ".feature") {
				t.Errorf("%q is no feature file", e.path)
			}
		}
	})
}
