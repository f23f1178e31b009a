package pack

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
)

// kept writes a pack and its index into files.
func kept(t testing.TB, raw, idx []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pack-x.pack")
	for name, data := range map[string][]byte{path: raw, strings.TrimSuffix(path, ".pack") + ".idx": idx} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestFileReadsWhatResolveVisits(t *testing.T) {
	t.Parallel()
	for _, kind := range [][]string{{"--delta-base-offset"}, {}, {"--depth=0"}} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			t.Parallel()
			raw := gitPack(t, kind...)
			idx, listing := index(t, raw)
			f, err := OpenFile(kept(t, raw, idx), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			want := map[behavepro.SHA][]byte{}
			p := receive(t, raw)
			for _, typ := range all {
				// One worker's buffers are used again, so the data is copied.
				if _, err := p.Resolve(t.Context(), 1<<20, func(_ int, o Object) error { return nil }, typ); err != nil {
					t.Fatal(err)
				}
			}
			for i, sha := range p.shas {
				typ, data, err := f.Read(sha)
				if err != nil || typ != p.types[i] || typ.String() != listing[sha.String()] {
					t.Fatalf("%s: a %s, want a %s: %v", sha, typ, listing[sha.String()], err)
				}
				want[sha] = bytes.Clone(data)
			}
			for sha, data := range want { // again, now from what is remembered
				if _, again, err := f.Read(sha); err != nil || !cmp.Equal(again, data) {
					t.Fatalf("%s differs when it is read again: %v", sha, err)
				}
				other := sha
				other[19] ^= 1
				if _, known := want[other]; !known && f.Has(other) {
					t.Errorf("%s is said to be in the pack", other)
				}
			}
			if _, _, err := f.Read(behavepro.SHA{1, 2, 3}); !errors.Is(err, behavepro.ErrNotFound) {
				t.Errorf("an object that is not there: %v", err)
			}
		})
	}
}

func TestFileSeesDamage(t *testing.T) {
	t.Parallel()
	raw := gitPack(t, "--delta-base-offset")
	idx, listing := index(t, raw)
	for name, damaged := range map[string][]byte{"empty": nil, "cut": idx[:len(idx)-100], "no index": bytes.Repeat([]byte{7}, 5000)} {
		if f, err := OpenFile(kept(t, raw, damaged), 1<<20); !errors.Is(err, behavepro.ErrCorrupt) {
			t.Errorf("%s index: %v", name, err)
			_ = f.Close()
		}
	}
	bad := bytes.Clone(raw)
	for i := 20; i < len(bad)-20; i += 1500 {
		bad[i] ^= 0x55
	}
	objects := packed(t, raw)
	intact, err := OpenFile(kept(t, raw, idx), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer intact.Close()
	for what, data := range map[string][]byte{"flipped bits": bad, "cut": raw[:len(raw)/3]} {
		f, err := OpenFile(kept(t, data, idx), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		// An object is damaged where its bytes changed or are gone (the last 20 are the pack's own sum), or where its base is damaged.
		damaged := func(o object) bool {
			return o.offset+o.size > len(data)-20 || !bytes.Equal(raw[o.offset:o.offset+o.size], data[o.offset:o.offset+o.size])
		}
		failed := 0
		for name, o := range objects {
			want := damaged(o)
			for base := o.base; base != "" && !want; base = objects[base].base {
				want = damaged(objects[base])
			}
			sha, _ := behavepro.ParseSHA(name)
			_, content, err := f.Read(sha)
			switch {
			case err != nil && (!want || !errors.Is(err, behavepro.ErrCorrupt) && !errors.Is(err, behavepro.ErrLimit)):
				t.Errorf("%s: %s at %d: %v", what, name, o.offset, err)
			case err == nil && want && what == "cut":
				t.Errorf("cut: %s at %d is read", name, o.offset)
			case err == nil: // a changed byte may lie in zlib's own sum: the name is what is checked
				if _, whole, err := intact.Read(sha); err != nil || !bytes.Equal(content, whole) {
					t.Errorf("%s: %s at %d has other content: %v", what, name, o.offset, err)
				}
			}
			if err != nil {
				failed++
			}
		}
		if failed == 0 || failed == len(objects) {
			t.Errorf("%s: %d of %d objects are damaged", what, failed, len(objects))
		}
	}
	f, err := OpenFile(kept(t, raw, idx), 100)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	limited := 0
	for name, typ := range listing {
		sha, _ := behavepro.ParseSHA(name)
		if _, _, err := f.Read(sha); errors.Is(err, behavepro.ErrLimit) && typ == "blob" {
			limited++
		}
	}
	if limited == 0 {
		t.Error("no blob is over a limit of 100 bytes")
	}
}

func TestFileChecks(t *testing.T) {
	t.Parallel()
	raw := gitPack(t, "--delta-base-offset")
	idx, _ := index(t, raw)
	changed := bytes.Clone(idx)
	changed[len(idx)/2] ^= 1
	otherEnd := bytes.Clone(raw)
	otherEnd[len(raw)-1] ^= 1
	for name, c := range map[string]struct {
		raw, idx    []byte
		ends, index error
	}{
		"whole":                {raw, idx, nil, nil},
		"a pack that was cut":  {raw[:len(raw)-1], idx, behavepro.ErrCorrupt, nil},
		"an empty pack":        {nil, idx, behavepro.ErrCorrupt, nil},
		"another pack":         {otherEnd, idx, behavepro.ErrCorrupt, nil},
		"a changed index":      {raw, changed, nil, behavepro.ErrCorrupt},
		"an index with a tail": {raw, append(bytes.Clone(idx), 0), behavepro.ErrCorrupt, behavepro.ErrCorrupt},
	} {
		f, err := OpenFile(kept(t, c.raw, c.idx), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.CheckEnds(); !errors.Is(err, c.ends) {
			t.Errorf("%s: its ends: got %v, want %v", name, err, c.ends)
		}
		if err := f.CheckIndex(); !errors.Is(err, c.index) {
			t.Errorf("%s: its index: got %v, want %v", name, err, c.index)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func FuzzFile(f *testing.F) {
	raw := gitPack(f, "--delta-base-offset", "--window=2")
	p := receive(f, raw)
	if _, err := p.Resolve(f.Context(), 1<<20, func(int, Object) error { return nil }, all...); err != nil {
		f.Fatal(err)
	}
	var idx bytes.Buffer
	if err := p.WriteIndex(&idx); err != nil {
		f.Fatal(err)
	}
	f.Add(raw, idx.Bytes())
	f.Fuzz(func(t *testing.T, raw, idx []byte) {
		file, err := OpenFile(kept(t, raw, idx), 1<<16)
		if err != nil {
			return
		}
		defer file.Close()
		for _, sha := range p.shas[:20] {
			_, _, _ = file.Read(sha)
		}
	})
}
