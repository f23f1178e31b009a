package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

func TestVerifyTellsWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	kind := &store.Kind{
		Name: "note", Key: []store.Field{{Name: "name", Guard: store.Plain, Why: "test"}}, Body: "text", Class: store.ClassAuthored, Purpose: "test", Retention: "test",
	}
	scope := storetest.NewScope(t, kind)
	for i := range 200 { // several pages
		change := store.Change{Action: store.PutNew, Kind: kind, Record: store.Record{Key: store.Key{fmt.Sprint(i)}, Body: []byte("text")}}
		if _, err := scope.Write(t.Context(), store.Relaxed, change); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.MoveBody(scope, kind, store.Key{"7"}, store.Key{"moved"}); err != nil { // sealed for another key
		t.Fatal(err)
	}
	bad := map[string]error{}
	n, err := scope.Verify(t.Context(), kind, func(key string, err error) { bad[key] = err })
	if err != nil || n != 201 {
		t.Errorf("got %d records, %v, want 201", n, err)
	}
	if len(bad) != 1 || !errors.Is(bad[`["moved"]`], behavepro.ErrCorrupt) {
		t.Errorf("got %v, want the moved one", bad)
	}
}
