package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
)

// Handler runs the jobs of one kind.
type Handler struct {
	// Do works on a job. nil means done; RetryAfter in the error's chain says when to try again. Its context ends when the
	// job's lease is lost or the time for draining is over; a job broken off by that is given back, not failed.
	Do    func(ctx context.Context, job Job) error
	Limit int // how many run at once; 0 means 1
}

// RetryAfter is an error that asks for another try after a time.
type RetryAfter struct {
	After time.Duration
	Err   error
}

func (r *RetryAfter) Error() string { return r.Err.Error() }
func (r *RetryAfter) Unwrap() error { return r.Err }

// Runner takes jobs from a queue and runs their handlers.
type Runner struct {
	Queue    *Queue
	Worker   string // names this process in the queue
	Handlers map[string]Handler
	Lease    time.Duration // 0 means a minute; renewed while a handler runs
	Poll     time.Duration // how long a job of another process may wait unseen; 0 means 30 s
	Drain    time.Duration // how long running handlers have after the end of Run's context; 0 means none
	Logger   *slog.Logger  // nil logs nothing
}

// Run works until ctx ends, then waits for the running handlers. It returns nil then, and never before.
func (r *Runner) Run(ctx context.Context) error {
	w := r.start(ctx)
	defer w.stop()
	for ctx.Err() == nil {
		woken := r.Queue.Woken() // before looking, so that nothing enqueued meanwhile is missed
		job, again, err := w.next(ctx)
		if err == nil {
			w.run(job)
			continue
		}
		if !errors.Is(err, behavepro.ErrNotFound) && ctx.Err() == nil {
			w.log.Error("cannot take a job", "error", err)
			again = time.Now().Add(time.Second)
		}
		w.wait(ctx, woken, again)
	}
	return nil
}

// work is one Run.
type work struct {
	*Runner
	log      *slog.Logger
	handlers context.Context // of the handlers: ends later than Run's
	end      context.CancelFunc
	group    sync.WaitGroup
	freed    chan struct{} // a handler has ended

	mu   sync.Mutex
	free map[string]int // kind → how many more may run
}

func (r *Runner) start(ctx context.Context) *work {
	w := &work{Runner: r, log: r.Logger, freed: make(chan struct{}, 1), free: map[string]int{}}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	for kind, h := range r.Handlers {
		w.free[kind] = max(1, h.Limit)
	}
	w.handlers, w.end = context.WithCancel(context.WithoutCancel(ctx))
	return w
}

// stop drains: handlers may end by themselves for a while, and are told to after it.
func (w *work) stop() {
	timer := time.AfterFunc(w.Drain, w.end)
	w.group.Wait()
	timer.Stop()
	w.end()
}

func (w *work) next(ctx context.Context) (Job, time.Time, error) {
	w.mu.Lock()
	var kinds []string
	for kind, n := range w.free {
		if n > 0 {
			kinds = append(kinds, kind)
		}
	}
	w.mu.Unlock()
	if len(kinds) == 0 {
		return Job{}, time.Time{}, behavepro.ErrNotFound
	}
	return w.Queue.take(ctx, time.Now(), w.Worker, kinds, w.lease())
}

func (w *work) lease() time.Duration {
	if w.Lease > 0 {
		return w.Lease
	}
	return time.Minute
}

// wait returns when there may be something to take.
func (w *work) wait(ctx context.Context, woken <-chan struct{}, again time.Time) {
	pause := w.Poll
	if pause <= 0 {
		pause = 30 * time.Second
	}
	if !again.IsZero() {
		pause = min(pause, max(0, time.Until(again)))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-woken:
	case <-w.freed:
	case <-timer.C:
	}
}

func (w *work) run(job Job) {
	w.mu.Lock()
	w.free[job.Kind]--
	w.mu.Unlock()
	w.group.Go(func() {
		defer func() {
			w.mu.Lock()
			w.free[job.Kind]++
			w.mu.Unlock()
			select {
			case w.freed <- struct{}{}:
			default:
			}
		}()
		w.handle(job)
	})
}

// handle runs a job's handler under its lease and reports to the queue what came of it.
func (w *work) handle(job Job) {
	ctx, cancel := context.WithCancel(w.handlers)
	var keeper sync.WaitGroup
	keeper.Go(func() { w.keep(ctx, cancel, job) })
	err := call(ctx, w.Handlers[job.Kind].Do, job)
	broken := ctx.Err() != nil
	cancel()
	keeper.Wait()

	report := context.WithoutCancel(w.handlers)
	var retry *RetryAfter
	var failed error
	switch {
	case err == nil:
		failed = w.Queue.Done(report, job)
	case broken:
		failed = w.Queue.Release(report, job)
	case errors.As(err, &retry):
		failed = w.Queue.Fail(report, time.Now(), job, err, retry.After)
	default:
		w.log.Warn("job failed", "kind", job.Kind, "job", job.ID, "repository", job.Repository, "attempts", job.Attempts, "error", err)
		failed = w.Queue.Fail(report, time.Now(), job, err, 0)
	}
	if errors.Is(failed, behavepro.ErrConflict) {
		w.log.Warn("job was taken over or removed while it ran", "kind", job.Kind, "job", job.ID)
	} else if failed != nil {
		w.log.Error("cannot report a job", "kind", job.Kind, "job", job.ID, "error", failed)
	}
}

// keep renews the lease until the handler is done, and breaks the handler off when the lease is lost.
func (w *work) keep(ctx context.Context, cancel context.CancelFunc, job Job) {
	until := job.LeaseUntil
	ticker := time.NewTicker(w.lease() / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			held, err := w.Queue.Extend(ctx, now, job, w.lease())
			switch {
			case err == nil:
				until = held.LeaseUntil
			case ctx.Err() != nil:
				return
			case errors.Is(err, behavepro.ErrConflict) || errors.Is(err, behavepro.ErrExists) || now.After(until):
				w.log.Warn("job's lease is lost", "kind", job.Kind, "job", job.ID, "error", err)
				cancel()
				return
			}
		}
	}
}

// call turns a handler's panic into an error, so that one bad job does not end the daemon.
func call(ctx context.Context, do func(context.Context, Job) error, job Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler of %s panicked: %v", job.Kind, p)
		}
	}()
	return do(ctx, job)
}
