package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/behavepro/behavepro"
)

// openAll turns what a driver returned into records.
func (s *Scope) openAll(ctx context.Context, c *codec, raws []Raw, keysOnly bool) ([]Record, error) {
	records := make([]Record, len(raws))
	err := parallel(len(raws), func(i int) (err error) {
		if raws[i].Rev != 0 {
			records[i], err = s.openRecord(ctx, c, &raws[i], keysOnly)
		}
		return err
	})
	return records, err
}

// openRecord opens one record. Where the parts of its body were replaced meanwhile, it reads the record again.
func (s *Scope) openRecord(ctx context.Context, c *codec, raw *Raw, keysOnly bool) (Record, error) {
	at := s.space(c.kind)
	for {
		if raw.Rev == 0 { // gone meanwhile
			return Record{}, nil
		}
		record, err := decodeRecord(c, raw)
		if err != nil || keysOnly {
			return record, err
		}
		form, packed, err := s.openRaw(ctx, at, raw)
		if err != nil {
			return Record{}, err
		}
		if form != formParts {
			record.Body, err = unpack(form, packed)
			return record, err
		}
		list, err := parsePartList(packed)
		if err != nil {
			return Record{}, err
		}
		joined, ok, err := s.joinParts(ctx, c.kind.Name, raw.Key, list)
		if err != nil {
			return Record{}, err
		}
		if ok {
			record.Body, err = unpack(list.form, joined)
			return record, err
		}
		again, err := s.store.driver.Get(ctx, at, []string{raw.Key})
		if err != nil {
			return Record{}, err
		}
		if again[0].Rev == raw.Rev {
			return Record{}, fmt.Errorf("a part of its body is missing: %w", behavepro.ErrCorrupt)
		}
		raw = &again[0]
	}
}

func decodeRecord(c *codec, raw *Raw) (Record, error) {
	key, err := c.key.decode(raw.Key)
	if err != nil {
		return Record{}, err
	}
	record := Record{Key: key, Rev: raw.Rev}
	for _, e := range raw.Index {
		l, err := c.layout(e.Index)
		if errors.Is(err, behavepro.ErrInvalid) {
			continue // of an index that is declared no more
		}
		value, err := l.decode(e.Value)
		if err != nil {
			return Record{}, err
		}
		record.Index = append(record.Index, IndexEntry{Index: e.Index, Value: value})
	}
	return record, nil
}

// openRaw unseals a stored body. A key that is not known here may have been added by another process: the keys are read
// again once before the body is called corrupt.
func (s *Scope) openRaw(ctx context.Context, at Space, raw *Raw) (form byte, packed []byte, err error) {
	keys := s.keys.Load()
	form, packed, err = openBody(keys, at, raw.Key, raw.Body)
	if err == nil || !errors.Is(err, behavepro.ErrCorrupt) {
		return form, packed, err
	}
	fresh, changed, reloadErr := s.store.reloadKeys(ctx, s, keys)
	if reloadErr != nil {
		return 0, nil, errors.Join(err, reloadErr)
	}
	if !changed {
		return 0, nil, err
	}
	return openBody(fresh, at, raw.Key, raw.Body)
}
