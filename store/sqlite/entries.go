package sqlite

import (
	"encoding/binary"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// encodeEntries writes a record's index entries as they are kept in its row: number, length, value of each. A record
// without entries has nil.
func (t *table) encodeEntries(entries []store.Entry) ([]byte, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	size := 0
	for _, e := range entries {
		size += len(e.Value) + 6
	}
	out := make([]byte, 0, size)
	for _, e := range entries {
		id, err := t.index(e.Index)
		if err != nil {
			return nil, err
		}
		out = binary.AppendUvarint(out, uint64(id))
		out = binary.AppendUvarint(out, uint64(len(e.Value)))
		out = append(out, e.Value...)
	}
	return out, nil
}

func (t *table) decodeEntries(b []byte) ([]store.Entry, error) {
	var entries []store.Entry
	for len(b) > 0 {
		id, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, fmt.Errorf("read index entries: %w", behavepro.ErrCorrupt)
		}
		b = b[n:]
		size, n := binary.Uvarint(b)
		if n <= 0 || uint64(len(b)-n) < size {
			return nil, fmt.Errorf("read index entries: %w", behavepro.ErrCorrupt)
		}
		b = b[n:]
		entries = append(entries, store.Entry{Index: t.names[int64(id)], Value: string(b[:size])})
		b = b[size:]
	}
	return entries, nil
}
