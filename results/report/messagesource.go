package report

import (
	"bytes"
	"crypto/sha1"
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
	if err != nil || src == nil {
		return err
	}
	m.sources[uri] = src
	return m.hold(512 + 64*len(src.wordings))
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
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", size)
	for _, p := range parts {
		h.Write(p)
	}
	return behavepro.SHA(h.Sum(nil))
}
