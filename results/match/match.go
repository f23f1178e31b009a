package match

import (
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/results/report"
)

// File is one feature file of the commit that results are matched against.
type File struct {
	Path string // relative to the repository, with slashes
	Blob behavepro.SHA
	Doc  *gherkin.Document
}

// Options say what else is known about where a report comes from.
type Options struct {
	Commit behavepro.SHA // for the reasons; may be zero
	// Tested are feature files as CI ran them, where they differ from the commit's (a pull request's temporary merge).
	// Their results are matched where the scenario says the same in both. Doc is nil where the text is not known.
	Tested []File
}

// Outcome is how one reported result ended. File, Scenario, Examples and Row are indexes from 0 into the files, the
// feature's scenarios, the scenario's Examples and their rows; -1 stands for none. Only matched and retry-of have a
// scenario; a row is -1 for a plain scenario or an outline that was reported as a whole.
type Outcome struct {
	Accounting behavepro.Accounting `cbor:"1,keyasint"`
	Status     behavepro.Status     `cbor:"2,keyasint"`
	File       int                  `cbor:"3,keyasint"`
	Scenario   int                  `cbor:"4,keyasint"`
	Examples   int                  `cbor:"5,keyasint"`
	Row        int                  `cbor:"6,keyasint"`
	Reason     string               `cbor:"7,keyasint,omitempty"` // for people; empty where all is plain
}

// target is a scenario or row that a result may be about.
type target struct{ file, scenario, examples, row int32 }

func (t target) isRow() bool { return t.row >= 0 }

// whole is the scenario of a row.
func (t target) whole() target { return target{t.file, t.scenario, -1, -1} }

// matching is one call of Match.
type matching struct {
	files    []File // of the commit, then those tested
	own      int    // files of the commit
	tested   map[string]int
	commit   string
	reported []report.Reported
	out      []Outcome

	indexes   []*fileIndex
	byBlob    map[behavepro.SHA][]int
	byBase    map[string][]int
	byFeature map[string][]int
	byClass   map[string][]int // by the plain identifier of the feature's title; built when it is needed
	groups    map[groupKey][]int
	located   map[groupKey]location
	everyName map[string][]target // over all files; built when it is needed
	trusted   map[groupKey]bool

	open []openResult
}

// Match finds the scenario or row behind each result. It is pure: the same files, results and options give the same
// outcomes, one per result and in their order. The blob of a report's source is asked first, then the longest common
// end of the path, then names; when several scenarios fit, the result is ambiguous.
func Match(files []File, reported []report.Reported, opt Options) []Outcome {
	m := newMatching(files, reported, opt)
	for i := range reported {
		m.match(i)
	}
	m.assign()
	m.retries()
	return m.out
}

func newMatching(files []File, reported []report.Reported, opt Options) *matching {
	m := &matching{
		files: append(files[:len(files):len(files)], opt.Tested...), own: len(files), reported: reported,
		tested: make(map[string]int), out: make([]Outcome, len(reported)),
		byBlob: make(map[behavepro.SHA][]int), byBase: make(map[string][]int), byFeature: make(map[string][]int),
		groups: make(map[groupKey][]int), located: make(map[groupKey]location), trusted: make(map[groupKey]bool),
		commit: "the commit",
	}
	if !opt.Commit.IsZero() {
		m.commit = "commit " + opt.Commit.Short()
	}
	m.indexes = make([]*fileIndex, len(m.files))
	for i := range m.files {
		f := &m.files[i]
		if i >= m.own {
			m.tested[f.Path] = i
			continue
		}
		m.byBlob[f.Blob] = append(m.byBlob[f.Blob], i)
		m.byBase[base(f.Path)] = append(m.byBase[base(f.Path)], i)
		if f.Doc != nil && f.Doc.Feature != nil {
			name := f.Doc.Feature.Name
			m.byFeature[name] = append(m.byFeature[name], i)
		}
	}
	for i := range reported {
		key := keyOf(&reported[i])
		m.groups[key] = append(m.groups[key], i)
	}
	return m
}

// match decides one result, or leaves it open with its candidates.
func (m *matching) match(i int) {
	r := &m.reported[i]
	m.out[i] = Outcome{Status: r.Status(), File: -1, Scenario: -1, Examples: -1, Row: -1}
	key := keyOf(r)
	at, ok := m.located[key]
	if !ok {
		at = m.locate(key, r)
		m.located[key] = at
	}
	var found []target
	reason := at.reason
	switch {
	case at.accounting != "":
		m.give(i, at.accounting, reason)
		return
	case at.file < 0:
		found, reason = m.anywhere(key, r)
	default:
		if found, reason = m.within(at, r); len(found) > 0 {
			reason = at.reason
		}
	}
	switch len(found) {
	case 0:
		m.give(i, behavepro.Unmatched, reason)
	case 1:
		m.take(i, found[0], reason)
	default:
		m.open = append(m.open, openResult{i, found, reason})
	}
}

// give ends a result without a scenario.
func (m *matching) give(i int, how behavepro.Accounting, reason string) {
	m.out[i].Accounting, m.out[i].Reason = how, reason
}

// take ends a result with its scenario.
func (m *matching) take(i int, t target, reason string) {
	o := &m.out[i]
	o.Accounting, o.Reason = behavepro.Matched, reason
	o.File, o.Scenario, o.Examples, o.Row = int(t.file), int(t.scenario), int(t.examples), int(t.row)
}

// within looks for a result's scenario in the file that it is from.
func (m *matching) within(at location, r *report.Reported) ([]target, string) {
	path := m.files[at.file].Path
	if other, ok := m.tested[path]; ok && r.Source == nil && m.files[other].Blob != m.files[at.file].Blob {
		if m.files[other].Doc == nil {
			return nil, fmt.Sprintf("CI tested another version of %s than %s has: blob %s, which is not known here",
				path, m.commit, m.files[other].Blob.Short())
		}
		found, reason := m.index(other).find(r, location{exact: true})
		if len(found) == 0 {
			return nil, fmt.Sprintf(reason, path, "what was tested")
		}
		same := m.translate(found, at.file)
		if len(same) == 0 {
			return nil, fmt.Sprintf("what was tested differs from %s: %q says something else in %s", m.commit, r.Name, path)
		}
		return same, ""
	}
	found, reason := m.index(at.file).find(r, at)
	if r.Source == nil || at.exact || len(r.Source.Blobs) == 0 {
		if len(found) == 0 {
			return nil, fmt.Sprintf(reason, path, m.commit)
		}
		return found, ""
	}
	var same []target
	for _, t := range found {
		if m.index(at.file).wording(t) == r.Source.Wording && !r.Source.Wording.IsZero() {
			same = append(same, t)
		}
	}
	if len(same) == 0 {
		return nil, fmt.Sprintf("the report is from another commit: its source of %s is blob %s, and %q says something else in %s",
			path, r.Source.Blobs[0].Short(), r.Name, m.commit)
	}
	return same, ""
}

// translate finds the scenarios of a tested file in the commit's: same rule and name, same wording.
func (m *matching) translate(found []target, file int) []target {
	var same []target
	to := m.index(file)
	for _, t := range found {
		from := m.index(int(t.file))
		for _, c := range to.names[from.name(t)] {
			if to.rule(c) == from.rule(t) && to.wording(c) == from.wording(t) && c.isRow() == t.isRow() {
				same = append(same, c)
			}
		}
	}
	return same
}

func (m *matching) index(file int) *fileIndex {
	if m.indexes[file] == nil {
		m.indexes[file] = newFileIndex(int32(file), m.files[file].Doc)
	}
	return m.indexes[file]
}

// where names a target for people.
func (m *matching) where(t target) string {
	return fmt.Sprintf("%s:%d", m.files[t.file].Path, m.index(int(t.file)).line(t))
}

func (m *matching) list(targets []target) string {
	const most = 3
	var names []string
	for _, t := range targets[:min(len(targets), most)] {
		names = append(names, m.where(t))
	}
	if more := len(targets) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
