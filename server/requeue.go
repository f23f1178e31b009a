package server

import (
	"context"
	"errors"
)

var errKilled = errors.New("the server was killed while it ran")

// requeueLeased puts the jobs back into the queue that a killed server held: who has the data folder's lock is alone, so nobody
// works on them.
func (a *App) requeueLeased(ctx context.Context) error {
	held, err := a.queue.TakeBack(ctx, a.conf.Now(), errKilled)
	for _, job := range held {
		a.conf.Log.Info("job goes on", "kind", job.Kind, "job", job.ID, "repository", job.Repository)
	}
	return err
}
