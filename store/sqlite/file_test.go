package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/store"
)

var (
	thing = &store.Kind{Name: "thing"}
	at    = store.Space{Tenant: "t", Kind: "thing"}
)

func openFile(t *testing.T, path string) *driver {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.Declare(t.Context(), []*store.Kind{thing}); err != nil {
		t.Fatal(err)
	}
	return d.(*driver)
}

func fill(t *testing.T, d *driver, from, to int) {
	t.Helper()
	var ops []store.Op
	for i := from; i < to; i++ {
		ops = append(ops, store.Op{Action: store.PutNew, At: at, Raw: store.Raw{Key: fmt.Sprintf("%06d", i), Body: make([]byte, 1000)}})
	}
	if _, err := d.Write(t.Context(), ops, store.Relaxed); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d *driver) int {
	t.Helper()
	stat, err := d.Stat(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	return int(stat.Records)
}

// TestReadersDoNotWait reads, scans and counts in the middle of a write.
func TestReadersDoNotWait(t *testing.T) {
	t.Parallel()
	d := openFile(t, filepath.Join(t.TempDir(), "store.db"))
	fill(t, d, 0, 1)
	if err := d.turns.take(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	err := d.writer.within(store.Durable, func() error {
		if _, err := d.writer.exec("DELETE FROM r_thing"); err != nil {
			return err
		}
		raws, err := d.Get(t.Context(), at, []string{"000000"})
		if err != nil || raws[0].Rev != 1 {
			t.Errorf("get: %v, %v", raws, err)
		}
		if page, err := d.Scan(t.Context(), at, store.Query{}); err != nil || len(page.Records) != 1 {
			t.Errorf("scan: %d records, %v", len(page.Records), err)
		}
		return nil
	})
	d.turns.pass()
	if err != nil {
		t.Fatal(err)
	}
	if raws, err := d.Get(t.Context(), at, []string{"000000"}); err != nil || raws[0].Rev != 0 {
		t.Errorf("afterwards: %v, %v", raws, err)
	}
	if damages, err := d.Check(t.Context()); err != nil || len(damages) != 1 || !strings.Contains(damages[0], "thing") {
		t.Errorf("counts that are wrong: %q, %v", damages, err)
	}
}

// TestCheckpoint takes the file without its log: after a checkpoint it holds everything.
func TestCheckpoint(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	d := openFile(t, path)
	for i := range 5 {
		fill(t, d, i*1000, (i+1)*1000)
		pages, err := d.log.checkpoint()
		if err != nil || pages == 0 {
			t.Fatalf("checkpoint of %d pages: %v", pages, err)
		}
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() > 4<<20 {
		t.Errorf("the log of 1 MB batches is at %d bytes, %v", info.Size(), err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	without := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(without, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := count(t, openFile(t, without)); got != 5000 {
		t.Errorf("%d records in the file alone", got)
	}
}

// TestAfterAbort sees that a transaction that fails leaves nothing and the writer usable.
func TestAfterAbort(t *testing.T) {
	t.Parallel()
	d := openFile(t, filepath.Join(t.TempDir(), "store.db"))
	err := d.writer.within(store.Relaxed, func() error {
		if _, err := d.writer.exec("INSERT INTO r_thing(id, tenant, key, rev) VALUES(1, 1, x'61', 1)"); err != nil {
			return err
		}
		return os.ErrInvalid
	})
	if err == nil {
		t.Fatal("no error")
	}
	fill(t, d, 0, 10)
	if got := count(t, d); got != 10 {
		t.Errorf("%d records", got)
	}
}
