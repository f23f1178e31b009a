package sync

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/sync/gittest"
	"github.com/behavepro/behavepro/sync/pack"
)

// spoiled is a way in which an answer can go wrong.
type spoiled struct {
	name  string
	fails func(a answer, at int) bool // whether the sync must fail
	write func(a answer, w http.ResponseWriter, at int)
}

// inside: what follows the pack, an end of four bytes, is not read.
func inside(a answer, at int) bool { return !a.post || at < len(a.body)-4 }

var spoiledAt = []spoiled{
	{"cut", inside, answer.cut},
	{"reset", inside, answer.reset},
	{"short", inside, answer.short},
	{"flip", func(a answer, at int) bool { return a.post && at >= 16 && inside(a, at) }, func(a answer, w http.ResponseWriter, at int) {
		if !a.post { // nothing protects a list of branches but TLS
			a.cut(w, at)
			return
		}
		a.flip(w, at)
	}},
}

// cuts lets one server's answers go wrong, again and again, each time for a new engine.
type cuts struct {
	t      *testing.T
	wire   *wire
	tips   [2]behavepro.SHA // of main, in each state
	dumps  [3]string        // before all, and in each state
	broken int
}

// twoStates are a repository as it was and as it is.
func twoStates(t *testing.T) (earlier, later *gittest.Repo) {
	t.Helper()
	later = gittest.New(t)
	made := later.History(5, 18)
	earlier = gittest.New(t)
	earlier.Git("fetch", "-q", "--update-head-ok", later.Dir, "refs/heads/*:refs/heads/*")
	earlier.Git("update-ref", "refs/heads/main", made[8].SHA)
	for name := range strings.FieldsSeq(earlier.Git("for-each-ref", "--format=%(refname:short)")) {
		if name != "main" {
			earlier.Git("branch", "-q", "-D", name)
		}
	}
	return earlier, later
}

// newCuts syncs both states undisturbed, and returns the sizes of the answers of each.
func newCuts(t *testing.T, mode gittest.Mode, earlier, later *gittest.Repo) (c *cuts, sizes [2][]int) {
	t.Helper()
	c = &cuts{t: t, wire: newWire(t, mode, earlier, later)}
	calm, scope, r := c.bench(0)
	c.dumps[0] = dumpScope(t, scope)
	for state, repo := range []*gittest.Repo{earlier, later} {
		c.tips[state] = mustSHA(t, repo.Git("rev-parse", "main"))
		c.wire.begin(state, nil)
		calm.sync(r)
		c.dumps[state+1], sizes[state] = dumpScope(t, scope), c.wire.sizes
	}
	if c.dumps[0] == c.dumps[1] || c.dumps[1] == c.dumps[2] {
		t.Fatal("the states are the same: it proves nothing")
	}
	return c, sizes
}

const secret = "hunter-secret"

func (c *cuts) bench(state int) (*bench, *store.Scope, *catalog.Repository) {
	c.t.Helper()
	b, scope, _ := faultyBench(c.t)
	r := b.add("shop", strings.Replace(c.wire.url, "://", "://ada:"+secret+"@", 1))
	if err := b.catalog.PutCredential(c.t.Context(), r.ID, catalog.Credential{User: "ada", Token: behavepro.NewSecret(secret)}); err != nil {
		c.t.Fatal(err)
	}
	if state == 1 {
		c.wire.begin(0, nil)
		b.sync(r)
	}
	return b, scope, r
}

// run spoils a sync to a state, and then lets another one end well.
func (c *cuts) run(name string, state int, must func() bool, spoil func(n int, a answer, w http.ResponseWriter) bool) {
	c.t.Helper()
	b, scope, r := c.bench(state)
	before, after := c.dumps[state], c.dumps[state+1]
	c.wire.begin(state, spoil)
	err := b.trySync(r)
	if err == nil && must() {
		c.t.Errorf("%s: the sync ended well", name)
	}
	want := before
	if err == nil {
		want = after
	} else {
		c.broken++
		c.explained(name, b, r, err)
	}
	if dumpScope(c.t, scope) != want {
		c.t.Errorf("%s: readers see something else than before (error: %v)", name, err)
	}
	if state == 1 && len(b.engine.Describe(c.t.Context(), r.ID, c.tips[0])) == 0 {
		c.t.Errorf("%s: the mirror that was there cannot be read any more (error: %v)", name, err)
	}
	clean(c.t, name, b.engine)
	c.wire.begin(state, nil)
	if err := b.trySync(r); err != nil {
		c.t.Errorf("%s: the next sync: %v", name, err)
	}
	if dumpScope(c.t, scope) != after {
		c.t.Errorf("%s: the next sync did not complete", name)
	}
	clean(c.t, name+", the next sync", b.engine)
}

// explained checks that a failed sync says who is to blame and what to do, and no secret.
func (c *cuts) explained(name string, b *bench, r *catalog.Repository, err error) {
	c.t.Helper()
	state, serr := b.catalog.SyncState(c.t.Context(), r.ID)
	if serr != nil || state.Phase != "failed" || !strings.Contains(state.Error, c.wire.host) || state.Hint == "" {
		c.t.Errorf("%s: the state is %+v, %v", name, state, serr)
	}
	var problem *behavepro.Problem
	if !errors.As(err, &problem) || !strings.Contains(err.Error(), c.wire.host) {
		c.t.Errorf("%s: got %v, want it to name %s", name, err, c.wire.host)
	}
	if strings.Contains(fmt.Sprintf("%v %+v", err, state), secret) {
		c.t.Errorf("%s: %v tells the password", name, err)
	}
}

// clean checks that a data folder holds whole mirrors and nothing else.
func clean(t *testing.T, name string, e *Engine) {
	t.Helper()
	err := filepath.WalkDir(e.options.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base, pair := filepath.Base(path), path
		switch ext := filepath.Ext(base); ext {
		case besides, outdated:
			t.Errorf("%s: %s is left", name, path)
		case ".pack":
			pair = strings.TrimSuffix(path, ext) + ".idx"
		case ".idx":
			pair = strings.TrimSuffix(path, ext) + ".pack"
		}
		if _, err := os.Stat(pair); err != nil || strings.HasPrefix(base, "incoming-") || strings.HasPrefix(base, "spool-") {
			t.Errorf("%s: %s is left", name, path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// spread are n positions from the first byte to the last.
func spread(size, n int) []int {
	var at []int
	for i := range n {
		at = append(at, i*(size-1)/(n-1))
	}
	return slices.Compact(at)
}

// TestSyncSurvivesABrokenWire breaks answers of servers of all kinds off, or changes them, at the first import and at a later sync: the
// sync fails and says whose answer it was, readers see what they saw, and the next sync ends as if nothing had happened.
func TestSyncSurvivesABrokenWire(t *testing.T) {
	t.Parallel()
	earlier, later := twoStates(t)
	for _, mode := range gittest.Modes {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			if mode == gittest.FilterOnly {
				testenv.OnlySlow(t)
			}
			c, sizes := newCuts(t, mode, earlier, later)
			for state := range c.wire.states {
				for n, size := range sizes[state] {
					few := 7
					if n == 0 { // the list of branches
						few = 4
					}
					c.positions(state, n, spread(size, testenv.Rounds(few, 24)))
				}
				c.whole(state, later)
			}
			if c.broken < 30 {
				t.Errorf("only %d syncs failed: it proves little", c.broken)
			}
		})
	}
}

// positions spoils the nth answer of a sync at several of its bytes.
func (c *cuts) positions(state, n int, positions []int) {
	kinds := len(spoiledAt)
	for i, at := range positions {
		for round := range testenv.Rounds(1, min(2, kinds)) {
			s := spoiledAt[(i+n+round)%kinds]
			must := false
			c.run(fmt.Sprintf("state %d, answer %d, %s at %d", state, n, s.name, at), state, func() bool { return must },
				func(m int, a answer, w http.ResponseWriter) bool {
					if m != n {
						return false
					}
					must = s.fails(a, at)
					s.write(a, w, at)
					return true
				})
		}
	}
}

// whole spoils answers in ways that look right from the outside. All answers of the sync are like that: it cannot end well.
func (c *cuts) whole(state int, from *gittest.Repo) {
	tip := c.tips[state].String()
	always := func() bool { return true }
	feature := ""
	for line := range strings.Lines(from.Git("ls-tree", "-r", tip)) {
		if f := strings.Fields(line); strings.HasPrefix(f[0], "100") && strings.HasSuffix(line, ".feature\n") {
			feature = f[2] // the last one, in the newest commit's tree
		}
	}
	lacking := func(sha string) func(a answer) answer {
		return func(a answer) answer { return a.without(c.t, from, mustSHA(c.t, sha)) }
	}
	for name, change := range map[string]func(a answer) answer{
		"a wrong checksum": func(a answer) answer {
			p := a.pack(c.t)
			p[len(p)-1] ^= 1
			return a.withPack(p)
		},
		"an empty pack": func(a answer) answer { return a.withPack(emptyPack()) },
		"an error":      func(a answer) answer { return a.saying("fatal: unable to read tree\n") },
		"no tip":        lacking(tip),
		"no tree":       lacking(from.Git("rev-parse", tip+"^{tree}")),
		"no blob":       lacking(feature),
	} {
		must := always
		if name == "no blob" && state == 1 {
			must = func() bool { return false } // an earlier sync may have brought it
		}
		c.run(fmt.Sprintf("state %d, %s", state, name), state, must, func(_ int, a answer, w http.ResponseWriter) bool {
			if a.post {
				change(a).write(w)
			}
			return a.post
		})
	}
}

// TestWhatIsWrongWithAnAnswer: people are told who is to blame.
func TestWhatIsWrongWithAnAnswer(t *testing.T) {
	t.Parallel()
	f := &fetcher{server: "git.example.com"}
	for _, c := range []struct {
		err        error
		kind       error
		says, hint string
	}{
		{io.ErrUnexpectedEOF, behavepro.ErrUnavailable, "git.example.com broke its answer off", "it is tried again"},
		{fmt.Errorf("checksum: %w", behavepro.ErrCorrupt), behavepro.ErrUnavailable, "git.example.com sent a pack that is damaged", "git fsck"},
		{fmt.Errorf("pack %w: %w", pack.ErrStorage, syscall.ENOSPC), syscall.ENOSPC, "what git.example.com sent could not be kept", "room in the data folder"},
		{fmt.Errorf("read: unexpected error: fatal: \x1b[31mno object\nand more"), behavepro.ErrUnavailable, "git.example.com broke its answer off and says: fatal: [31mno object", "tried again"},
		{fmt.Errorf("read: %w", behavepro.Explain(behavepro.ErrLimit, "a pack of 5 objects, more than 4", "")), behavepro.ErrLimit, "git.example.com sent a pack of 5 objects, more than 4", "cannot be mirrored"},
		{errors.New("upload-pack: not our ref"), errWithheld, "", ""},
	} {
		err := f.explain(c.err)
		var p *behavepro.Problem
		if !errors.Is(err, c.kind) || c.says != "" && (!errors.As(err, &p) || p.Msg != c.says || !strings.Contains(p.Hint, c.hint)) {
			t.Errorf("%v: got %v, want %v saying %q", c.err, err, c.kind, c.says)
		}
	}
}
