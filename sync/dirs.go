package sync

import (
	"cmp"
	"context"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
)

// dir is a directory of a feature tree in memory. Commits share what they have in common, by pointer.
type dir struct {
	hash    behavepro.Hash // zero until it is sealed
	entries []dirEntry     // in Git's order
	loaded  bool
}

type dirEntry struct {
	name nameID
	dir  *dir  // a directory, or
	file *file // a feature file
}

func (e dirEntry) kind() entryKind {
	if e.dir != nil {
		return directory
	}
	return feature
}

// file is a feature file at a path of one or more commits.
type file struct {
	blob     behavepro.SHA
	identity behavepro.Hash
	id       *model.Identity // nil until it is needed
	pending  bool            // its identity is not decided yet
	broken   bool            // it has problems
}

func (f *file) same(g *file) bool {
	return f == g || (f != nil && g != nil && !f.pending && !g.pending && f.blob == g.blob && f.identity == g.identity)
}

// forest loads and seals the directories of one repository.
type forest struct {
	repo    behavepro.RepositoryID
	catalog *catalog.Catalog
	names   *names
}

// load reads a directory that an earlier sync stored.
func (f *forest) load(ctx context.Context, d *dir) error {
	if d == nil || d.loaded {
		return nil
	}
	t, err := f.catalog.Tree(ctx, f.repo, d.hash)
	if err != nil {
		return err
	}
	d.entries = make([]dirEntry, len(t.Entries))
	for i, e := range t.Entries {
		d.entries[i].name = f.names.id([]byte(e.Name))
		if e.IsDir() {
			d.entries[i].dir = &dir{hash: e.Tree}
		} else {
			d.entries[i].file = &file{blob: e.Blob, identity: e.Identity, broken: e.Broken}
		}
	}
	slices.SortFunc(d.entries, func(a, b dirEntry) int {
		if before(f.names.of(a.name), a.kind(), f.names.of(b.name), b.kind()) {
			return -1
		}
		return 1
	})
	d.loaded = true
	return nil
}

// record is the form in which a directory is stored.
func (f *forest) record(d *dir) *catalog.Tree {
	t := &catalog.Tree{Entries: make([]catalog.TreeEntry, len(d.entries))}
	for i, e := range d.entries {
		t.Entries[i].Name = f.names.of(e.name)
		if e.dir != nil {
			t.Entries[i].Tree = e.dir.hash
		} else {
			t.Entries[i].Blob, t.Entries[i].Identity, t.Entries[i].Broken = e.file.blob, e.file.identity, e.file.broken
		}
	}
	slices.SortFunc(t.Entries, func(a, b catalog.TreeEntry) int { return cmp.Compare(a.Name, b.Name) })
	return t
}

// find returns the file at a path, or nil.
func (f *forest) find(ctx context.Context, root *dir, path []nameID) (*file, error) {
	d := root
	for i, name := range path {
		if d == nil {
			return nil, nil
		}
		if err := f.load(ctx, d); err != nil {
			return nil, err
		}
		last := i == len(path)-1
		var next *dir
		for _, e := range d.entries {
			if e.name != name {
				continue
			}
			if last && e.file != nil {
				return e.file, nil
			}
			if !last && e.dir != nil {
				next = e.dir
			}
		}
		d = next
	}
	return nil, nil
}

// replace returns root with another file at a path; directories on the way are copied.
func (f *forest) replace(root *dir, path []nameID, with *file) *dir {
	out := &dir{loaded: true, entries: slices.Clone(root.entries)}
	for i, e := range out.entries {
		if e.name != path[0] {
			continue
		}
		if len(path) == 1 && e.file != nil {
			out.entries[i].file = with
		} else if len(path) > 1 && e.dir != nil {
			out.entries[i].dir = f.replace(e.dir, path[1:], with)
		}
	}
	return out
}

// differ visits the paths whose files are not the same in two directories; was or is may be nil. Equal directories are
// not entered, so the work is proportional to what differs.
func (f *forest) differ(ctx context.Context, was, is *dir, path []nameID, visit func(path []nameID, was, is *file) error) error {
	if was == is || (was != nil && is != nil && was.hash == is.hash && !was.hash.IsZero()) {
		return nil
	}
	if err := f.load(ctx, was); err != nil {
		return err
	}
	if err := f.load(ctx, is); err != nil {
		return err
	}
	var a, b []dirEntry
	if was != nil {
		a = was.entries
	}
	if is != nil {
		b = is.entries
	}
	for len(a) > 0 || len(b) > 0 {
		var x, y dirEntry
		switch {
		case len(b) == 0 || (len(a) > 0 && f.less(a[0], b[0])):
			x, a = a[0], a[1:]
		case len(a) == 0 || f.less(b[0], a[0]):
			y, b = b[0], b[1:]
		default:
			x, y, a, b = a[0], b[0], a[1:], b[1:]
		}
		name := x.name
		if x == (dirEntry{}) {
			name = y.name
		}
		at := append(path[:len(path):len(path)], name)
		if x.dir != nil || y.dir != nil {
			if err := f.differ(ctx, x.dir, y.dir, at, visit); err != nil {
				return err
			}
		} else if !x.file.same(y.file) {
			if err := visit(at, x.file, y.file); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *forest) less(a, b dirEntry) bool {
	if a.name == b.name && a.kind() == b.kind() {
		return false
	}
	return before(f.names.of(a.name), a.kind(), f.names.of(b.name), b.kind())
}
