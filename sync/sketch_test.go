package sync

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/sync/lineage"
)

// TestSketchesLetTextsGo: what a sync keeps of the files that it read, names and keys among it, holds none of their text in memory.
// It is not parallel: it looks at the memory of the whole process.
func TestSketchesLetTextsGo(t *testing.T) {
	const files, size = 32, 1 << 20
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	b := &blobs{sketches: lineage.NewSketches(), done: map[behavepro.SHA]*parsed{}}
	before := memory()
	for i := range files {
		text := fmt.Sprintf("@SHOP-%d\nFeature: f\n  Rule: r%d\n    Scenario: s%d\n", i+1, i, i) + "# " + strings.Repeat("c", size)
		p := b.note(behavepro.SHA{byte(i)}, gherkin.Parse("a.feature", []byte(text)))
		if len(p.sketch) != 1 || len(p.words) != 1 {
			t.Fatalf("file %d: %+v", i, p)
		}
	}
	if grown := int64(memory()) - int64(before); grown > files*size/8 {
		t.Errorf("%d MB are kept of %d MB of text", grown>>20, files*size>>20)
	}
	runtime.KeepAlive(b)
}
