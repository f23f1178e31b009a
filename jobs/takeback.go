package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// TakeBack puts all jobs that workers hold back into the queue, and frees all Exclusive keys: those of the jobs, and those that a
// worker left which was killed, or copied into a backup, between its writes of a job and of its key. It is only for who knows that
// no other worker is alive. Without it they would wait for the end of their leases. A job that was taken before is tried later and
// later: it may be what killed the worker.
func (q *Queue) TakeBack(ctx context.Context, now time.Time, cause error) ([]Job, error) {
	held, err := q.List(ctx, func(j *Job) bool { return !j.LeaseUntil.IsZero() })
	if err != nil {
		return nil, fmt.Errorf("take jobs back: %w", err)
	}
	for _, job := range held {
		retry := time.Millisecond
		if job.Attempts > 1 {
			retry = 0 // a delay that grows
		}
		if err := q.Fail(ctx, now, job, cause, retry); err != nil && !errors.Is(err, behavepro.ErrConflict) {
			return nil, fmt.Errorf("take jobs back: %w", err)
		}
	}
	if err := q.freeAll(ctx); err != nil {
		return nil, fmt.Errorf("free keys of jobs: %w", err)
	}
	return held, nil
}

// freeAll removes every lock.
func (q *Queue) freeAll(ctx context.Context) error {
	var changes []store.Change
	for record, err := range q.scope.Scan(ctx, lockKind, store.Range{}) {
		if err != nil {
			return err
		}
		changes = append(changes, store.Change{Action: store.DeleteIf, Kind: lockKind, Record: record})
	}
	if len(changes) == 0 {
		return nil
	}
	_, err := q.scope.Write(ctx, store.Durable, changes...)
	return err
}
