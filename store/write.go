package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro/store/seal"
)

// windowBytes is how many plain bytes are compressed and sealed at once before they are written.
const windowBytes = MaxBatchBytes / 2

// prepared is a change made ready for the driver: its parts, if any, and last the op that decides.
type prepared struct {
	ops   []Op
	parts []string // names of the parts in ops
	old   []string // names of the parts that the change replaces
}

// Write applies changes in order and returns an outcome for each. It is atomic per record only: after an error the
// outcomes of the changes that were applied before it are returned with it.
func (s *Scope) Write(ctx context.Context, d Durability, changes ...Change) ([]Outcome, error) {
	for i := range changes {
		c, err := s.codec(changes[i].Kind)
		if err == nil {
			err = c.check(&changes[i])
		}
		if err != nil {
			return nil, fmt.Errorf("write: %w", err)
		}
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	outcomes := make([]Outcome, 0, len(changes))
	for len(changes) > 0 {
		n := window(changes)
		out, err := s.writeWindow(ctx, d, changes[:n])
		outcomes = append(outcomes, out...)
		if err != nil {
			return outcomes, fmt.Errorf("write %s: %w", changes[0].Kind.Name, err)
		}
		changes = changes[n:]
	}
	return outcomes, nil
}

func window(changes []Change) int {
	bytes := 0
	for i := range changes {
		bytes += len(changes[i].Body)
		if i > 0 && (bytes > windowBytes || i == MaxBatchOps) {
			return i
		}
	}
	return len(changes)
}

func (s *Scope) writeWindow(ctx context.Context, d Durability, changes []Change) ([]Outcome, error) {
	keys := s.keys.Load()
	work := make([]*prepared, len(changes))
	err := parallel(len(changes), func(i int) (err error) {
		work[i], err = s.prepare(keys, &changes[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.apply(ctx, d, work)
}

// prepare encodes, compresses and seals one change.
func (s *Scope) prepare(keys *seal.Keys, ch *Change) (*prepared, error) {
	c := s.store.codecs[ch.Kind.Name]
	op := Op{Action: ch.Action, At: s.space(ch.Kind)}
	op.Rev = ch.Rev
	var err error
	if op.Key, err = c.key.encode(keys, ch.Key); err != nil {
		return nil, err
	}
	if ch.Action == DeleteIf {
		return &prepared{ops: []Op{op}}, nil
	}
	for _, e := range ch.Index {
		value, err := c.indexes[e.Index].encode(keys, e.Value)
		if err != nil {
			return nil, err
		}
		op.Index = append(op.Index, Entry{Index: e.Index, Value: value})
	}
	form, packed, done := pack(ch.Body)
	defer done()
	if len(packed) <= partSize {
		if op.Body, err = sealBody(keys, form, op.At, op.Key, packed); err != nil {
			return nil, err
		}
		return &prepared{ops: []Op{op}}, nil
	}
	head, list, parts, err := splitBody(keys, form, op.At, op.Key, packed)
	if err != nil {
		return nil, err
	}
	op.Body = head
	return &prepared{ops: append(parts, op), parts: list.keys(ch.Kind.Name, op.Key)}, nil
}

// apply writes what was prepared, in order, in as few batches as the bounds allow, and removes the parts that nobody
// needs any more: those a change replaced, or its own where it lost.
func (s *Scope) apply(ctx context.Context, d Durability, work []*prepared) ([]Outcome, error) {
	if err := s.findReplaced(ctx, work); err != nil {
		return nil, err
	}
	var ops []Op
	for _, p := range work {
		if len(p.parts) > 0 {
			s.split.Store(p.ops[len(p.ops)-1].At.Kind, true)
		}
		ops = append(ops, p.ops...)
	}
	results, err := s.writeBatches(ctx, d, ops)
	outcomes := make([]Outcome, 0, len(work))
	var unused []string
	live := map[string][]string{} // the parts that changes of this call made for a record
	for _, p := range work {
		if len(results) < len(p.ops) { // not reached
			unused = append(unused, p.parts...)
			results = nil
			continue
		}
		last := len(p.ops) - 1
		out := results[last]
		results = results[len(p.ops):]
		outcomes = append(outcomes, out)
		if out.Result != Done {
			unused = append(unused, p.parts...)
			continue
		}
		unused = append(unused, p.old...)
		if len(live) > 0 || len(p.parts) > 0 {
			record := partPrefix(p.ops[last].At.Kind, p.ops[last].Key)
			unused = append(unused, live[record]...)
			live[record] = p.parts
		}
	}
	s.removeParts(context.WithoutCancel(ctx), Relaxed, unused)
	return outcomes, err
}

func (s *Scope) writeBatches(ctx context.Context, d Durability, ops []Op) ([]Outcome, error) {
	results := make([]Outcome, 0, len(ops))
	for len(ops) > 0 {
		n, bytes := 0, 0
		for n < len(ops) && n < MaxBatchOps && (n == 0 || bytes+ops[n].Size() <= MaxBatchBytes) {
			bytes += ops[n].Size()
			n++
		}
		out, err := s.store.driver.Write(ctx, ops[:n], d)
		if err != nil {
			return results, err
		}
		results = append(results, out...)
		ops = ops[n:]
	}
	return results, nil
}

// findReplaced notes the parts of the bodies that changes are about to replace or delete.
func (s *Scope) findReplaced(ctx context.Context, work []*prepared) error {
	wanted := map[string][]*prepared{} // by kind
	for _, p := range work {
		op := &p.ops[len(p.ops)-1]
		if op.Action == PutNew || op.Rev == 0 {
			continue
		}
		may, err := s.maySplit(ctx, op.At.Kind)
		if err != nil {
			return err
		}
		if may {
			wanted[op.At.Kind] = append(wanted[op.At.Kind], p)
		}
	}
	for kind, list := range wanted {
		for chunk := range slices.Chunk(list, 64) {
			if err := s.findReplacedOf(ctx, kind, chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Scope) findReplacedOf(ctx context.Context, kind string, work []*prepared) error {
	names := make([]string, len(work))
	for i, p := range work {
		names[i] = p.ops[len(p.ops)-1].Key
	}
	at := Space{Tenant: s.tenant, Kind: kind}
	raws, err := s.store.driver.Get(ctx, at, names)
	if err != nil {
		return fmt.Errorf("look for replaced parts: %w", err)
	}
	for i, p := range work {
		raw := &raws[i]
		if raw.Rev != p.ops[len(p.ops)-1].Rev || len(raw.Body) == 0 || raw.Body[0] != formParts {
			continue
		}
		_, packed, err := s.openRaw(ctx, at, raw)
		if err != nil {
			return err
		}
		replaced, err := parsePartList(packed)
		if err != nil {
			return err
		}
		p.old = replaced.keys(kind, raw.Key)
	}
	return nil
}
