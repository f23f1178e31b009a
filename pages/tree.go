package pages

import (
	"cmp"
	"path"
	"strings"
)

// tree is the directories and features of a ref, and where each leads.
type tree struct {
	Kids []*node
	Link func(path string) string
}

// node is a directory or a feature in the tree of a ref.
type node struct {
	Name    string
	Path    string // of a directory with a slash at its end
	Bar     bar
	Current bool
	Open    bool // of a directory: Kids are shown
	Dir     bool
	Broken  bool // a file without a readable feature
	Kids    []*node
}

// Bounds of a tree that is shown whole.
const (
	openFeatures = 60
	openMatches  = 400
)

// planting makes a tree of features that come by path.
type planting struct {
	filter filter
	all    bool   // every directory is open
	root   string // the directory that is above all features
	dirs   map[string]*node
}

// treeOf makes the tree of features. Single directories above all others are left out, and so are features in directories
// that are not open.
func treeOf(all []matched, f filter) (root *node) {
	p := planting{filter: f, all: len(all) <= openFeatures || f.Active() && len(all) <= openMatches, dirs: map[string]*node{}}
	if len(all) > 0 {
		p.root = commonDir(all[0].Feature.Path, all[len(all)-1].Feature.Path)
	}
	root = &node{Path: p.root, Dir: true, Open: true}
	p.dirs[p.root] = root
	for i := range all {
		m := &all[i]
		dir := p.dir(dirOf(m.Feature.Path))
		dir.Bar.join(&m.Bar)
		if dir.Open {
			dir.Kids = append(dir.Kids, &node{
				Name: cmp.Or(m.Feature.Name, path.Base(m.Feature.Path)), Path: m.Feature.Path, Bar: m.Bar,
				Current: m.Feature.Path == f.Path, Broken: len(m.Feature.Problems) > 0,
			})
		}
	}
	root.sum()
	return root
}

// dir returns the node of a directory, which is the root or below it.
func (p *planting) dir(dir string) *node {
	if d := p.dirs[dir]; d != nil {
		return d
	}
	parent := p.dir(dirOf(strings.TrimSuffix(dir, "/")))
	d := &node{Name: path.Base(dir), Path: dir, Dir: true, Current: dir == p.filter.Path, Open: p.all || strings.HasPrefix(p.filter.Path, dir)}
	p.dirs[dir] = d
	parent.Kids = append(parent.Kids, d)
	return d
}

// sum adds what is below each directory to it.
func (n *node) sum() {
	for _, kid := range n.Kids {
		if kid.Dir {
			kid.sum()
			n.Bar.join(&kid.Bar)
		}
	}
}

func dirOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i+1]
	}
	return ""
}

// commonDir is the deepest directory that is above two paths, and so above all between them.
func commonDir(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return dirOf(a[:n])
}

// find returns the directory with a path.
func (n *node) find(dir string) *node {
	if n.Path == dir {
		return n
	}
	for _, kid := range n.Kids {
		if kid.Dir && strings.HasPrefix(dir, kid.Path) {
			return kid.find(dir)
		}
	}
	return nil
}
