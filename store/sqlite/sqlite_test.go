package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/sqlite"
	"github.com/behavepro/behavepro/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Driver {
		d, err := sqlite.Open(filepath.Join(t.TempDir(), "odd name?#%.db"))
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
}
