package catalog

import (
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

// TestRemovedBesideASweep: a repository that is removed while it is swept stays removed, and is swept whole in its time.
func TestRemovedBesideASweep(t *testing.T) {
	t.Parallel()
	c := Open(storetest.NewScope(t, Kinds()...))
	key, now := store.Key{"id"}, time.Unix(1_800_000_000, 0)
	today := DayOf(now)
	if _, _, err := c.startSweep(t.Context(), key, today); err != nil {
		t.Fatal(err)
	}
	removed := false
	err := c.noteSweep(t.Context(), store.Durable, key, func(n *sweepNote) {
		n.Trees = []behavepro.Hash{{1}}
		if removed {
			return
		}
		removed = true // between the sweep's reading of its note and the writing
		if err := c.RemoveRepository(t.Context(), "id", now); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	note, due, err := c.startSweep(t.Context(), key, today+1)
	if err != nil || !due || note.Removed != today || len(note.Trees) != 1 {
		t.Errorf("the note is %+v, due %v: %v", note, due, err)
	}
}
