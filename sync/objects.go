package sync

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	gosync "sync"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/sync/pack"
)

// gitCommit is what the walk needs of a commit object.
type gitCommit struct {
	tree    behavepro.SHA
	parents []behavepro.SHA
	time    int64
}

// gitEntry is a directory or feature file of a tree object; nothing else is kept. The order is Git's.
type gitEntry struct {
	name nameID
	sha  behavepro.SHA
	kind entryKind
}

type entryKind uint8

const (
	directory   entryKind = iota
	feature               // a regular file named *.feature
	unsupported           // a regular file named *.feature.md, listed as a problem
)

// nameID is an interned file name. Repositories have few distinct names and very many entries.
type nameID uint32

// names interns file names.
type names struct {
	mu   gosync.RWMutex
	ids  map[string]nameID
	text []string
}

func newNames() *names { return &names{ids: map[string]nameID{}} }

func (n *names) id(name []byte) nameID {
	n.mu.RLock()
	id, ok := n.ids[string(name)]
	n.mu.RUnlock()
	if ok {
		return id
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if id, ok := n.ids[string(name)]; ok {
		return id
	}
	s := string(name)
	id = nameID(len(n.text))
	n.ids[s], n.text = id, append(n.text, s)
	return id
}

func (n *names) of(id nameID) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.text[id]
}

func parseCommit(data []byte) (gitCommit, error) {
	var c gitCommit
	broken := fmt.Errorf("commit object: %w", behavepro.ErrCorrupt)
	for {
		line, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok || len(line) == 0 {
			if c.tree.IsZero() {
				return c, broken
			}
			return c, nil
		}
		data = rest
		key, value, _ := bytes.Cut(line, []byte(" "))
		var err error
		switch string(key) {
		case "tree":
			c.tree, err = behavepro.ParseSHA(string(value))
		case "parent":
			var p behavepro.SHA
			p, err = behavepro.ParseSHA(string(value))
			c.parents = append(c.parents, p)
		case "committer":
			c.time = commitTime(value)
		}
		if err != nil {
			return c, broken
		}
	}
}

// commitTime reads the seconds of "Name <mail> 1700000000 +0100"; a broken one is 0, as in Git.
func commitTime(person []byte) int64 {
	after := person[bytes.LastIndexByte(person, '>')+1:]
	fields := bytes.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	t, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil || t < 0 {
		return 0
	}
	return t
}

// parseTree appends the entries of a tree object that matter to into.
func parseTree(into []gitEntry, data []byte, n *names) ([]gitEntry, error) {
	for len(data) > 0 {
		space := bytes.IndexByte(data, ' ')
		if space < 5 || space > 8 {
			return nil, fmt.Errorf("tree object: %w", behavepro.ErrCorrupt)
		}
		mode := bytes.TrimLeft(data[:space], "0") // some old tools padded modes with zeros
		data = data[space+1:]
		end := bytes.IndexByte(data, 0)
		if end < 1 || len(data) < end+21 {
			return nil, fmt.Errorf("tree object: %w", behavepro.ErrCorrupt)
		}
		name := data[:end]
		if kind, ok := kindOf(mode, name); ok {
			into = append(into, gitEntry{n.id(name), behavepro.SHA(data[end+1 : end+21]), kind})
		}
		data = data[end+21:]
	}
	return into, nil
}

// kindOf tells what an entry is to us. Only regular files are features; symlinks (120000) and submodules (160000) never.
func kindOf(mode, name []byte) (entryKind, bool) {
	if len(mode) == 0 {
		return 0, false
	}
	if mode[0] == '4' && len(mode) == 5 {
		return directory, true
	}
	if len(mode) != 6 || mode[0] != '1' || mode[1] != '0' {
		return 0, false
	}
	switch {
	case bytes.HasSuffix(name, []byte(".feature")):
		return feature, true
	case bytes.HasSuffix(name, []byte(".feature.md")):
		return unsupported, true
	}
	return 0, false
}

// objects holds the commits and trees of received packs, decoded once.
type objects struct {
	names   *names
	shards  [64]shard
	bearing map[behavepro.SHA]bool // whether a tree leads to a feature file; filled by leads
}

type shard struct {
	mu      gosync.Mutex
	commits map[behavepro.SHA]gitCommit
	trees   map[behavepro.SHA][]gitEntry
	bad     []behavepro.SHA // objects that cannot be read: a commit without files, a tree without entries
}

func newObjects(n *names) *objects {
	o := &objects{names: n, bearing: map[behavepro.SHA]bool{}}
	for i := range o.shards {
		o.shards[i].commits, o.shards[i].trees = map[behavepro.SHA]gitCommit{}, map[behavepro.SHA][]gitEntry{}
	}
	return o
}

func (o *objects) shard(sha behavepro.SHA) *shard { return &o.shards[sha[0]&63] }

// arena keeps the entries of many trees in few pieces of memory.
type arena struct {
	decoded []gitEntry // the tree that is being decoded
	free    []gitEntry // what is left of the last piece
}

const arenaPiece = 4096

// keep copies what was decoded.
func (a *arena) keep() []gitEntry {
	n := len(a.decoded)
	if n > arenaPiece/8 {
		return slices.Clone(a.decoded)
	}
	if n > len(a.free) {
		a.free = make([]gitEntry, arenaPiece)
	}
	kept := a.free[:n:n]
	a.free = a.free[n:]
	copy(kept, a.decoded)
	return kept
}

// collector decodes what a pack's workers visit; each worker has its own arena. One bad object blocks nothing: it is kept as
// unreadable.
func (o *objects) collector() pack.Visit {
	arenas := make([]arena, pack.Workers())
	return func(worker int, obj pack.Object) error {
		s := o.shard(obj.SHA)
		switch obj.Type {
		case pack.Commit:
			c, err := parseCommit(obj.Data)
			s.mu.Lock()
			if err != nil {
				c, s.bad = gitCommit{}, append(s.bad, obj.SHA)
			}
			s.commits[obj.SHA] = c
			s.mu.Unlock()
		case pack.Tree:
			a := &arenas[worker]
			decoded, err := parseTree(a.decoded[:0], obj.Data, o.names)
			var entries []gitEntry
			if err == nil {
				a.decoded = decoded
				entries = a.keep()
			}
			s.mu.Lock()
			if err != nil {
				s.bad = append(s.bad, obj.SHA)
			}
			s.trees[obj.SHA] = entries
			s.mu.Unlock()
		}
		return nil
	}
}

// unreadable lists the commits and trees that could not be decoded.
func (o *objects) unreadable() []behavepro.SHA {
	var all []behavepro.SHA
	for i := range o.shards {
		all = append(all, o.shards[i].bad...)
	}
	return all
}

func (o *objects) tree(sha behavepro.SHA) ([]gitEntry, bool) {
	e, ok := o.shard(sha).trees[sha]
	return e, ok
}

func (o *objects) commit(sha behavepro.SHA) (gitCommit, bool) {
	c, ok := o.shard(sha).commits[sha]
	return c, ok
}

// before is Git's order of tree entries: directories sort as if their names ended in a slash.
func before(a string, aKind entryKind, b string, bKind entryKind) bool {
	if aKind == directory {
		a += "/"
	}
	if bKind == directory {
		b += "/"
	}
	return strings.Compare(a, b) < 0
}
