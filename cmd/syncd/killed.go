package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jobs"
)

var errKilled = errors.New("the server was killed while it ran")

// takeBack puts the jobs back into the queue that a killed server held: who has the data folder's lock is alone, so nobody
// works on them. Without it they would wait for the end of their leases. One that was taken before is tried later and later:
// it may be what killed the server.
func (r *rooms) takeBack(ctx context.Context) error {
	held, err := r.queue.List(ctx, func(j *jobs.Job) bool { return !j.LeaseUntil.IsZero() })
	if err != nil {
		return fmt.Errorf("take jobs back: %w", err)
	}
	for _, job := range held {
		retry := time.Millisecond
		if job.Attempts > 1 {
			retry = 0 // a delay that grows
		}
		err := r.queue.Fail(ctx, r.now(), job, errKilled, retry)
		if err != nil && !errors.Is(err, behavepro.ErrConflict) {
			return fmt.Errorf("take jobs back: %w", err)
		}
		r.log.Info("job goes on", "kind", job.Kind, "job", job.ID, "repository", job.Repository)
	}
	return nil
}
