package pack

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/internal/testenv"
)

// gitPack makes a repository with a history and returns all of it as one pack, made by git itself.
func gitPack(t testing.TB, packArgs ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	run := func(stdin string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), testenv.Git()...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return out
	}
	run("", "init", "-q", "-b", "main")
	var stream strings.Builder
	for i := range 40 {
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter a <a@example.com> %d +0000\ndata <<end\n%d\nend\n", 1_700_000_000+i, i)
		var text strings.Builder
		for line := range 200 {
			fmt.Fprintf(&text, "line %d of version %d\n", line, i*(line%7))
		}
		for name, content := range map[string]string{"same.txt": text.String(), fmt.Sprintf("f%d.txt", i): text.String() + "tail"} {
			fmt.Fprintf(&stream, "M 100644 inline d%d/%s\ndata %d\n%s\n", i%5, name, len(content), content)
		}
	}
	run(stream.String(), "fast-import", "--quiet")
	run("", "tag", "-am", "annotated", "v1")
	objects := run("", "rev-list", "--objects", "--all")
	args := append([]string{"pack-objects", "--stdout", "-q"}, packArgs...)
	return run(string(objects), args...)
}

func receive(t testing.TB, raw []byte) *Pack {
	t.Helper()
	p, err := Receive(t.Context(), bytes.NewReader(raw), &Memory{}, 1<<30, 1<<20, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var all = []Type{Commit, Tree, Blob, Tag}

// index lets git index a pack, and returns the index and what the pack holds.
func index(t *testing.T, raw []byte) (idx []byte, listing map[string]string) {
	t.Helper()
	path := verified(t, raw)
	idx, err := os.ReadFile(strings.TrimSuffix(path, ".pack") + ".idx")
	if err != nil {
		t.Fatal(err)
	}
	listing = map[string]string{}
	for name, o := range packed(t, raw) {
		listing[name] = o.typ
	}
	return idx, listing
}

// verified writes a pack into a file and has git index it.
func verified(t *testing.T, raw []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.pack")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("git", "index-pack", path).CombinedOutput(); err != nil {
		t.Fatalf("git index-pack: %v\n%s", err, out)
	}
	return path
}

// object is a line of git verify-pack -v.
type object struct {
	typ          string
	size, offset int // bytes in the pack
	base         string
}

func packed(t *testing.T, raw []byte) map[string]object {
	t.Helper()
	out, err := exec.Command("git", "verify-pack", "-v", verified(t, raw)).Output()
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]object{}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 5 || len(f[0]) != 40 {
			continue
		}
		o := object{typ: f[1]}
		if _, err := fmt.Sscan(f[3]+" "+f[4], &o.size, &o.offset); err != nil {
			t.Fatal(err)
		}
		if len(f) == 7 {
			o.base = f[6]
		}
		objects[f[0]] = o
	}
	return objects
}

func resolved(t *testing.T, p *Pack, types ...Type) map[string]string {
	t.Helper()
	var mu sync.Mutex
	got := map[string]string{}
	skipped, err := p.Resolve(t.Context(), 1<<20, func(_ int, o Object) error {
		mu.Lock()
		defer mu.Unlock()
		got[o.SHA.String()] = o.Type.String()
		return nil
	}, types...)
	if err != nil || skipped != 0 {
		t.Fatalf("resolve: skipped %d, %v", skipped, err)
	}
	return got
}

func TestResolveAndIndexEqualGit(t *testing.T) {
	t.Parallel()
	for _, kind := range [][]string{{"--delta-base-offset"}, {}, {"--depth=0"}} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			t.Parallel()
			raw := gitPack(t, kind...)
			idx, want := index(t, raw)
			p := receive(t, raw)
			if diff := cmp.Diff(want, resolved(t, p, all...)); diff != "" {
				t.Errorf("objects differ from git's (-want +got):\n%s", diff)
			}
			var got bytes.Buffer
			if err := p.WriteIndex(&got); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), idx) {
				t.Errorf("index of %d bytes differs from git's of %d", got.Len(), len(idx))
			}
		})
	}
}

func TestReduceKeepsAllButBlobs(t *testing.T) {
	t.Parallel()
	for _, kind := range [][]string{{"--delta-base-offset"}, {}} {
		raw := gitPack(t, kind...)
		p := receive(t, raw)
		want := resolved(t, p, all...)
		for sha, typ := range want {
			if typ == "blob" {
				delete(want, sha)
			}
		}
		var kept Memory
		small, err := p.Reduce(&kept)
		if err != nil {
			t.Fatal(err)
		}
		idx, listing := index(t, kept.buf)
		if diff := cmp.Diff(want, listing); diff != "" {
			t.Errorf("reduced pack (-want +got):\n%s", diff)
		}
		var got bytes.Buffer
		if err := small.WriteIndex(&got); err != nil || !bytes.Equal(got.Bytes(), idx) {
			t.Errorf("index of the reduced pack differs from git's: %v", err)
		}
		if diff := cmp.Diff(want, resolved(t, receive(t, kept.buf), Commit, Tree, Tag)); diff != "" {
			t.Errorf("reduced pack read again (-want +got):\n%s", diff)
		}
	}
}

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	raw := gitPack(t, "--delta-base-offset")
	flipped := bytes.Clone(raw)
	flipped[len(flipped)-30] ^= 0x40
	huge := bytes.Clone(raw)
	binary.BigEndian.PutUint32(huge[8:], 1<<31)
	noise := make([]byte, 4096)
	rand.Read(noise)
	for name, c := range map[string]struct {
		raw  []byte
		kind error
	}{
		"truncated":         {raw[:len(raw)/2], nil},
		"a flipped bit":     {flipped, nil},
		"too many objects":  {huge, behavepro.ErrLimit},
		"not a pack":        {noise, behavepro.ErrCorrupt},
		"empty":             {nil, nil},
		"checksum cut away": {raw[:len(raw)-5], nil},
	} {
		_, err := Receive(t.Context(), bytes.NewReader(c.raw), &Memory{}, 1<<30, 1<<20, func(int64, int64) {})
		if err == nil || (c.kind != nil && !errors.Is(err, c.kind)) {
			t.Errorf("%s: got error %v, want %v", name, err, c.kind)
		}
	}
	if _, err := Receive(t.Context(), bytes.NewReader(raw), &Memory{}, 1000, 1<<20, func(int64, int64) {}); !errors.Is(err, behavepro.ErrLimit) {
		t.Errorf("over the byte limit: got %v", err)
	}
}

// TestBoundsOfReceive is at the edges of what is received.
func TestBoundsOfReceive(t *testing.T) {
	t.Parallel()
	raw := gitPack(t, "--delta-base-offset")
	bytesOf, objects := int64(len(raw)), int64(binary.BigEndian.Uint32(raw[8:]))
	for _, c := range []struct {
		bytes, objects int64
		says           string
	}{
		{bytesOf, objects, ""},
		{bytesOf - 1, objects, fmt.Sprintf("a pack larger than %d bytes", bytesOf-1)},
		{bytesOf, objects - 1, fmt.Sprintf("a pack of %d objects, more than %d", objects, objects-1)},
	} {
		_, err := Receive(t.Context(), bytes.NewReader(raw), &Memory{}, c.bytes, c.objects, func(int64, int64) {})
		if (err != nil) != (c.says != "") || err != nil && (!errors.Is(err, behavepro.ErrLimit) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%d bytes, %d objects: got %v, want %q", c.bytes, c.objects, err, c.says)
		}
	}
	if _, err := Receive(t.Context(), bytes.NewReader(raw), full{}, bytesOf, objects, func(int64, int64) {}); !errors.Is(err, ErrStorage) {
		t.Errorf("a full disk: got %v", err)
	}
	for n, want := range map[int64]string{16 << 30: "16 GB", 64 << 20: "64 MB", 1<<20 + 1: "1048577 bytes", 0: "0 bytes"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

// full is a storage without room.
type full struct{ Memory }

func (full) Write([]byte) (int, error)         { return 0, errors.New("no space left") }
func (full) ReadAt([]byte, int64) (int, error) { return 0, errors.New("nothing there") }

func FuzzReceive(f *testing.F) {
	f.Add([]byte("PACK\x00\x00\x00\x02\x00\x00\x00\x01"))
	f.Add(gitPack(f, "--delta-base-offset", "--window=2"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Receive(context.Background(), bytes.NewReader(raw), &Memory{}, 1<<20, 1<<12, func(int64, int64) {})
		if err != nil {
			return
		}
		_, _ = p.Resolve(context.Background(), 1<<16, func(int, Object) error { return nil }, all...)
	})
}
