package gherkin

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/behavepro/behavepro"
)

var encoding = func() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return mode
}()

var decoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		MaxArrayElements: MaxCells, MaxNestedLevels: 16,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// Encode gives the stored form of a document: deterministic CBOR, equal bytes for equal documents.
func Encode(doc *Document) []byte {
	bytes, err := encoding.Marshal(doc)
	if err != nil {
		panic(fmt.Sprintf("encode a gherkin document: %v", err)) // it holds only numbers, texts and lists of them
	}
	return bytes
}

// ParserOf reads only which ParserVersion made what Encode wrote; 0 where that cannot be told.
func ParserOf(bytes []byte) int {
	if len(bytes) < 3 || bytes[1] != 1 { // a short map, whose first name is that of Parser
		return 0
	}
	version := 0
	if _, err := decoding.UnmarshalFirst(bytes[2:], &version); err != nil {
		return 0
	}
	return version
}

// Decode reads what Encode wrote; anything else is ErrCorrupt.
func Decode(bytes []byte) (*Document, error) {
	doc := new(Document)
	if err := decoding.Unmarshal(bytes, doc); err != nil {
		return nil, fmt.Errorf("decode a gherkin document: %w: %w", behavepro.ErrCorrupt, err)
	}
	if doc.Feature == nil {
		return doc, nil
	}
	for i, s := range doc.Feature.Scenarios {
		if s.Rule < 0 || s.Rule > len(doc.Feature.Rules) {
			return nil, fmt.Errorf("decode a gherkin document: scenario %d is in rule %d of %d: %w", i, s.Rule,
				len(doc.Feature.Rules), behavepro.ErrCorrupt)
		}
	}
	return doc, nil
}
