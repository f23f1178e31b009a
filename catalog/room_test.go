package catalog_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/store"

	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/store/storetest"
)

// TestRoom is at the edge of what a tenant may store.
func TestRoom(t *testing.T) {
	t.Parallel()
	scope := storetest.NewScope(t, catalog.Kinds()...)
	c := catalog.Open(scope)
	catalogtest.New(t, c, "acme/shop", "SHOP")
	stat, err := scope.Stat(t.Context(), (*store.Kind)(nil))
	if err != nil || stat.Bytes == 0 {
		t.Fatalf("stored %+v, %v", stat, err)
	}
	now := time.Unix(1_700_000_000, 0)
	for i, most := range []int64{stat.Bytes, stat.Bytes - 1, 0} {
		c.Bound(most)
		if err := c.Measure(t.Context(), now.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
		err := c.Room()
		if want := most == stat.Bytes-1; errors.Is(err, behavepro.ErrLimit) != want || want && !strings.Contains(err.Error(), "--max-stored") {
			t.Errorf("%d bytes of %d: got %v", stat.Bytes, most, err)
		}
	}
}

// TestRoomOfAClockSetBack: a measure of the future is taken again.
func TestRoomOfAClockSetBack(t *testing.T) {
	t.Parallel()
	c := catalog.Open(storetest.NewScope(t, catalog.Kinds()...))
	c.Bound(1)
	now := time.Unix(1_700_000_000, 0)
	if err := c.Measure(t.Context(), now.Add(9000*time.Hour)); err != nil || c.Room() != nil {
		t.Fatalf("nothing is stored: %v, %v", err, c.Room())
	}
	catalogtest.New(t, c, "acme/shop", "SHOP")
	if err := c.Measure(t.Context(), now); err != nil || c.Room() == nil {
		t.Errorf("after the clock was set back: %v, %v; want no room", err, c.Room())
	}
}
