package sync

import (
	"bytes"
	"io"
	"testing"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/sync/gittest"
	"github.com/behavepro/behavepro/sync/pack"
)

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
