package sync

import (
	"bytes"
	"testing"

	"github.com/behavepro/behavepro/sync/gittest"
)

func FuzzObjects(f *testing.F) {
	f.Add([]byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor a <a> 1 +0\ncommitter a <a> 1700000000 +0000\n\nm\n"))
	f.Add(append([]byte("100644 a.feature\x00"), make([]byte, 20)...))
	f.Add(append([]byte("40000 dir\x00"), bytes.Repeat([]byte{1}, 20)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := parseCommit(data); err == nil && c.tree.IsZero() {
			t.Error("a commit without a tree is no error")
		}
		n := newNames()
		entries, err := parseTree(nil, data, n)
		if err != nil {
			return
		}
		for _, e := range entries {
			if n.of(e.name) == "" {
				t.Error("an entry without a name")
			}
		}
	})
}

func FuzzAdvertisement(f *testing.F) {
	r := gittest.New(f)
	r.Commit("one", "a.feature", cart)
	out, err := r.Try("0000", "upload-pack", r.Dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(out))
	f.Add([]byte("001e# service=git-upload-pack\n0000" + out))
	f.Add([]byte("0010ERR no such\n0000"))
	f.Add([]byte("0000"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if adv, err := decodeAdvertisement(bytes.NewReader(data)); err == nil && len(adv.References) == 0 {
			t.Error("an advertisement without references is no error")
		}
	})
}
