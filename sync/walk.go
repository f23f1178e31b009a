package sync

import (
	"context"
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
)

// deepestTree bounds how deep directories may nest; what lies deeper is a problem, not a hang.
const deepestTree = 256

// MaxBrought bounds what one commit may bring: feature files, and directories on the way to them. A tree that shares its directories
// can name any number of paths with a few objects.
const MaxBrought = 100_000

// walk compares the trees of a commit with those of its parents. Equal trees are not entered and every tree was decoded
// once, so a commit costs what it changes.
type walk struct {
	*forest
	objects *objects
	mirror  func(ctx context.Context, tree behavepro.SHA) ([]gitEntry, error) // trees of earlier fetches
	prefix  []nameID                                                          // the feature path; nothing outside it is read
	pending []pending                                                         // what the commit being walked changed
	tooDeep []string
	most    int    // the bound of pending and of entered
	entered int    // directories that the commit made us look into
	rest    string // where the bound was hit; "" where it was not
}

// pending is a feature file whose identity is to be decided: none of the parents has this blob at this path.
type pending struct {
	path []nameID
	file *file
	prev []*file // per parent, what was at the path; may be nil
}

// side is one parent's view of a directory.
type side struct {
	sha behavepro.SHA // zero: the parent has no such directory
	dir *dir          // nil: it has no features
}

func newWalk(f *forest, objects *objects, path string) *walk {
	w := &walk{forest: f, objects: objects, most: MaxBrought}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part != "" {
			w.prefix = append(w.prefix, f.names.id([]byte(part)))
		}
	}
	return w
}

// commit returns the feature tree of a root tree, with the files to be decided in w.pending.
func (w *walk) commit(ctx context.Context, root behavepro.SHA, parents []side) (*dir, error) {
	w.pending, w.entered, w.rest = w.pending[:0], 0, ""
	return w.tree(ctx, root, parents, nil)
}

func (w *walk) tree(ctx context.Context, sha behavepro.SHA, parents []side, path []nameID) (*dir, error) {
	for _, p := range parents {
		if p.sha == sha {
			return p.dir, nil
		}
	}
	if !w.leads(sha, 0) {
		return nil, nil
	}
	if len(path) > deepestTree {
		if len(w.tooDeep) < 10 { // one is enough to know
			w.tooDeep = append(w.tooDeep, w.text(path))
		}
		return nil, nil
	}
	if w.entered++; w.full(path) {
		return nil, nil
	}
	if w.entered%1024 == 0 && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	entries, err := w.entries(ctx, sha)
	if err != nil {
		return nil, err
	}
	cursors, err := w.cursors(ctx, parents)
	if err != nil {
		return nil, err
	}
	out := &dir{loaded: true}
	for _, e := range entries {
		if !w.inside(e, len(path)) {
			continue
		}
		at := append(path[:len(path):len(path)], e.name)
		if e.kind == directory {
			sides := make([]side, len(parents))
			for i := range cursors {
				sides[i] = cursors[i].directory(w.names, e.name)
			}
			sub, err := w.tree(ctx, e.sha, sides, at)
			if err != nil {
				return nil, err
			}
			if sub != nil {
				out.entries = append(out.entries, dirEntry{name: e.name, dir: sub})
			}
			continue
		}
		if f := w.fileAt(e, cursors, at); f != nil {
			out.entries = append(out.entries, dirEntry{name: e.name, file: f})
		}
	}
	if len(out.entries) == 0 {
		return nil, nil
	}
	return out, nil
}

// inside reports whether an entry lies on the way to, or below, the feature path.
func (w *walk) inside(e gitEntry, depth int) bool {
	return depth >= len(w.prefix) || (e.kind == directory && e.name == w.prefix[depth])
}

// full reports whether the commit has brought all that is read of one, and remembers where.
func (w *walk) full(path []nameID) bool {
	if len(w.pending) < w.most && w.entered <= w.most {
		return false
	}
	if w.rest == "" {
		w.rest = w.text(path)
	}
	return true
}

// fileAt takes over the first parent's file with the same blob, or makes a pending one; nil where there are too many.
func (w *walk) fileAt(e gitEntry, cursors []cursor, at []nameID) *file {
	prev := make([]*file, len(cursors))
	for i := range cursors {
		if prev[i] = cursors[i].file(w.names, e.name); prev[i] != nil && prev[i].blob == e.sha {
			return prev[i]
		}
	}
	f := &file{blob: e.sha, broken: e.kind == unsupported}
	if e.kind == feature {
		if w.full(at) {
			return nil
		}
		f.pending = true
		w.pending = append(w.pending, pending{at, f, prev})
	}
	return f
}

func (w *walk) entries(ctx context.Context, sha behavepro.SHA) ([]gitEntry, error) {
	if e, ok := w.objects.tree(sha); ok {
		return e, nil
	}
	e, err := w.mirror(ctx, sha)
	if err != nil {
		return nil, fmt.Errorf("read tree %s: %w", sha, err)
	}
	return e, nil
}

// leads reports whether a tree may lead to a feature file: false only for trees of this fetch that surely do not.
func (w *walk) leads(sha behavepro.SHA, depth int) bool {
	if yes, ok := w.objects.bearing[sha]; ok {
		return yes
	}
	entries, ok := w.objects.tree(sha)
	if !ok || depth > deepestTree {
		return true
	}
	yes := false
	for _, e := range entries {
		if e.kind != directory || w.leads(e.sha, depth+1) {
			yes = true
			break
		}
	}
	w.objects.bearing[sha] = yes
	return yes
}

func (w *walk) text(path []nameID) string {
	parts := make([]string, len(path))
	for i, id := range path {
		parts[i] = w.names.of(id)
	}
	return strings.Join(parts, "/")
}

// cursor walks one parent's directory in step with the new one: both are in Git's order.
type cursor struct {
	git  []gitEntry // the parent's own tree
	ours []dirEntry // what of it leads to features
}

func (w *walk) cursors(ctx context.Context, parents []side) ([]cursor, error) {
	out := make([]cursor, len(parents))
	for i, p := range parents {
		if p.sha.IsZero() {
			continue
		}
		var err error
		if out[i].git, err = w.entries(ctx, p.sha); err != nil {
			return nil, err
		}
		if p.dir != nil {
			if err := w.load(ctx, p.dir); err != nil {
				return nil, err
			}
			out[i].ours = p.dir.entries
		}
	}
	return out, nil
}

func (c *cursor) directory(n *names, name nameID) side {
	for len(c.git) > 0 {
		e := c.git[0]
		if e.name == name && e.kind == directory {
			return side{e.sha, c.ownDir(n, name)}
		}
		if !before(n.of(e.name), e.kind, n.of(name), directory) {
			break
		}
		c.git = c.git[1:]
	}
	return side{}
}

func (c *cursor) ownDir(n *names, name nameID) *dir {
	if e, ok := c.own(n, name, directory); ok {
		return e.dir
	}
	return nil
}

func (c *cursor) file(n *names, name nameID) *file {
	if e, ok := c.own(n, name, feature); ok {
		return e.file
	}
	return nil
}

func (c *cursor) own(n *names, name nameID, kind entryKind) (dirEntry, bool) {
	for len(c.ours) > 0 {
		e := c.ours[0]
		if e.name == name && e.kind() == kind {
			return e, true
		}
		if !before(n.of(e.name), e.kind(), n.of(name), kind) {
			break
		}
		c.ours = c.ours[1:]
	}
	return dirEntry{}, false
}

// wanted collects the feature blobs that commits bring, for the blobs to be there before identities are decided.
type wanted struct {
	*walk
	seen  map[behavepro.SHA]int    // the least depth at which a tree was looked into
	blobs map[behavepro.SHA]string // a path that names the blob, for problems
}

// collect adds the feature blobs of a tree that its parents' trees do not have at the same place.
func (w *wanted) collect(ctx context.Context, sha behavepro.SHA, parents []behavepro.SHA, path []nameID) error {
	if sha.IsZero() { // of a commit that cannot be read
		return nil
	}
	for _, p := range parents {
		if p == sha {
			return nil
		}
	}
	if len(path) >= len(w.prefix) {
		if depth, ok := w.seen[sha]; ok && depth <= len(path) {
			return nil // what lay too deep there may not here
		}
		w.seen[sha] = len(path)
	}
	if !w.leads(sha, 0) || len(path) > deepestTree {
		return nil
	}
	entries, err := w.entries(ctx, sha)
	if err != nil {
		return err
	}
	cursors := make([]cursor, len(parents))
	for i, p := range parents {
		if !p.IsZero() {
			if cursors[i].git, err = w.entries(ctx, p); err != nil {
				return err
			}
		}
	}
	for _, e := range entries {
		if !w.inside(e, len(path)) {
			continue
		}
		switch e.kind {
		case directory:
			subs := make([]behavepro.SHA, len(parents))
			for i := range cursors {
				subs[i] = cursors[i].directory(w.names, e.name).sha
			}
			if err := w.collect(ctx, e.sha, subs, append(path[:len(path):len(path)], e.name)); err != nil {
				return err
			}
		case feature:
			if !inAny(cursors, w.names, e) && w.blobs[e.sha] == "" {
				w.blobs[e.sha] = w.text(append(path[:len(path):len(path)], e.name))
			}
		}
	}
	return nil
}

// inAny reports whether a parent has the same feature file; its blob is known then.
func inAny(cursors []cursor, n *names, e gitEntry) bool {
	for i := range cursors {
		c := &cursors[i]
		for len(c.git) > 0 && c.git[0].name != e.name && before(n.of(c.git[0].name), c.git[0].kind, n.of(e.name), e.kind) {
			c.git = c.git[1:]
		}
		if len(c.git) > 0 && c.git[0] == e {
			return true
		}
	}
	return false
}
