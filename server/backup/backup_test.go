package backup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/objects"
)

func FuzzRead(f *testing.F) {
	db, err := os.CreateTemp(f.TempDir(), "db")
	if err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if _, err := db.WriteString("a store"); err != nil {
		f.Fatal(err)
	}
	if _, err := db.Seek(0, io.SeekStart); err != nil {
		f.Fatal(err)
	}
	beside := objects.NewFiles(f.TempDir())
	if err := beside.Put(context.Background(), "local/aa", []byte("an object")); err != nil {
		f.Fatal(err)
	}
	if err := write(context.Background(), &whole, db, beside, Info{Format: 1, Version: "v", Objects: true}); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := Read(bytes.NewReader(content), io.Discard, func(string, []byte) error { return nil })
		if err != nil && !errors.Is(err, behavepro.ErrCorrupt) && !errors.Is(err, behavepro.ErrUnsupported) {
			t.Errorf("got %v", err)
		}
	})
}
