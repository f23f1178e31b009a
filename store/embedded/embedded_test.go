package embedded_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
)

var note = &store.Kind{
	Name: "note", Key: []store.Field{{Name: "name"}}, Body: "text", Class: store.ClassAuthored, Purpose: "test", Retention: "test",
}

func open(t *testing.T, dir string, o embedded.Options) (*store.Store, error) {
	t.Helper()
	return embedded.OpenDir(t.Context(), dir, []*store.Kind{note}, o)
}

// filled makes a closed data folder with one record.
func filled(t *testing.T, o embedded.Options) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	s, err := open(t, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateTenant(t.Context(), "t"); err != nil {
		t.Fatal(err)
	}
	scope, err := s.Tenant(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	change := store.Change{Action: store.PutNew, Kind: note, Record: store.Record{Key: store.Key{"n"}, Body: []byte("text")}}
	if _, err := scope.Write(t.Context(), store.Durable, change); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReopen(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]embedded.Options{"": {}, "key elsewhere": {KeyFile: filepath.Join(t.TempDir(), "sub", "key")}} {
		dir := filled(t, o)
		s, err := open(t, dir, o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		scope, err := s.Tenant(t.Context(), "t")
		if err != nil {
			t.Fatal(err)
		}
		records, err := scope.Get(t.Context(), note, store.Key{"n"})
		if err != nil || string(records[0].Body) != "text" {
			t.Errorf("%s: got %v, %v", name, records, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		err = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %s is open to others (%v)", name, path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	other, err := os.ReadFile(embedded.KeyFile(filled(t, embedded.Options{})))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(dir, key string) error
		want  error
		says  []string
	}{
		{"key is gone", func(_, key string) error { return os.Remove(key) }, behavepro.ErrNotFound, []string{"is missing", "--key"}},
		{"wrong key", func(_, key string) error { return os.WriteFile(key, other, 0o600) }, behavepro.ErrCorrupt, []string{"does not open this data"}},
		{"no key", func(_, key string) error { return os.WriteFile(key, []byte("?"), 0o600) }, behavepro.ErrCorrupt, []string{"is not a key file"}},
		{"key for all", func(_, key string) error { return os.Chmod(key, 0o644) }, behavepro.ErrForbidden, []string{"chmod 600"}},
		{"newer format", func(dir, _ string) error {
			return os.WriteFile(filepath.Join(dir, "format"), []byte("99\n"), 0o600)
		}, behavepro.ErrUnsupported, []string{"newer version", "99"}},
		{"no database", func(dir, _ string) error {
			return os.WriteFile(filepath.Join(dir, "store.db"), []byte(strings.Repeat("not a database ", 100)), 0o600)
		}, behavepro.ErrCorrupt, []string{"damaged"}},
	} {
		dir := filled(t, embedded.Options{})
		key := embedded.KeyFile(dir)
		if err := c.spoil(dir, key); err != nil {
			t.Fatal(err)
		}
		for range 2 { // refused, and refused again: nothing was created, the lock was given back
			s, err := open(t, dir, embedded.Options{})
			if err == nil {
				_ = s.Close()
			}
			if !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, err, c.want)
				continue
			}
			for _, say := range c.says {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("%s: %q does not say %q", c.name, err, say)
				}
			}
		}
	}
}

func TestOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := open(t, dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(t, dir, embedded.Options{})
	if want := fmt.Sprintf("(pid %d) is using %s", os.Getpid(), dir); !errors.Is(err, behavepro.ErrConflict) || !strings.Contains(err.Error(), want) {
		t.Errorf("second: got %v, want %q", err, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = open(t, dir, embedded.Options{}); err != nil {
		t.Fatalf("after closing: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
