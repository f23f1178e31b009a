package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Queue is a handle on the jobs of an installation, safe for concurrent use.
type Queue struct {
	scope *store.Scope
	mu    sync.Mutex // keeps the takers of one process from racing each other; several processes race by revisions

	wakeMu sync.Mutex
	wake   chan struct{} // closed and replaced when something may have become due
}

// New makes a queue on the directory's scope.
func New(directory *store.Scope) *Queue {
	return &Queue{scope: directory, wake: make(chan struct{})}
}

// Woken returns a channel that is closed when next a job is enqueued, done or failed in this process.
func (q *Queue) Woken() <-chan struct{} {
	q.wakeMu.Lock()
	defer q.wakeMu.Unlock()
	return q.wake
}

func (q *Queue) wakeAll() {
	q.wakeMu.Lock()
	defer q.wakeMu.Unlock()
	close(q.wake)
	q.wake = make(chan struct{})
}

// Enqueue stores a request durably and returns the job that stands for it.
func (q *Queue) Enqueue(ctx context.Context, now time.Time, r Request) (Job, error) {
	if r.Name == "" || r.Kind == "" {
		return Job{}, fmt.Errorf("enqueue job: no name or kind: %w", behavepro.ErrInvalid)
	}
	for {
		s, rev, err := q.load(ctx, r.Name)
		if err != nil {
			return Job{}, fmt.Errorf("enqueue job: %w", err)
		}
		job := place(&s, rev != 0, now, r)
		saved, err := q.saveSlot(ctx, &s, rev)
		if err != nil {
			return Job{}, fmt.Errorf("enqueue job: %w", err)
		}
		if saved {
			q.wakeAll()
			return job, nil
		}
	}
}

// place puts a request into its name's slot: alone, in place of one that waits, or behind one that runs or whose worker
// was lost. It returns the job.
func place(s *slot, exists bool, now time.Time, r Request) Job {
	fresh := Job{ID: rand.Text(), Request: r, Created: now.UTC()}
	target := &s.Job
	if exists && !s.Job.LeaseUntil.IsZero() {
		if s.Next == nil {
			s.Next = &fresh
			return fresh
		}
		target = s.Next
	}
	if exists { // the same place in the line, at no lower priority
		if fresh.ID = target.ID; target.Created.Before(fresh.Created) {
			fresh.Created = target.Created
		}
		fresh.Priority = max(fresh.Priority, target.Priority)
	}
	*target = fresh
	return fresh
}

// Take gives the worker the most urgent job that is due, of one of the kinds, until the lease ends: the highest
// priority, then the oldest. ErrNotFound means that there is none.
func (q *Queue) Take(ctx context.Context, now time.Time, worker string, kinds []string, lease time.Duration) (Job, error) {
	job, _, err := q.take(ctx, now, worker, kinds, lease)
	return job, err
}

// take also returns when to look again, where there is none.
func (q *Queue) take(ctx context.Context, now time.Time, worker string, kinds []string, lease time.Duration) (Job, time.Time, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		candidates, err := q.candidates(ctx)
		if err != nil {
			return Job{}, time.Time{}, fmt.Errorf("take job: %w", err)
		}
		for {
			pick, again := choose(candidates, now, kinds)
			if pick < 0 {
				return Job{}, again, fmt.Errorf("take job: %w", behavepro.ErrNotFound)
			}
			job, err := q.tryTake(ctx, now, worker, candidates[pick].key, lease)
			if err == nil {
				return job, time.Time{}, nil
			}
			if errors.Is(err, behavepro.ErrExists) { // its exclusive key is held: look at the others
				candidates[pick].running, candidates[pick].due = true, now.Add(time.Second)
				continue
			}
			if !errors.Is(err, behavepro.ErrConflict) {
				return Job{}, time.Time{}, fmt.Errorf("take job: %w", err)
			}
			break // the queue has changed: read it again
		}
	}
}

func (q *Queue) candidates(ctx context.Context) ([]candidate, error) {
	var all []candidate
	for record, err := range q.scope.Scan(ctx, jobKind, store.Range{Index: "queue", KeysOnly: true}) {
		if err != nil {
			return nil, err
		}
		c, err := parseCandidate(&record)
		if err != nil {
			return nil, fmt.Errorf("read queue: %w", err)
		}
		all = append(all, c)
	}
	return all, nil
}

// tryTake takes one job: lock first, so that the job is never running without it. ErrConflict: somebody else changed the
// job; ErrExists: another job holds the lock.
func (q *Queue) tryTake(ctx context.Context, now time.Time, worker, key string, lease time.Duration) (Job, error) {
	s, rev, err := q.load(ctx, key)
	if err != nil {
		return Job{}, err
	}
	if rev == 0 || s.Job.Running(now) || !due(s.Job.NotBefore, s.Job.Created, now) {
		return Job{}, behavepro.ErrConflict
	}
	fence, err := q.nextFence(ctx)
	if err != nil {
		return Job{}, err
	}
	before := s.Job
	s.Job.Fence, s.Job.Worker, s.Job.LeaseUntil = fence, worker, now.Add(lease).UTC()
	s.Job.Attempts++
	if err := q.hold(ctx, now, &s.Job, before.Fence); err != nil {
		return Job{}, err
	}
	saved, err := q.saveSlot(ctx, &s, rev)
	if err == nil && !saved {
		err = behavepro.ErrConflict
	}
	if err != nil {
		return Job{}, errors.Join(err, q.letGo(ctx, &s.Job))
	}
	return s.Job, nil
}

func (q *Queue) nextFence(ctx context.Context) (int64, error) {
	const name = "fence"
	for {
		var fence int64
		rev, err := q.read(ctx, fenceKind, name, &fence)
		if err != nil {
			return 0, err
		}
		fence++
		if saved, err := q.save(ctx, fenceKind, name, rev, fence); err != nil || saved {
			return fence, err
		}
	}
}

// hold takes or renews the lock of a job's exclusive key. A lock is free when there is none, when its lease has ended,
// and for the job's own earlier fence.
func (q *Queue) hold(ctx context.Context, now time.Time, job *Job, earlier int64) error {
	if job.Exclusive == "" {
		return nil
	}
	for {
		var held lock
		rev, err := q.read(ctx, lockKind, job.Exclusive, &held)
		if err != nil {
			return err
		}
		if rev != 0 && held.Until.After(now) && !held.Until.After(now.Add(longestLease)) && held.Fence != job.Fence && held.Fence != earlier {
			return behavepro.ErrExists
		}
		saved, err := q.save(ctx, lockKind, job.Exclusive, rev, lock{Fence: job.Fence, Until: job.LeaseUntil})
		if err != nil || saved {
			return err
		}
	}
}

// letGo frees a job's lock, if it still is the job's.
func (q *Queue) letGo(ctx context.Context, job *Job) error {
	if job.Exclusive == "" {
		return nil
	}
	for {
		var held lock
		rev, err := q.read(ctx, lockKind, job.Exclusive, &held)
		if err != nil || rev == 0 || held.Fence != job.Fence {
			return err
		}
		if removed, err := q.remove(ctx, lockKind, job.Exclusive, rev); err != nil || removed {
			return err
		}
	}
}
