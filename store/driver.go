package store

import "context"

// Driver is a storage engine. It knows records and their indexes, nothing of tenants' meaning, sealing or expiry;
// those are written once above it, in Store. Every driver passes storetest.Run.
type Driver interface {
	// Declare makes the kinds known, and creates or extends what the engine needs for them. Declaring a kind again is
	// free. It is called once, before anything else.
	Declare(ctx context.Context, kinds []*Kind) error

	// Get returns the records of keys, in the order of keys; a missing one has Rev 0.
	Get(ctx context.Context, at Space, keys []string) ([]Raw, error)

	// Scan returns one page of records ordered by (index value, key), or by key alone for the index "".
	Scan(ctx context.Context, at Space, q Query) (Page, error)

	// Write applies ops, each atomic by itself and the whole batch in one transaction where the engine has them. It
	// returns one outcome per op, in order. A lost race is an outcome, never an error. A batch over MaxBatchBytes or
	// MaxBatchOps and a body over MaxBody are refused with ErrLimit, and nothing of the batch is written.
	Write(ctx context.Context, ops []Op, d Durability) ([]Outcome, error)

	// Drop deletes every record of a space whose key starts with prefix. The empty kind stands for all kinds.
	Drop(ctx context.Context, at Space, prefix string) error

	// Stat counts the records and stored bytes of a space. The empty kind stands for all kinds, the empty tenant for all.
	Stat(ctx context.Context, at Space) (Stat, error)

	Close() error
}

// Bounds that every driver enforces.
const (
	MaxBody       = 4 << 20
	MaxBatchBytes = 32 << 20
	MaxBatchOps   = 10_000
)

// Space is where records of one kind of one tenant live. The directory is the tenant "".
type Space struct {
	Tenant string
	Kind   string
}

// Revision counts the writes to a record from 1; 0 means that there is none.
type Revision int64

// Raw is a record as a driver sees it: an order-preserving encoded key, index values and an opaque body.
type Raw struct {
	Key   string
	Index []Entry
	Body  []byte
	Rev   Revision
}

// Entry is one value of a record in a named index. An index may hold several values per record.
type Entry struct {
	Index string
	Value string
}

// Query selects records by a half-open range [From, To) of index values, or of keys where Index is "".
type Query struct {
	Index    string
	From, To string // To "" means no upper bound
	Reverse  bool
	Limit    int    // 0 means the driver's page size
	Cursor   string // where the page before ended
	KeysOnly bool   // leave Body empty
}

// Page is a part of a scan. Cursor is "" at the end.
type Page struct {
	Records []Raw
	Cursor  string
}

// Action is what an Op does.
type Action int

const (
	PutNew   Action = iota // write unless the key exists: then the outcome is Exists
	PutIf                  // write if the record's revision is Op.Rev: else the outcome is Conflict
	DeleteIf               // delete if the record's revision is Op.Rev: else Conflict; a missing record is Conflict
)

// Op is one change. Rev is the revision expected by PutIf and DeleteIf; PutIf with 0 means "must not exist".
type Op struct {
	Action Action
	At     Space
	Raw
}

// Durability says what a successful Write promises.
type Durability int

const (
	// Relaxed survives a crash of the process; a power cut may lose the newest writes, never their order.
	Relaxed Durability = iota
	// Durable survives a power cut. What a client was told is stored was written Durable.
	Durable
)

// Outcome is what became of one Op, with the record's revision after it.
type Outcome struct {
	Result Result
	Rev    Revision
}

// Result of an Op.
type Result int

const (
	Done Result = iota
	Exists
	Conflict
)

// Stat counts.
type Stat struct {
	Records int64
	Bytes   int64
}
