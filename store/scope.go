package store

import (
	"context"
	"iter"
)

// Key is the parts of a record's key or of an index value, in the order of its declaration, in plain form. The scope
// turns Keyed parts into HMACs.
type Key []string

// Record is a record of a scope, opened. Body is the plain body. Key and Index hold what was stored: Keyed parts come back
// as HMACs, so a room that needs a keyed part again keeps it in the body.
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
	From, To string
	Reverse  bool
	Limit    int
	KeysOnly bool
}

// Scope is a handle on one tenant's records, or on the directory. Another tenant's data cannot be named through it.
// Bodies are compressed (zstd) and sealed with associated data (tenant, kind, key); bodies over MaxBody are split into
// numbered parts and put together again; batches are split under MaxBatchBytes and MaxBatchOps, in order.
type Scope interface {
	// Get returns the records of keys, in their order; a missing one has Rev 0.
	Get(ctx context.Context, kind *Kind, keys ...Key) ([]Record, error)
	// Scan walks a range in order, page by page; it stops at the first error, which it yields.
	Scan(ctx context.Context, kind *Kind, r Range) iter.Seq2[Record, error]
	// Write applies changes in order and returns an outcome for each. It is atomic per record only.
	Write(ctx context.Context, d Durability, changes ...Change) ([]Outcome, error)
	// Drop deletes all records of a kind whose key starts with prefix.
	Drop(ctx context.Context, kind *Kind, prefix Key) error
	// Stat counts a kind's records and stored bytes; nil counts all kinds.
	Stat(ctx context.Context, kind *Kind) (Stat, error)
}
