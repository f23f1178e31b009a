package sync

import (
	"testing"
	"testing/synctest"

	"github.com/behavepro/behavepro/sync/pack"
)

// TestImportYields: while live work runs, the upper half of an import's workers waits and the lower half goes on.
func TestImportYields(t *testing.T) {
	t.Parallel()
	if pack.Workers() < 2 {
		t.Skip("one core has no upper half")
	}
	synctest.Test(t, func(t *testing.T) {
		e := &Engine{}
		last := pack.Workers() - 1
		e.yield(t.Context(), last)
		first, second := e.Live(), e.Live()
		e.yield(t.Context(), 0)
		went := false
		go func() {
			e.yield(t.Context(), last)
			went = true
		}()
		first()
		first()
		synctest.Wait()
		if went {
			t.Error("an upper worker went on beside live work")
		}
		second()
		synctest.Wait()
		if !went {
			t.Error("an upper worker still waits after the live work")
		}
	})
}
