package objects_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/objects"
)

func TestFilesKeepObjects(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	f := objects.NewFiles(filepath.Join(dir, "objects"))
	names := func(below string) (all []string) {
		t.Helper()
		if err := f.Each(ctx, below, func(name string, size int64) error {
			all = append(all, fmt.Sprint(name, " ", size))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := names(""); got != nil {
		t.Errorf("before the first: %v", got)
	}
	for name, body := range map[string]string{"local/shop/aa": "one", "local/shop/bb": "three", "local/web/aa": "x", "t-1/shop/aa": ""} {
		if err := f.Put(ctx, name, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Put(ctx, "local/shop/aa", []byte("two")); err != nil {
		t.Fatal(err)
	}
	if body, err := f.Get(ctx, "local/shop/aa"); err != nil || !bytes.Equal(body, []byte("two")) {
		t.Errorf("got %q, %v, want two", body, err)
	}
	if got, want := names("local"), []string{"local/shop/aa 3", "local/shop/bb 5", "local/web/aa 1"}; !slices.Equal(got, want) {
		t.Errorf("below local: got %v, want %v", got, want)
	}
	for _, gone := range []string{"local/web/aa", "local/shop", "local/none"} {
		if err := f.Drop(ctx, gone); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := names(""), []string{"t-1/shop/aa 0"}; !slices.Equal(got, want) {
		t.Errorf("after the drops: got %v, want %v", got, want)
	}
	if _, err := f.Get(ctx, "local/shop/aa"); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestNamesLeadNowhereElse(t *testing.T) {
	t.Parallel()
	f := objects.NewFiles(t.TempDir())
	for _, name := range []string{"", "/", "..", "a/../b", "../a", "/etc/passwd", "a//b", "a/", "A", ".new-x", "a\x00b", `a\b`} {
		if err := f.Put(context.Background(), name, nil); !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("put %q: got %v, want ErrInvalid", name, err)
		}
		if err := f.Drop(context.Background(), name); !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("drop %q: got %v, want ErrInvalid", name, err)
		}
	}
}

func TestForgetRemovesWhatIsUnfinished(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := objects.NewFiles(dir)
	if err := f.Put(context.Background(), "a/b", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, "a", ".new-X")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Forget(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there", left)
	}
	if _, err := f.Get(context.Background(), "a/b"); err != nil {
		t.Error(err)
	}
	if err := objects.NewFiles(filepath.Join(dir, "none")).Forget(); err != nil {
		t.Error(err)
	}
}
