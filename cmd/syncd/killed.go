package main

import (
	"context"
	"errors"
)

var errKilled = errors.New("the server was killed while it ran")

// takeBack puts the jobs back into the queue that a killed server held: who has the data folder's lock is alone, so nobody
// works on them.
func (r *rooms) takeBack(ctx context.Context) error {
	held, err := r.queue.TakeBack(ctx, r.now(), errKilled)
	for _, job := range held {
		r.log.Info("job goes on", "kind", job.Kind, "job", job.ID, "repository", job.Repository)
	}
	return err
}
