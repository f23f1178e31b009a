package sync

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/sync/gittest"
	"github.com/behavepro/behavepro/sync/pack"
)

// TestPaddedModes: some old tools padded modes with zeros; git reads them, and so do we.
func TestPaddedModes(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Commit("one", "a.feature", cart)
	raw := func(kind, content string) string {
		t.Helper()
		return r.Input(content, "hash-object", "-t", kind, "-w", "--stdin", "--literally")
	}
	blob := mustSHA(t, r.Git("rev-parse", "HEAD:a.feature"))
	inner := mustSHA(t, raw("tree", "0100644 padded.feature\x00"+string(blob[:])))
	outer := raw("tree", "040000 dir\x00"+string(inner[:]))
	const person = "Shop Team <shop@example.com> 1700000000 +0000"
	old := raw("commit", "tree "+outer+"\nauthor "+person+"\ncommitter "+person+"\n\nm\n")
	r.Git("update-ref", "refs/heads/old", old)
	b := newBench(t)
	repo := b.add("r", gittest.Serve(t, r.Dir, gittest.Partial))
	b.sync(repo)
	if got := b.names(repo, old); got != "dir/padded.feature" {
		t.Errorf("got %q", got)
	}
}

// TestBadObjectsBlockNothing: a commit and a tree that are broken are kept as unreadable, and what lies beside them is read.
func TestBadObjectsBlockNothing(t *testing.T) {
	t.Parallel()
	o := newObjects(newNames())
	visit := o.collector()
	name := func(b byte) (sha behavepro.SHA) { sha[0] = b; return sha }
	for _, obj := range []pack.Object{
		{Type: pack.Commit, SHA: name(1), Data: []byte("tree nonsense\n\n")},
		{Type: pack.Tree, SHA: name(2), Data: append([]byte("100644 a.feature\x00"), make([]byte, 20)...)},
		{Type: pack.Tree, SHA: name(3), Data: []byte("100644 cut.feature\x00short")},
		{Type: pack.Commit, SHA: name(4), Data: []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nm\n")},
	} {
		if err := visit(0, obj); err != nil {
			t.Fatalf("%s: %v", obj.SHA, err)
		}
	}
	if diff := cmp.Diff([]behavepro.SHA{name(1), name(3)}, o.unreadable()); diff != "" {
		t.Errorf("unreadable (-want +got):\n%s", diff)
	}
	if e, ok := o.tree(name(2)); !ok || len(e) != 1 {
		t.Errorf("the good tree has %d entries", len(e))
	}
	if e, ok := o.tree(name(3)); !ok || len(e) != 0 {
		t.Errorf("the broken tree has %d entries", len(e))
	}
	if c, ok := o.commit(name(4)); !ok || c.tree.IsZero() {
		t.Errorf("the good commit was not read")
	}
}
