package sync

import (
	"os"
	"testing"
	"time"

	"github.com/behavepro/behavepro/sync/gittest"
)

func TestTrial(t *testing.T) {
	dir := os.Getenv("TRIAL")
	if dir == "" {
		t.Skip()
	}
	b := newBench(t)
	r := b.add("trial", gittest.Serve(t, dir, gittest.Partial))
	start := time.Now()
	b.sync(r)
	t.Logf("first sync %v", time.Since(start))
	st, _ := b.catalog.SyncState(t.Context(), r.ID)
	t.Logf("%+v", st)
	start = time.Now()
	b.sync(r)
	t.Logf("second sync %v", time.Since(start))
}
