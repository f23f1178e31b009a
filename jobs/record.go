package jobs

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/fxamacker/cbor/v2"
)

// jobKind has a record per name, with the job of that name and the request that queues behind it, so that every
// decision about a name is one write. Its one index entry holds all that Take decides by.
var jobKind = &store.Kind{
	Name: "job",
	Key:  []store.Field{{Name: "name"}},
	Indexes: []store.Index{{Name: "queue", Fields: []store.Field{
		{Name: "priority", Guard: store.Plain, Why: "orders the queue"},
		{Name: "created", Guard: store.Plain, Why: "orders the queue"},
		{Name: "state", Guard: store.Plain, Why: "waiting or running"},
		{Name: "due", Guard: store.Plain, Why: "when it may be taken: a time"},
		{Name: "kind", Guard: store.Plain, Why: "the kind of work, a word of the program's"},
		{Name: "exclusive"},
	}}},
	Body:      "what to do for which tenant and repository, the last error, and the next request of the same name",
	Class:     store.ClassOperational,
	Purpose:   "work in the background and try again what failed",
	Retention: "until it is done",
	Directory: true,
}

// lockKind has a record for each Exclusive key that is held.
var lockKind = &store.Kind{
	Name:      "job_lock",
	Key:       []store.Field{{Name: "exclusive"}},
	Body:      "fence and end of the lease of the job that holds it",
	Class:     store.ClassOperational,
	Purpose:   "keep two jobs from working on one thing",
	Retention: "until the job is done or its lease has run out",
	Directory: true,
}

// fenceKind has one record, the counter of all takes.
var fenceKind = &store.Kind{
	Name:      "job_fence",
	Key:       []store.Field{{Name: "name", Guard: store.Plain, Why: "a constant"}},
	Body:      "a counter",
	Class:     store.ClassOperational,
	Purpose:   "number the takes of jobs, so that a late worker is recognised",
	Retention: "for ever",
	Directory: true,
}

// Kinds are the record kinds of this package.
func Kinds() []*store.Kind { return []*store.Kind{jobKind, lockKind, fenceKind} }

// slot is the body of a record of jobKind.
type slot struct {
	Job  Job  `cbor:"1,keyasint"`
	Next *Job `cbor:"2,keyasint,omitempty"`
}

type lock struct {
	Fence int64     `cbor:"1,keyasint"`
	Until time.Time `cbor:"2,keyasint"`
}

var encoding = func() cbor.EncMode {
	mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode()
	if err != nil {
		panic("cbor options: " + err.Error()) // only wrong options get here
	}
	return mode
}()

const (
	waiting = "waiting"
	running = "running"
)

// queueEntry is the index entry of a job. Texts of one length keep the order of numbers and times.
func queueEntry(j *Job) store.IndexEntry {
	state, due := waiting, j.NotBefore
	if !j.LeaseUntil.IsZero() {
		state, due = running, j.LeaseUntil
	}
	exclusive := j.Exclusive
	if exclusive == "" {
		exclusive = j.ID
	}
	return store.IndexEntry{Index: "queue", Value: store.Key{
		fmt.Sprintf("%010d", math.MaxInt32-int64(j.Priority)), timeText(j.Created), state, timeText(due), j.Kind, exclusive,
	}}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return fmt.Sprintf("%019d", 0)
	}
	return fmt.Sprintf("%019d", max(0, t.UnixNano()))
}

func parseTime(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read time %q: %w", text, behavepro.ErrCorrupt)
	}
	return time.Unix(0, n), nil
}

// load reads the slot of a name; rev 0 is none. The key may come from a scan.
func (q *Queue) load(ctx context.Context, name string) (slot, store.Revision, error) {
	var s slot
	rev, err := q.read(ctx, jobKind, name, &s)
	return s, rev, err
}

func (q *Queue) read(ctx context.Context, kind *store.Kind, key string, into any) (store.Revision, error) {
	records, err := q.scope.Get(ctx, kind, store.Key{key})
	if err != nil || records[0].Rev == 0 {
		return 0, err
	}
	if err := cbor.Unmarshal(records[0].Body, into); err != nil {
		return 0, fmt.Errorf("decode %s: %w: %w", kind.Name, behavepro.ErrCorrupt, err)
	}
	return records[0].Rev, nil
}

// save writes what it is given if the record still has the revision; false means that somebody else was faster.
func (q *Queue) save(
	ctx context.Context,
	kind *store.Kind,
	key string,
	rev store.Revision,
	body any,
	index ...store.IndexEntry,
) (bool, error) {
	encoded, err := encoding.Marshal(body)
	if err != nil {
		return false, fmt.Errorf("encode %s: %w", kind.Name, err)
	}
	return q.write(
		ctx,
		store.Change{Action: store.PutIf, Kind: kind, Record: store.Record{Key: store.Key{key}, Index: index, Body: encoded, Rev: rev}},
	)
}

func (q *Queue) saveSlot(ctx context.Context, s *slot, rev store.Revision) (bool, error) {
	return q.save(ctx, jobKind, s.Job.Name, rev, s, queueEntry(&s.Job))
}

func (q *Queue) remove(ctx context.Context, kind *store.Kind, key string, rev store.Revision) (bool, error) {
	return q.write(ctx, store.Change{Action: store.DeleteIf, Kind: kind, Record: store.Record{Key: store.Key{key}, Rev: rev}})
}

// write is Durable: an answer was given for what is in the queue, and a fence is only good if it never comes twice.
func (q *Queue) write(ctx context.Context, change store.Change) (bool, error) {
	out, err := q.scope.Write(ctx, store.Durable, change)
	if err != nil {
		return false, err
	}
	return out[0].Result == store.Done, nil
}
