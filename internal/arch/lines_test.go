package arch

import (
	"os"
	"strings"
	"testing"
)

// maxColumns is the longest line of production code, in bytes; a tab is one.
const maxColumns = 140

func TestLinesAreShort(t *testing.T) {
	t.Parallel()
	goFiles(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			if n++; len(strings.TrimRight(line, "\n")) > maxColumns {
				t.Errorf("%s:%d has %d columns, the most are %d", path, n, len(line)-1, maxColumns)
			}
		}
	})
}
