package ingest

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/report"
)

// chunk is a part of a push as it is stored: results of one report file in its order, or what the tests ran.
type chunk struct {
	Results []report.Reported `cbor:"1,keyasint,omitempty"`
	Tested  []testedFile      `cbor:"2,keyasint,omitempty"`
}

// testedFile is a feature file as the tests ran it.
type testedFile struct {
	Path string        `cbor:"1,keyasint"`
	Blob behavepro.SHA `cbor:"2,keyasint"`
}

// Bounds of a chunk: results, and their rough size in bytes.
const (
	chunkResults = 2000
	chunkBytes   = 512 << 10
)

var chunkEncoding = func() cbor.EncMode {
	mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return mode
}()

// chunkDecoding takes texts of no encoding, as reports may hold them.
var chunkDecoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

func (c *chunk) encode() []byte {
	body, err := chunkEncoding.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("encode results: %v", err)) // they hold only numbers, texts and lists of them
	}
	return body
}

func decodeChunk(body []byte) (chunk, error) {
	var c chunk
	if err := chunkDecoding.Unmarshal(body, &c); err != nil {
		return c, fmt.Errorf("decode results: %w: %w", behavepro.ErrCorrupt, err)
	}
	return c, nil
}

// chunkWriter collects the results of one report file into chunks.
type chunkWriter struct {
	put     func(part int, body []byte) error
	open    chunk
	bytes   int
	parts   int
	results int
}

func (w *chunkWriter) add(r report.Reported) error {
	w.open.Results = append(w.open.Results, r)
	w.results++
	w.bytes += 200 + len(
		r.URI,
	) + len(
		r.Path,
	) + len(
		r.Name,
	) + len(
		r.Step,
	) + len(
		r.Message,
	) + len(
		r.Stack,
	) + 100*len(
		r.Attachments,
	) + len(
		r.Feature,
	)
	if len(w.open.Results) < chunkResults && w.bytes < chunkBytes {
		return nil
	}
	return w.flush()
}

func (w *chunkWriter) flush() error {
	if len(w.open.Results) == 0 {
		return nil
	}
	if err := w.put(w.parts, w.open.encode()); err != nil {
		return err
	}
	w.open.Results, w.bytes = w.open.Results[:0], 0
	w.parts++
	return nil
}
