package sync

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/sync/gittest"
	"github.com/behavepro/behavepro/sync/pack"
)

// TestMirrorAfterACrash: a process that ended while a new mirror took the place of an old one leaves one of them, and nothing else.
func TestMirrorAfterACrash(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	first := mustSHA(t, r.Commit("one", "a.feature", cart))
	b := newBench(t)
	repo := b.add("shop", r.Dir)
	b.sync(repo)
	dir := mirrorDir(b.engine.options.Data, repo.ID)
	for name, crash := range map[string]func() error{
		"while the new one was made":          func() error { return os.CopyFS(dir+besides, os.DirFS(dir)) },
		"between the old one and the new one": func() error { return errors.Join(os.CopyFS(dir+besides, os.DirFS(dir)), os.Rename(dir, dir+outdated)) },
		"before the old one was gone":         func() error { return os.CopyFS(dir+outdated, os.DirFS(dir)) },
	} {
		if err := crash(); err != nil {
			t.Fatal(err)
		}
		m, err := openMirror(dir)
		if err != nil || !m.has(first) || m.hurt {
			t.Errorf("%s: the mirror is %+v, %v", name, m, err)
		}
		m.close()
		clean(t, name, b.engine)
	}
	if err := errors.Join(os.CopyFS(dir+besides, os.DirFS(dir)), b.engine.Forget(t.Context(), repo.ID)); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
		t.Errorf("a repository that was forgotten leaves %v, %v", left, err)
	}
}

// TestStoppedIsNotDamaged: that a sync is stopped while it reads the mirror says nothing of the mirror.
func TestStoppedIsNotDamaged(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Commit("one", "a.feature", cart)
	b := newBench(t)
	repo := b.add("shop", r.Dir)
	b.sync(repo)
	m, err := openMirror(mirrorDir(b.engine.options.Data, repo.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var damage *damage
	if err := m.loadAll(ctx, newObjects(newNames()), func(int64, int64) {}); !errors.Is(err, context.Canceled) || errors.As(err, &damage) {
		t.Errorf("got %v, want that it was stopped", err)
	}
}

// TestMirrorReadsWhatGoGitReads compares every commit and tree of a mirror of several packs with what another reader of the same
// files finds.
func TestMirrorReadsWhatGoGitReads(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.History(3, 120)
	b := newBench(t)
	repo := b.add("shop", gittest.Serve(t, r.Dir, gittest.Partial))
	b.sync(repo)
	r.Git("checkout", "-q", "-f", "main")
	for range 3 {
		r.Commit("more", "a/more.feature", "Feature: more\n  Scenario: "+r.Git("rev-parse", "HEAD")+"\n    Given x\n")
		b.sync(repo)
	}
	dir := mirrorDir(b.engine.options.Data, repo.ID)
	m, err := openMirror(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	if len(m.open) < 4 {
		t.Fatalf("%d packs: it proves little", len(m.open))
	}
	other := filesystem.NewStorage(osfs.New(dir), cache.NewObjectLRUDefault())
	for typ, ours := range map[plumbing.ObjectType]pack.Type{plumbing.CommitObject: pack.Commit, plumbing.TreeObject: pack.Tree} {
		all, err := other.IterEncodedObjects(typ)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = all.ForEach(func(o plumbing.EncodedObject) error {
			n++
			in, err := o.Reader()
			if err != nil {
				return err
			}
			want, err := io.ReadAll(in)
			if err != nil {
				return err
			}
			got, err := m.read(ours, behavepro.SHA(o.Hash()))
			if err != nil || !bytes.Equal(got, want) || !m.has(behavepro.SHA(o.Hash())) {
				t.Errorf("%s %s differs: %v", ours, o.Hash(), err)
			}
			return nil
		})
		if err != nil || n < 50 {
			t.Errorf("%d objects of type %s: %v", n, ours, err)
		}
	}
}
