package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/seal"
)

// partKind holds the parts of bodies that do not fit into one record. Its keys are made here: kind, encoded key, the
// generation (random, so that no two writes share parts) and the part's number.
var partKind = &Kind{
	Name:      "store_part",
	Key:       []Field{{Name: "part", Guard: Plain, Why: "the kind and stored key of the record, a random number and a counter"}},
	Body:      "a part of a body too large for one record",
	Class:     ClassOperational,
	Purpose:   "keep stored bodies under the size that every engine takes",
	Retention: "as long as the record whose body it is part of",
}

// partSize is how much of a packed body goes into one part.
const partSize = MaxBody - 1 - seal.Overhead

// partList is what a split record's own body says about its parts.
type partList struct {
	form       byte // of the joined parts
	generation [16]byte
	count      uint32
	size       uint32 // of the joined parts, in bytes
}

func (l *partList) marshal() []byte {
	out := append([]byte{l.form}, l.generation[:]...)
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(out, l.count), l.size)
}

func parsePartList(b []byte) (*partList, error) {
	if len(b) != 1+16+8 {
		return nil, fmt.Errorf("read list of parts: %w", behavepro.ErrCorrupt)
	}
	l := &partList{form: b[0], count: binary.BigEndian.Uint32(b[17:]), size: binary.BigEndian.Uint32(b[21:])}
	copy(l.generation[:], b[1:])
	if l.size > MaxRecord || uint64(l.count)*partSize < uint64(l.size) || l.count > MaxRecord/partSize+1 {
		return nil, fmt.Errorf("read list of parts: %w", behavepro.ErrCorrupt)
	}
	return l, nil
}

func partPrefix(kind, key string) string { return kind + terminator + key }

func (l *partList) keys(kind, key string) []string {
	keys := make([]string, l.count)
	for i := range keys {
		name := append([]byte(partPrefix(kind, key)), l.generation[:]...)
		keys[i] = string(binary.BigEndian.AppendUint32(name, uint32(i)))
	}
	return keys
}

// splitBody seals a packed body as parts, and returns them with the body of the record they belong to.
func splitBody(keys *seal.Keys, form byte, at Space, key string, packed []byte) (head []byte, list *partList, parts []Op, err error) {
	list = &partList{form: form, count: uint32((len(packed) + partSize - 1) / partSize), size: uint32(len(packed))}
	_, _ = rand.Read(list.generation[:])
	space := Space{Tenant: at.Tenant, Kind: partKind.Name}
	for _, name := range list.keys(at.Kind, key) {
		n := min(partSize, len(packed))
		body, err := sealBody(keys, formRaw, space, name, packed[:n])
		if err != nil {
			return nil, nil, nil, err
		}
		parts = append(parts, Op{Action: PutNew, At: space, Raw: Raw{Key: name, Body: body}})
		packed = packed[n:]
	}
	head, err = sealBody(keys, formParts, at, key, list.marshal())
	return head, list, parts, err
}

// joinParts reads the parts of a split body. ok is false where one is missing: its record was replaced meanwhile.
func (s *Scope) joinParts(ctx context.Context, kind, key string, list *partList) (packed []byte, ok bool, err error) {
	space := Space{Tenant: s.tenant, Kind: partKind.Name}
	packed = make([]byte, 0, list.size)
	for _, name := range list.keys(kind, key) { // one at a time: a part is up to MaxBody
		raws, err := s.store.driver.Get(ctx, space, []string{name})
		if err != nil {
			return nil, false, fmt.Errorf("read part: %w", err)
		}
		if raws[0].Rev == 0 {
			return nil, false, nil
		}
		_, part, err := s.openRaw(ctx, space, &raws[0])
		if err != nil {
			return nil, false, err
		}
		packed = append(packed, part...)
	}
	if len(packed) != int(list.size) {
		return nil, false, fmt.Errorf("join parts: %w", behavepro.ErrCorrupt)
	}
	return packed, true, nil
}

// removeParts deletes parts that no record names any more. What cannot be removed now only takes room.
func (s *Scope) removeParts(ctx context.Context, d Durability, names []string) {
	space := Space{Tenant: s.tenant, Kind: partKind.Name}
	ops := make([]Op, 0, len(names))
	for _, name := range names {
		ops = append(ops, Op{Action: DeleteIf, At: space, Raw: Raw{Key: name, Rev: 1}})
	}
	if len(ops) == 0 {
		return
	}
	if _, err := s.store.driver.Write(ctx, ops, d); err != nil {
		s.store.log.Warn("cannot remove replaced parts", "parts", len(ops), "error", err)
	}
}

// maySplit says whether a kind of this scope may hold split bodies, so that only such kinds pay for looking for the
// parts that a write replaces.
func (s *Scope) maySplit(ctx context.Context, kind string) (bool, error) {
	if known, ok := s.split.Load(kind); ok {
		return known.(bool), nil
	}
	prefix := kind + terminator
	page, err := s.store.driver.Scan(ctx, Space{Tenant: s.tenant, Kind: partKind.Name},
		Query{From: prefix, To: after(prefix), Limit: 1, KeysOnly: true})
	if err != nil {
		return false, fmt.Errorf("look for parts: %w", err)
	}
	found := len(page.Records) > 0
	actual, _ := s.split.LoadOrStore(kind, found)
	return actual.(bool), nil
}
