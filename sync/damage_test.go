package sync

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/sync/gittest"
)

// damages are what can happen to a mirror, whose folder they are given.
var damages = map[string]func(dir string) error{
	"deleted":         os.RemoveAll,
	"emptied":         func(dir string) error { return errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)) },
	"a file":          replacedByFile(""),
	"objects, a file": replacedByFile("objects"),
	"packs, a file":   replacedByFile("objects/pack"),
	"refs, a file":    replacedByFile("refs"),

	"packs deleted":  inPacks("*.pack", os.Remove),
	"packs empty":    inPacks("*.pack", cutTo(func(int) int { return 0 })),
	"packs cut":      inPacks("*.pack", cutTo(func(n int) int { return n / 2 })),
	"packs flipped":  inPacks("*.pack", flipped(12, 40)),
	"packs' sums":    inPacks("*.pack", func(path string) error { return cutTo(func(n int) int { return n - 3 })(path) }),
	"indexes gone":   inPacks("*.idx", os.Remove),
	"indexes empty":  inPacks("*.idx", cutTo(func(int) int { return 0 })),
	"indexes cut":    inPacks("*.idx", cutTo(func(n int) int { return n - 50 })),
	"indexes' names": inPacks("*.idx", flipped(8+256*4, 20)),
	"index garbage":  inPacks("*.idx", func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("?"), 5000), 0o600) }),
	"all flipped":    inPacks("*", flipped(0, 7)),

	"tips deleted": func(dir string) error { return os.Remove(filepath.Join(dir, "tips")) },
	"tips garbage": written("tips", "garbage\x00\xff\n"),
	"tips unknown": written("tips", strings.Repeat("12", 20)+"\n"),
	"tips a folder": func(dir string) error {
		return errors.Join(os.RemoveAll(filepath.Join(dir, "tips")), os.Mkdir(filepath.Join(dir, "tips"), 0o700))
	},
	"config, HEAD": func(dir string) error {
		return errors.Join(written("config", "[garbage")(dir), written("HEAD", "\x00")(dir))
	},
}

func written(name, content string) func(string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600) }
}

func replacedByFile(name string) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		return errors.Join(os.RemoveAll(path), os.WriteFile(path, []byte("x"), 0o600))
	}
}

func inPacks(pattern string, damage func(path string) error) func(string) error {
	return func(dir string) error {
		paths, err := filepath.Glob(filepath.Join(dir, "objects", "pack", "pack-"+pattern))
		if len(paths) == 0 {
			return errors.Join(err, errors.New("no packs"))
		}
		for _, p := range paths {
			err = errors.Join(err, damage(p))
		}
		return err
	}
}

func cutTo(size func(was int) int) func(path string) error {
	return func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, int64(size(int(info.Size()))))
	}
}

// flipped changes a byte every so often.
func flipped(from, step int) func(path string) error {
	return func(path string) error {
		data, err := os.ReadFile(path)
		for i := from; i < len(data); i += step {
			data[i] ^= 0x15
		}
		return errors.Join(err, os.WriteFile(path, data, 0o600))
	}
}

// TestDamagedMirrors damages a mirror in every way, before a sync and while the server is being asked: the sync makes anew what it
// needs, and ends as if nothing had happened.
func TestDamagedMirrors(t *testing.T) {
	t.Parallel()
	earlier, later := twoStates(t)
	for _, mode := range []gittest.Mode{gittest.Neither, gittest.Partial} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			if mode == gittest.Neither {
				testenv.OnlySlow(t)
			}
			c, sizes := newCuts(t, mode, earlier, later)
			moments := []int{-1} // before the sync, and at each answer but the list of branches
			for answer := 1; answer < len(sizes[1]); answer++ {
				moments = append(moments, answer)
			}
			for i, name := range slices.Sorted(maps.Keys(damages)) {
				for round := range testenv.Rounds(1, len(moments)) {
					c.damaged(name, damages[name], moments[(i+round)%len(moments)])
				}
			}
		})
	}
}

func (c *cuts) damaged(name string, damage func(dir string) error, when int) {
	c.t.Helper()
	b, scope, r := c.bench(1)
	dir := mirrorDir(b.engine.options.Data, r.ID)
	hurt := func(n int) {
		if n != when {
			return
		}
		if err := damage(dir); err != nil {
			c.t.Errorf("%s, answer %d: %v", name, when, err)
		}
	}
	c.wire.begin(1, func(n int, _ answer, _ http.ResponseWriter) bool {
		hurt(n)
		return false
	})
	hurt(-1)
	if err := b.trySync(r); err != nil {
		c.t.Errorf("%s, answer %d: %v", name, when, err)
		return
	}
	if dumpScope(c.t, scope) != c.dumps[2] {
		c.t.Errorf("%s, answer %d: the sync did not complete", name, when)
	}
	// What this sync did not need may still be damaged; one that reads everything finds it.
	r.Path = "features"
	if err := b.catalog.PutRepository(c.t.Context(), r); err != nil {
		c.t.Fatal(err)
	}
	if err := b.trySync(r); err != nil {
		c.t.Errorf("%s, answer %d: a sync that reads everything: %v", name, when, err)
	}
	if got := b.engine.Describe(c.t.Context(), r.ID, c.tips[:]...); len(got) != 2 {
		c.t.Errorf("%s, answer %d: %d of 2 commits can be described", name, when, len(got))
	}
	out, err := exec.Command("git", "--git-dir", dir, "rev-list", "--objects", "--filter=blob:none", c.tips[1].String()).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "missing blob") {
		c.t.Errorf("%s, answer %d: git cannot read the mirror: %v\n%s", name, when, err, out)
	}
	clean(c.t, name, b.engine)
}
