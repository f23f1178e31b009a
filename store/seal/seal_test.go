package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/seal"
)

func newKeys(t *testing.T, owner string) *seal.Keys {
	t.Helper()
	k, err := seal.New(owner)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keyFile(t *testing.T) *seal.File {
	t.Helper()
	f, err := seal.CreateFile(filepath.Join(t.TempDir(), "keys", "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	k := newKeys(t, "t")
	for _, plain := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("x"), 1<<20)} {
		sealed, err := k.Seal([]byte("here"), plain)
		if err != nil || len(sealed) != len(plain)+seal.Overhead {
			t.Fatalf("sealed %d bytes as %d: %v", len(plain), len(sealed), err)
		}
		if got, err := k.Open([]byte("here"), sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("opened %d bytes, %v", len(got), err)
		}
		if _, err := k.Open([]byte("there"), sealed); !errors.Is(err, behavepro.ErrCorrupt) {
			t.Errorf("elsewhere: got %v", err)
		}
		sealed[len(sealed)-1] ^= 1
		if _, err := k.Open([]byte("here"), sealed); !errors.Is(err, behavepro.ErrCorrupt) {
			t.Errorf("changed: got %v", err)
		}
		if _, err := newKeys(t, "t").Open([]byte("here"), sealed); !errors.Is(err, behavepro.ErrCorrupt) {
			t.Errorf("other keys: got %v", err)
		}
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	k := newKeys(t, "t")
	hash := func(k *seal.Keys, value string, field ...string) string {
		t.Helper()
		sum, err := k.Hash(field, value)
		if err != nil || len(sum) != seal.HashSize {
			t.Fatalf("%d bytes, %v", len(sum), err)
		}
		return string(sum)
	}
	rotated, err := k.Rotated()
	if err != nil {
		t.Fatal(err)
	}
	if hash(k, "v", "a", "b") != hash(rotated, "v", "a", "b") {
		t.Error("rotation changed a hash")
	}
	seen := map[string]string{}
	for name, sum := range map[string]string{
		"it": hash(k, "v", "a", "b"), "other value": hash(k, "w", "a", "b"), "other field": hash(k, "v", "a", "c"),
		"words run together": hash(k, "v", "ab"), "value in the field": hash(k, "", "a", "b", "v"), "other owner": hash(newKeys(t, "t"), "v", "a", "b"),
	} {
		if same, ok := seen[sum]; ok {
			t.Errorf("%s and %s have one hash", name, same)
		}
		seen[sum] = name
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	file, k := keyFile(t), newKeys(t, "t")
	before, err := k.Seal(nil, []byte("old"))
	if err != nil {
		t.Fatal(err)
	}
	if k, err = k.Rotated(); err != nil {
		t.Fatal(err)
	}
	after, err := k.Seal(nil, []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := k.Wrap(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.OpenFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	back, err := seal.Open(ctx, again, "t", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	for want, sealed := range map[string][]byte{"old": before, "new": after} {
		if got, err := back.Open(nil, sealed); err != nil || string(got) != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	_, err = seal.Open(ctx, keyFile(t), "t", wrapped)
	if !errors.Is(err, behavepro.ErrCorrupt) || !strings.Contains(err.Error(), "does not open this data") {
		t.Errorf("other key file: got %v", err)
	}
	if _, err := seal.Open(ctx, file, "u", wrapped); !errors.Is(err, behavepro.ErrCorrupt) {
		t.Errorf("as another owner's: got %v", err)
	}
	if _, err := seal.Open(ctx, file, "t", seal.Wrapped{AEAD: wrapped.PRF, PRF: wrapped.AEAD}); !errors.Is(err, behavepro.ErrCorrupt) {
		t.Errorf("swapped: got %v", err)
	}
}

func TestCreateFileKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	file := keyFile(t)
	before, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.CreateFile(file.Name()); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(file.Name())
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the key was replaced, %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file.Name()), ".key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	k, file := newKeys(t, "t"), keyFile(t)
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.TrimSpace(strings.SplitN(string(text), ":", 2)[1])
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", k, "file", file)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, k); got != "[hidden]" {
			t.Errorf("%s prints %s", verb, got)
		}
		if got := fmt.Sprintf(verb, file); got != file.Name() {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if strings.Contains(log.String(), secret) || !strings.Contains(log.String(), "[hidden]") {
		t.Errorf("logged %s", log.String())
	}
}

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte("behavepro-key-1:AAAA"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.OpenFile(path); err != nil && !errors.Is(err, behavepro.ErrCorrupt) {
			t.Errorf("got %v", err)
		}
	})
}
