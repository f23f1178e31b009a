package store

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/seal"
)

// Key is the parts of a record's key or of an index value, in the order of its declaration, in plain form; a part may
// hold any bytes. The scope turns Keyed parts into HMACs.
type Key []string

// Record is a record of a scope, opened. Body is the plain body. Key and Index hold what was stored: Plain parts as they
// are, Keyed parts as marked HMACs. A marked HMAC may be used as that part again, to read, replace or delete the record;
// a package that needs the plain part again keeps it in the body.
type Record struct {
	Key   Key
	Index []IndexEntry
	Body  []byte
	Rev   Revision // 0: there is no such record
}

// IndexEntry is one value of a record in one of its kind's indexes.
type IndexEntry struct {
	Index string
	Value Key
}

// Change is one write through a scope.
type Change struct {
	Action Action
	Kind   *Kind
	Record // Rev is what PutIf and DeleteIf expect
}

// Range selects records of a kind. Prefix holds the leading parts of the key (or of the index value, where Index is
// named); From and To bound the next, Plain, part: [From, To).
type Range struct {
	Index    string
	Prefix   Key
	From, To string // "" means no bound
	Reverse  bool
	Limit    int // 0 means all
	KeysOnly bool
}

// Scope is a handle on one tenant's records, or on the directory. Another tenant's data cannot be named through it.
// Bodies are compressed (zstd) and sealed with associated data (tenant, kind, key); bodies over MaxBody are split into
// numbered parts and put together again; batches are split under MaxBatchBytes and MaxBatchOps, in order. A Scope is
// safe for concurrent use. After DropTenant its methods return ErrGone.
type Scope struct {
	store   *Store
	tenant  string // "" is the directory
	keys    atomic.Pointer[seal.Keys]
	split   sync.Map     // kind → whether it may hold split bodies
	mu      sync.RWMutex // held for reading by every call to the driver, for writing by DropTenant
	dropped bool

	lostMu sync.Mutex
	lost   map[string]time.Time // generations of parts that no record names, and when that was first seen
}

// pageSize is how many records a scan asks a driver for at once.
const pageSize = 512

// Get returns the records of keys, in their order; a missing one has Rev 0. The Key of each is the one asked for.
func (s *Scope) Get(ctx context.Context, kind *Kind, keys ...Key) ([]Record, error) {
	c, err := s.codec(kind)
	if err != nil {
		return nil, err
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	encoded := make([]string, len(keys))
	sealing := s.keys.Load()
	if err := parallel(len(keys), func(i int) (err error) {
		encoded[i], err = c.key.encode(sealing, keys[i])
		return err
	}); err != nil {
		return nil, fmt.Errorf("get %s: %w", kind.Name, err)
	}
	raws, err := s.store.driver.Get(ctx, s.space(kind), encoded)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", kind.Name, err)
	}
	records, err := s.openAll(ctx, c, raws, false)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", kind.Name, err)
	}
	for i := range records {
		records[i].Key = keys[i]
	}
	return records, nil
}

// Scan walks a range in order, page by page; it stops at the first error, which it yields. A record with several values
// in the range of an index is yielded once for each. Records written while it walks may or may not be seen.
func (s *Scope) Scan(ctx context.Context, kind *Kind, r Range) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		c, q, err := s.query(kind, &r)
		if err != nil {
			yield(Record{}, fmt.Errorf("scan: %w", err))
			return
		}
		left := r.Limit
		for {
			q.Limit = pageSize
			if r.Limit > 0 {
				q.Limit = min(pageSize, left)
			}
			records, cursor, err := s.scanPage(ctx, c, q)
			if err != nil {
				yield(Record{}, fmt.Errorf("scan %s: %w", kind.Name, err))
				return
			}
			for i := range records {
				if records[i].Rev != 0 && !yield(records[i], nil) {
					return
				}
			}
			left -= len(records)
			if q.Cursor = cursor; cursor == "" || (r.Limit > 0 && left <= 0) {
				return
			}
		}
	}
}

func (s *Scope) query(kind *Kind, r *Range) (*codec, Query, error) {
	c, err := s.codec(kind)
	if err != nil {
		return nil, Query{}, err
	}
	l, err := c.layout(r.Index)
	if err != nil {
		return nil, Query{}, err
	}
	from, to, err := l.bounds(s.keys.Load(), r)
	return c, Query{Index: r.Index, From: from, To: to, Reverse: r.Reverse, KeysOnly: r.KeysOnly}, err
}

func (s *Scope) scanPage(ctx context.Context, c *codec, q Query) ([]Record, string, error) {
	if err := s.enter(); err != nil {
		return nil, "", err
	}
	defer s.mu.RUnlock()
	page, err := s.store.driver.Scan(ctx, s.space(c.kind), q)
	if err != nil {
		return nil, "", err
	}
	records, err := s.openAll(ctx, c, page.Records, q.KeysOnly)
	return records, page.Cursor, err
}

// Drop deletes all records of a kind whose key starts with prefix. The empty prefix means all of the kind.
func (s *Scope) Drop(ctx context.Context, kind *Kind, prefix Key) error {
	c, err := s.codec(kind)
	if err != nil {
		return err
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.mu.RUnlock()
	encoded, err := c.key.encodePrefix(s.keys.Load(), prefix)
	if err != nil {
		return fmt.Errorf("drop %s: %w", kind.Name, err)
	}
	if len(prefix) == len(c.key.fields) {
		err = s.dropOne(ctx, kind, encoded)
	} else if err = s.store.driver.Drop(ctx, s.space(kind), encoded); err == nil {
		err = s.store.driver.Drop(ctx, Space{Tenant: s.tenant, Kind: partKind.Name}, partPrefix(kind.Name, encoded))
	}
	if err != nil {
		return fmt.Errorf("drop %s: %w", kind.Name, err)
	}
	return nil
}

// dropOne deletes the record of a whole key, which as a prefix would reach the keys that it is the beginning of.
func (s *Scope) dropOne(ctx context.Context, kind *Kind, key string) error {
	for {
		raws, err := s.store.driver.Get(ctx, s.space(kind), []string{key})
		if err != nil || raws[0].Rev == 0 {
			return err
		}
		p := &prepared{ops: []Op{{Action: DeleteIf, At: s.space(kind), Raw: Raw{Key: key, Rev: raws[0].Rev}}}}
		outcomes, err := s.apply(ctx, Durable, []*prepared{p})
		if err != nil || outcomes[0].Result == Done {
			return err
		}
	}
}

// Stat counts a kind's records and stored bytes; nil counts all kinds.
func (s *Scope) Stat(ctx context.Context, kind *Kind) (Stat, error) {
	at := Space{Tenant: s.tenant}
	if kind != nil {
		if _, err := s.codec(kind); err != nil {
			return Stat{}, err
		}
		at.Kind = kind.Name
	}
	if err := s.enter(); err != nil {
		return Stat{}, err
	}
	defer s.mu.RUnlock()
	stat, err := s.store.driver.Stat(ctx, at)
	if err != nil {
		return Stat{}, fmt.Errorf("count records: %w", err)
	}
	return stat, nil
}

func (s *Scope) space(kind *Kind) Space { return Space{Tenant: s.tenant, Kind: kind.Name} }

// codec finds a kind among those declared at Open, and refuses the directory's kinds to tenants and the other way round.
func (s *Scope) codec(kind *Kind) (*codec, error) {
	if kind == nil {
		return nil, fmt.Errorf("use scope: no kind given: %w", behavepro.ErrInvalid)
	}
	c := s.store.codecs[kind.Name]
	switch {
	case c == nil || c.kind != kind:
		return nil, fmt.Errorf("use kind %s: not declared when the store was opened: %w", kind.Name, behavepro.ErrInvalid)
	case kind.Directory && s.tenant != "":
		return nil, fmt.Errorf("use kind %s: it lives in the directory, not in a tenant: %w", kind.Name, behavepro.ErrInvalid)
	case !kind.Directory && s.tenant == "":
		return nil, fmt.Errorf("use kind %s: it lives in a tenant, not in the directory: %w", kind.Name, behavepro.ErrInvalid)
	}
	return c, nil
}

// enter holds off DropTenant until mu is unlocked again.
func (s *Scope) enter() error {
	s.mu.RLock()
	if s.dropped {
		s.mu.RUnlock()
		return fmt.Errorf("use tenant %s: its data was removed: %w", s.tenant, behavepro.ErrGone)
	}
	return nil
}
