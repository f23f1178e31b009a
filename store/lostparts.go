package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// lostAfter is how long parts stay that no record names: a write puts the record behind its parts.
const lostAfter = time.Hour

// partTail is how many bytes of a part's key are its generation and number.
const partTail = 16 + 4

// SweepParts deletes parts that no record has named for an hour of calls, which a crash between parts and their record leaves, and says
// how many. now decides; nothing is noted in the store, so a new process begins to count anew.
func (s *Scope) SweepParts(ctx context.Context, now time.Time) (deleted int, err error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.mu.RUnlock()
	s.lostMu.Lock()
	defer s.lostMu.Unlock()
	lost, err := s.lostParts(ctx)
	if err != nil {
		return 0, fmt.Errorf("sweep parts: %w", err)
	}
	since := make(map[string]time.Time, len(lost))
	for generation, names := range lost {
		first, before := s.lost[generation]
		if !before {
			first = now
		}
		if now.Sub(first) < lostAfter {
			since[generation] = first
			continue
		}
		s.removeParts(ctx, Relaxed, names)
		deleted += len(names)
	}
	s.lost = since
	return deleted, nil
}

// lostParts lists the parts that no record names now, by record and generation.
func (s *Scope) lostParts(ctx context.Context) (map[string][]string, error) {
	generations := map[string][]string{}
	for q := (Query{KeysOnly: true}); ; {
		page, err := s.store.driver.Scan(ctx, Space{Tenant: s.tenant, Kind: partKind.Name}, q)
		if err != nil {
			return nil, err
		}
		for _, raw := range page.Records {
			if n := len(raw.Key) - partTail; n > 0 {
				generations[raw.Key[:n+16]] = append(generations[raw.Key[:n+16]], raw.Key)
			}
		}
		if q.Cursor = page.Cursor; page.Cursor == "" {
			break
		}
	}
	for generation := range generations {
		named, err := s.names(ctx, generation)
		if err != nil {
			return nil, err
		}
		if named {
			delete(generations, generation)
		}
	}
	return generations, nil
}

// names reports whether the record of a generation of parts has it.
func (s *Scope) names(ctx context.Context, generation string) (bool, error) {
	record, random := generation[:len(generation)-16], generation[len(generation)-16:]
	kind, key, _ := strings.Cut(record, terminator)
	if s.store.codecs[kind] == nil {
		return true, nil // of a newer program: not ours to judge
	}
	at := Space{Tenant: s.tenant, Kind: kind}
	raws, err := s.store.driver.Get(ctx, at, []string{key})
	if err != nil {
		return false, err
	}
	if raws[0].Rev == 0 || len(raws[0].Body) == 0 || raws[0].Body[0] != formParts {
		return false, nil
	}
	_, packed, err := s.openRaw(ctx, at, &raws[0])
	if err != nil {
		return false, err
	}
	list, err := parsePartList(packed)
	return err == nil && string(list.generation[:]) == random, err
}
