package pages

import (
	"cmp"
	"path"
	"strings"
)

// node is a directory or a feature in the tree of a ref.
type node struct {
	Name    string
	Path    string // of a directory with a slash at its end
	Link    string
	Bar     bar
	Current bool
	Open    bool
	Dir     bool
	Broken  bool // a file without a readable feature
	Kids    []*node
}

// Bounds of a tree that is shown whole.
const (
	openFeatures = 60
	openMatches  = 400
)

// treeOf makes the tree of features. Single directories above all others are left out.
func treeOf(all []matched, f filter, link func(filter) string) (root *node) {
	root = &node{Dir: true}
	dirs := map[string]*node{"": root}
	for i := range all {
		m := &all[i]
		dir := dirOf(m.Feature.Path)
		leaf := &node{
			Name: cmp.Or(m.Feature.Name, path.Base(m.Feature.Path)), Path: m.Feature.Path, Link: link(f.at(m.Feature.Path)), Bar: m.Bar,
			Current: m.Feature.Path == f.Path, Broken: len(m.Feature.Problems) > 0,
		}
		parent := makeDir(dirs, dir, f, link)
		parent.Kids = append(parent.Kids, leaf)
		for {
			d := dirs[dir]
			d.Bar.join(&m.Bar)
			if dir == "" {
				break
			}
			dir = dirOf(strings.TrimSuffix(dir, "/"))
		}
	}
	for len(root.Kids) == 1 && root.Kids[0].Dir {
		root = root.Kids[0]
	}
	root.open(f, len(all) <= openFeatures || f.Active() && len(all) <= openMatches)
	return root
}

func dirOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i+1]
	}
	return ""
}

func makeDir(dirs map[string]*node, dir string, f filter, link func(filter) string) *node {
	if d := dirs[dir]; d != nil {
		return d
	}
	d := &node{Name: path.Base(dir), Path: dir, Dir: true, Link: link(f.at(dir)), Current: dir == f.Path}
	dirs[dir] = d
	parent := makeDir(dirs, dirOf(strings.TrimSuffix(dir, "/")), f, link)
	parent.Kids = append(parent.Kids, d)
	return d
}

// open decides which directories show what is in them.
func (n *node) open(f filter, all bool) {
	n.Open = all || n.Path == "" || strings.HasPrefix(f.Path, n.Path)
	for _, kid := range n.Kids {
		if kid.Dir {
			kid.open(f, all)
		}
	}
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
