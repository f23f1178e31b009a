package results

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // Git's object names
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// source reads what was run. Only its names are kept: the blobs it may have in Git, and the wording of its scenarios.
func (m *messagesReader) source() error {
	var uri string
	var src *sourceText
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "uri":
			uri, err = m.word()
		case "data":
			var data []byte
			var cut bool
			if data, cut, err = m.bytes(maxSource); err == nil && !cut {
				src = newSourceText(uri, data)
			}
		default:
			err = m.skip()
		}
		return err
	})
	if err == nil && src != nil {
		m.sources[uri] = src
	}
	return err
}

// sourceText is what is kept of a feature's text.
type sourceText struct {
	blobs    []behavepro.SHA
	wordings map[int]behavepro.Wording // by line of the scenario or row
}

func newSourceText(uri string, data []byte) *sourceText {
	src := &sourceText{blobs: sourceBlobs(data), wordings: make(map[int]behavepro.Wording)}
	f := gherkin.Parse(uri, data).Feature
	if f == nil {
		return src
	}
	for i := range f.Scenarios {
		s := &f.Scenarios[i]
		src.wordings[s.Line] = gherkin.WordingOf(f, i)
		for ref, row := range gherkin.Rows(s) {
			src.wordings[row.Line] = gherkin.RowWording(f, i, ref)
		}
	}
	return src
}

// sourceBlobs are the names that Git may know a text by: as it is, with LF line ends (autocrlf), and both without and
// with a BOM, which some runners strip.
func sourceBlobs(data []byte) []behavepro.SHA {
	plain := bytes.TrimPrefix(data, utf8BOM)
	var blobs []behavepro.SHA
	add := func(parts ...[]byte) {
		if sha := blobSHA(parts...); !slices.Contains(blobs, sha) {
			blobs = append(blobs, sha)
		}
	}
	add(data)
	add(plain)
	add(utf8BOM, plain)
	if bytes.Contains(plain, []byte("\r\n")) {
		lf := bytes.ReplaceAll(plain, []byte("\r\n"), newline)
		add(lf)
		add(utf8BOM, lf)
	}
	return blobs
}

func blobSHA(parts ...[]byte) behavepro.SHA {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	h := sha1.New() //nolint:gosec // Git's object names
	fmt.Fprintf(h, "blob %d\x00", size)
	for _, p := range parts {
		h.Write(p)
	}
	return behavepro.SHA(h.Sum(nil))
}

// document reads where the scenarios and rows of a gherkinDocument stand.
func (m *messagesReader) document() error {
	var uri, name string
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "uri":
			uri, err = m.word()
		case "feature":
			err = m.object(func(key []byte) (err error) {
				switch string(key) {
				case "name":
					name, err = m.word()
				case "children":
					err = m.children(nil)
				default:
					err = m.skip()
				}
				return err
			})
		default:
			err = m.skip()
		}
		return err
	})
	if err == nil {
		m.features[uri] = name
	}
	return err
}

// children reads the children of a feature or, with its name, of a rule.
func (m *messagesReader) children(rule *string) error {
	return m.array(func() error {
		return m.object(func(key []byte) error {
			switch string(key) {
			case "scenario":
				return m.astNode(rule)
			case "background":
				return m.astNode(nil)
			case "rule":
				name := new(string) // the children may come before the name
				return m.object(func(key []byte) (err error) {
					switch string(key) {
					case "name":
						*name, err = m.word()
					case "children":
						err = m.children(name)
					default:
						err = m.skip()
					}
					return err
				})
			}
			return m.skip()
		})
	})
}

// astNode reads a scenario, background, row or step: its id, line, and the nodes in it.
func (m *messagesReader) astNode(rule *string) error {
	var self id
	n := node{rule: rule}
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "keyword":
			n.keyword, err = m.word()
		case "location":
			n.line, err = m.line()
		case "steps", "tableBody":
			err = m.array(func() error { return m.astNode(nil) })
		case "examples":
			err = m.array(func() error { return m.astNode(nil) })
		default:
			err = m.skip()
		}
		return err
	})
	if err == nil && self != 0 {
		m.nodes[self] = n
	}
	return err
}

// line reads a location.
func (m *messagesReader) line() (line int, err error) {
	err = m.object(func(key []byte) (err error) {
		if string(key) == "line" {
			line, err = m.whole()
			return err
		}
		return m.skip()
	})
	return line, err
}

func (m *messagesReader) pickle() error {
	var self id
	var p pickle
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "uri":
			p.uri, err = m.word()
		case "name":
			p.name, _, err = m.str(maxName)
		case "location":
			p.line, err = m.line()
		case "astNodeIds":
			p.scenario, p.row, err = m.ids()
		case "steps":
			err = m.array(m.pickleStep)
		default:
			err = m.skip()
		}
		return err
	})
	if err == nil && self != 0 {
		m.pickles[self] = p
	}
	return err
}

func (m *messagesReader) pickleStep() error {
	var self id
	var s pickleStep
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "text":
			s.text, err = m.word()
		case "astNodeIds":
			s.node, _, err = m.ids()
		default:
			err = m.skip()
		}
		return err
	})
	if err == nil && self != 0 {
		m.steps[self] = s
	}
	return err
}

func (m *messagesReader) testCase() error {
	var self, of id
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "pickleId":
			of, err = m.id()
		case "testSteps":
			err = m.array(m.testStep)
		default:
			err = m.skip()
		}
		return err
	})
	if err == nil && self != 0 {
		m.cases[self] = of
	}
	return err
}

func (m *messagesReader) testStep() error {
	var self, of id
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "pickleStepId":
			of, err = m.id()
		default:
			err = m.skip()
		}
		return err
	})
	if err == nil && self != 0 {
		m.testSteps[self] = of
	}
	return err
}
