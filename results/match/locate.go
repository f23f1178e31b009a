package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/report"
)

// groupKey is what results share that say the same about the file they are from.
type groupKey struct {
	file, path, feature, suite string
	blob                       behavepro.SHA
}

func keyOf(r *report.Reported) groupKey {
	key := groupKey{file: r.File, path: r.Path, feature: r.Feature, suite: r.Suite}
	if r.Path == "" && r.URI != "" {
		key.path = report.NormaliseURI(r.URI)
	}
	if r.Source != nil && len(r.Source.Blobs) > 0 {
		key.blob = r.Source.Blobs[0]
	}
	return key
}

// location is where the results of a group are from.
type location struct {
	file       int                  // -1: nothing tells the file
	exact      bool                 // the file's text is the one that was run
	moved      bool                 // it is not: lines of the report are elsewhere in the file
	accounting behavepro.Accounting // set where it is decided that no file can be told
	reason     string               // why not, or what a match by a part of the path only leaves to doubt
}

// locate finds the file of a group.
func (m *matching) locate(key groupKey, r *report.Reported) location {
	if r.Source != nil {
		for _, blob := range r.Source.Blobs {
			if files := m.byBlob[blob]; len(files) > 0 {
				at := m.choose(key, m.nearest(key.path, files))
				at.exact = at.file >= 0
				return at
			}
		}
	}
	if key.path != "" {
		at := m.byPath(key)
		at.moved = at.file >= 0 && m.moved(key, at.file)
		return at
	}
	if files := m.featureFiles(key); len(files) > 0 {
		return m.choose(key, files)
	}
	return location{file: -1}
}

// moved says whether a name that the file has only once stands on another line than reported. Then no line is believed
// where several scenarios have one name.
func (m *matching) moved(key groupKey, file int) bool {
	x := m.index(file)
	for _, i := range m.groups[key] {
		r := &m.reported[i]
		if r.Line == 0 || r.Loose {
			continue
		}
		named := x.names[strings.TrimSpace(r.Name)]
		if len(named) == 1 && r.Line != x.line(named[0]) && r.Line != x.line(named[0].whole()) {
			return true
		}
	}
	return false
}

// byPath finds a file by the longest common end of its path. Where folders differ, as between sources and a build
// folder, the feature's name must agree.
func (m *matching) byPath(key groupKey) location {
	near := m.nearest(key.path, m.byBase[base(key.path)])
	fits := slices.DeleteFunc(slices.Clone(near), func(f int) bool {
		return !ends(m.files[f].Path, key.path) && key.feature != "" && m.featureName(f) != key.feature
	})
	if len(fits) > 0 {
		at := m.choose(key, fits)
		if at.file >= 0 && !ends(m.files[at.file].Path, key.path) {
			at.reason = fmt.Sprintf("the report says %s: taken for %s", key.path, m.files[at.file].Path)
		}
		return at
	}
	reason := fmt.Sprintf("file %s is not in %s", key.path, m.commit)
	if len(near) == 0 {
		near = m.byFeature[key.feature]
	}
	if len(near) > 0 {
		reason += fmt.Sprintf(" (the nearest is %s)", m.files[near[0]].Path)
	}
	return location{file: -1, accounting: behavepro.Unmatched, reason: reason}
}

// nearest keeps the files whose paths have the longest common end with path.
func (m *matching) nearest(path string, files []int) []int {
	best, most := files, -1
	for _, f := range files {
		switch n := commonEnd(m.files[f].Path, path); {
		case n > most:
			best, most = []int{f}, n
		case n == most:
			best = append(best, f)
		}
	}
	return best
}

// choose settles on one of several files: by the feature's name, then by how many of the group's results each knows.
func (m *matching) choose(key groupKey, files []int) location {
	if len(files) > 1 && key.feature != "" {
		named := slices.DeleteFunc(slices.Clone(files), func(f int) bool { return m.featureName(f) != key.feature })
		if len(named) > 0 {
			files = named
		}
	}
	if len(files) == 1 {
		return location{file: files[0]}
	}
	best, most, tie := -1, 0, true
	for _, f := range files {
		votes := 0
		for _, i := range m.groups[key] {
			votes += m.index(f).votes(&m.reported[i])
		}
		if votes > most {
			best, most, tie = f, votes, false
		} else if votes == most {
			tie = true
		}
	}
	if tie {
		paths := make([]string, 0, 3)
		for _, f := range files[:min(len(files), 3)] {
			paths = append(paths, m.files[f].Path)
		}
		return location{
			file: -1, accounting: behavepro.Ambiguous,
			reason: fmt.Sprintf("%d files fit: %s", len(files), strings.Join(paths, ", ")),
		}
	}
	return location{file: best}
}

// featureFiles finds files by what JUnit calls class or suite: the feature's name, alone or, from behave, after the
// dotted path of the file.
func (m *matching) featureFiles(key groupKey) []int {
	for _, name := range []string{key.feature, key.suite} {
		if files := m.byFeature[name]; name != "" && len(files) > 0 {
			return m.inFolder(key.suite, files)
		}
	}
	for _, class := range []string{key.feature, key.suite} {
		if files := m.ofClass(class); len(files) > 0 {
			return files
		}
	}
	for i := range key.feature {
		if key.feature[i] != '.' {
			continue
		}
		dotted := key.feature[:i]
		var files []int
		for _, f := range m.byFeature[key.feature[i+1:]] {
			path := strings.ReplaceAll(strings.TrimSuffix(m.files[f].Path, ".feature"), "/", ".")
			if path == dotted || strings.HasSuffix(path, "."+dotted) {
				files = append(files, f)
			}
		}
		if len(files) > 0 {
			return files
		}
	}
	return nil
}

// inFolder keeps the files of the folder that a TestExecution.json names; all where none is in it.
func (m *matching) inFolder(folder string, files []int) []int {
	if len(files) < 2 || folder == "" {
		return files
	}
	inside := slices.DeleteFunc(slices.Clone(files), func(f int) bool {
		path := m.files[f].Path
		return !ends(path[:max(strings.LastIndexByte(path, '/'), 0)], folder)
	})
	if len(inside) > 0 {
		return inside
	}
	return files
}

// ofClass finds the files of a class of .NET. Where several features have its title, the namespace decides.
func (m *matching) ofClass(class string) []int {
	if !strings.HasSuffix(class, "Feature") {
		return nil
	}
	if m.byClass == nil {
		m.byClass = make(map[string][]int)
		for f := range m.own {
			name := plain(identifier(m.featureName(f)))
			m.byClass[name] = append(m.byClass[name], f)
		}
	}
	space, name := "", class
	if dot := strings.LastIndexAny(class, ".+"); dot >= 0 {
		space, name = class[:dot], class[dot+1:]
	}
	files := m.byClass[plain(strings.TrimSuffix(name, "Feature"))]
	for folders := space; len(files) > 1 && folders != ""; { // Proj.Features.Shop is …/Features/Shop
		if inside := m.inNamespace(folders, files); len(inside) > 0 {
			return inside
		}
		_, folders, _ = strings.Cut(folders, ".")
	}
	return files
}

func (m *matching) inNamespace(folders string, files []int) []int {
	return slices.DeleteFunc(slices.Clone(files), func(f int) bool {
		var parts []string
		segments := strings.Split(m.files[f].Path, "/")
		for _, segment := range segments[:len(segments)-1] {
			parts = append(parts, identifier(segment))
		}
		return !ends(strings.Join(parts, "/"), strings.ReplaceAll(folders, ".", "/")) || len(parts) <= strings.Count(folders, ".")
	})
}

func (m *matching) featureName(file int) string {
	if doc := m.files[file].Doc; doc != nil && doc.Feature != nil {
		return doc.Feature.Name
	}
	return ""
}

// anywhere looks for a result whose file nothing tells, by its name over all files. It is believed only when most of
// its group are found like this: a class of unit tests is not mistaken for features because one test shares a name.
func (m *matching) anywhere(key groupKey, r *report.Reported) ([]target, string) {
	if m.everyName == nil {
		m.everyName = make(map[string][]target)
		for f := range m.own {
			x := m.index(f)
			x.vary()
			for name, targets := range x.names {
				m.everyName[name] = append(m.everyName[name], targets...)
			}
			for name, targets := range x.variants {
				if len(x.names[name]) == 0 {
					m.everyName[name] = append(m.everyName[name], targets...)
				}
			}
		}
		for _, targets := range m.everyName {
			slices.SortFunc(targets, target.compare)
		}
	}
	trust, ok := m.trusted[key]
	if !ok {
		hits := 0
		for _, i := range m.groups[key] {
			if len(m.everyName[strings.TrimSpace(m.reported[i].Name)]) > 0 {
				hits++
			}
		}
		trust = 2*hits >= len(m.groups[key])
		m.trusted[key] = trust
	}
	name := strings.TrimSpace(r.Name)
	found := m.everyName[name]
	if !trust || len(found) == 0 {
		return nil, fmt.Sprintf("no feature in %s is named %q, and no scenario %q", m.commit, cmp.Or(r.Feature, r.Suite), name)
	}
	return found, ""
}

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// commonEnd counts the segments that two paths share at their ends.
func commonEnd(a, b string) int {
	n := 0
	for {
		if base(a) != base(b) {
			return n
		}
		n++
		i, j := strings.LastIndexByte(a, '/'), strings.LastIndexByte(b, '/')
		if i < 0 || j < 0 {
			return n
		}
		a, b = a[:i], b[:j]
	}
}

// ends says whether one of the paths is the end of the other.
func ends(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	return a == b || strings.HasSuffix(a, "/"+b)
}
