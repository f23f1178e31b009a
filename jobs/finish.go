package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/fxamacker/cbor/v2"
)

// Extend renews the lease of a job that was taken. ErrConflict means that it is not the worker's any more.
func (q *Queue) Extend(ctx context.Context, now time.Time, job Job, lease time.Duration) (Job, error) {
	held, err := q.change(ctx, job, func(s *slot) (bool, error) {
		s.Job.LeaseUntil = now.Add(lease).UTC()
		return true, q.hold(ctx, now, &s.Job, 0)
	})
	if err != nil {
		return Job{}, fmt.Errorf("extend job: %w", err)
	}
	return held, nil
}

// Done removes a job that was taken, and puts the request behind it, if any, in its place. ErrConflict means that it is
// not the worker's any more: somebody else has taken it since.
func (q *Queue) Done(ctx context.Context, job Job) error {
	_, err := q.change(ctx, job, func(s *slot) (bool, error) {
		if s.Next == nil {
			return false, nil
		}
		*s = slot{Job: *s.Next}
		return true, nil
	})
	return q.finished(ctx, job, "finish", err)
}

// Fail puts a job that was taken back into the queue, to be tried again after retryAfter, or where that is 0 after a
// delay that grows with its attempts; the request behind it, if any, takes its place instead. ErrConflict means that it
// is not the worker's any more.
func (q *Queue) Fail(ctx context.Context, now time.Time, job Job, cause error, retryAfter time.Duration) error {
	if retryAfter <= 0 {
		retryAfter = jittered(job.Attempts)
	}
	return q.putBack(ctx, job, "fail", func(j *Job) {
		if j.NotBefore = now.Add(retryAfter).UTC(); j.Created.After(now) {
			j.Created = now.UTC() // the clock was set back
		}
		if cause != nil {
			j.LastError = cause.Error()
		}
	})
}

// Release puts a job that was taken back as if it had not been, for another worker to take at once.
func (q *Queue) Release(ctx context.Context, job Job) error {
	return q.putBack(ctx, job, "release", func(j *Job) { j.Attempts-- })
}

func (q *Queue) putBack(ctx context.Context, job Job, verb string, edit func(*Job)) error {
	_, err := q.change(ctx, job, func(s *slot) (bool, error) {
		if s.Next != nil {
			*s = slot{Job: *s.Next}
			return true, nil
		}
		s.Job.LeaseUntil, s.Job.Worker = time.Time{}, ""
		edit(&s.Job)
		return true, nil
	})
	return q.finished(ctx, job, verb, err)
}

func (q *Queue) finished(ctx context.Context, job Job, verb string, err error) error {
	if err == nil {
		err = q.letGo(ctx, &job)
	}
	if err != nil {
		return fmt.Errorf("%s job: %w", verb, err)
	}
	q.wakeAll()
	return nil
}

// change edits the slot of a job that was taken, as long as its fence is the one it was taken with; edit returns whether
// the slot stays.
func (q *Queue) change(ctx context.Context, job Job, edit func(*slot) (keep bool, err error)) (Job, error) {
	for {
		s, rev, err := q.load(ctx, job.Name)
		if err != nil {
			return Job{}, err
		}
		if rev == 0 || s.Job.ID != job.ID || s.Job.Fence != job.Fence || s.Job.LeaseUntil.IsZero() {
			return Job{}, fmt.Errorf("job %s at fence %d: %w", job.ID, job.Fence, behavepro.ErrConflict)
		}
		keep, err := edit(&s)
		if err != nil {
			return Job{}, err
		}
		saved := false
		if keep {
			saved, err = q.saveSlot(ctx, &s, rev)
		} else {
			saved, err = q.remove(ctx, jobKind, job.Name, rev)
		}
		if err != nil || saved {
			return s.Job, err
		}
	}
}

// List returns the jobs that match, in the order in which they would be taken, requests behind a running job after it.
// A nil match means all.
func (q *Queue) List(ctx context.Context, match func(*Job) bool) ([]Job, error) {
	var all []Job
	for record, err := range q.scope.Scan(ctx, jobKind, store.Range{Index: "queue"}) {
		if err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		var s slot
		if err := cbor.Unmarshal(record.Body, &s); err != nil {
			return nil, fmt.Errorf("list jobs: %w: %w", behavepro.ErrCorrupt, err)
		}
		all = append(all, s.Job)
		if s.Next != nil {
			all = append(all, *s.Next)
		}
	}
	if match != nil {
		all = slices.DeleteFunc(all, func(j Job) bool { return !match(&j) })
	}
	return all, nil
}

// Remove takes the jobs that match out of the queue, running ones too: their workers' Extend and Done are refused with
// ErrConflict from then on. It is for repositories and tenants that go.
func (q *Queue) Remove(ctx context.Context, match func(*Job) bool) error {
	found, err := q.List(ctx, match)
	if err != nil {
		return fmt.Errorf("remove jobs: %w", err)
	}
	for _, job := range found {
		if err := q.removeOne(ctx, job.Name, match); err != nil {
			return fmt.Errorf("remove jobs: %w", err)
		}
	}
	return nil
}

func (q *Queue) removeOne(ctx context.Context, name string, match func(*Job) bool) error {
	for {
		s, rev, err := q.load(ctx, name)
		if err != nil || rev == 0 {
			return err
		}
		gone := s.Job
		if s.Next != nil && match(s.Next) {
			s.Next = nil
		}
		keep := !match(&s.Job)
		if !keep && s.Next != nil {
			s, keep = slot{Job: *s.Next}, true
		}
		saved := false
		if keep {
			saved, err = q.saveSlot(ctx, &s, rev)
		} else {
			saved, err = q.remove(ctx, jobKind, name, rev)
		}
		if err != nil {
			return err
		}
		if saved {
			if s.Job.ID == gone.ID && keep {
				return nil
			}
			return q.letGo(ctx, &gone)
		}
	}
}
