package checkout

import (
	"strings"
	"testing"
)

// FuzzEntries: what git prints is read or refused, never worse.
func FuzzEntries(f *testing.F) {
	f.Add([]byte("100644 blob 00112233445566778899aabbccddeeff00112233\ta.feature\x00120000 blob 00112233445566778899aabbccddeeff00112233\tb.feature\x00"), 2)
	f.Add([]byte("100644 00112233445566778899aabbccddeeff00112233 0\ta b\n.feature\x00"), 1)
	f.Add([]byte("\t\x00\x00"), 1)
	f.Fuzz(func(t *testing.T, out []byte, sha int) {
		entries, err := parseEntries(out, int(uint(sha)%3))
		for _, e := range entries {
			if err == nil && !strings.HasSuffix(e.Path, ".feature") {
				t.Errorf("%q is no feature file", e.Path)
			}
		}
	})
}
