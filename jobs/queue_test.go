package jobs_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/store/storetest"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

func newQueue(t *testing.T) *jobs.Queue {
	return jobs.New(storetest.NewStore(t, jobs.Kinds()...).Directory())
}

func enqueue(t *testing.T, q *jobs.Queue, second int, r jobs.Request) jobs.Job {
	t.Helper()
	if r.Kind == "" {
		r.Kind = "sync"
	}
	job, err := q.Enqueue(t.Context(), at(second), r)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func take(t *testing.T, q *jobs.Queue, second int) jobs.Job {
	t.Helper()
	job, err := q.Take(t.Context(), at(second), "w", []string{"sync", "match"}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func takeNone(t *testing.T, q *jobs.Queue, second int) {
	t.Helper()
	if job, err := q.Take(t.Context(), at(second), "w", []string{"sync", "match"}, time.Minute); !errors.Is(err, behavepro.ErrNotFound) {
		t.Fatalf("took %q, %v; want none", job.Name, err)
	}
}

func list(t *testing.T, q *jobs.Queue) string {
	t.Helper()
	all, err := q.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, j := range all {
		names = append(names, j.Name+":"+string(j.Payload))
	}
	return strings.Join(names, " ")
}

func TestOrder(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	enqueue(t, q, 0, jobs.Request{Name: "old", Payload: []byte("p"), Tenant: "t", Repository: "r"})
	enqueue(t, q, 1, jobs.Request{Name: "low", Priority: -5})
	enqueue(t, q, 2, jobs.Request{Name: "high", Priority: 5, NotBefore: at(20)})
	enqueue(t, q, 3, jobs.Request{Name: "new"})
	enqueue(t, q, 4, jobs.Request{Name: "other", Kind: "other", Priority: 9})
	old := take(t, q, 10)
	if old.Name != "old" || string(old.Payload) != "p" || old.Tenant != "t" || old.Repository != "r" || old.Attempts != 1 || !old.LeaseUntil.Equal(at(70)) {
		t.Errorf("took %+v", old)
	}
	for _, want := range []string{"high", "new", "low"} {
		if got := take(t, q, 20).Name; got != want {
			t.Errorf("took %s, want %s", got, want)
		}
	}
	takeNone(t, q, 20)
}

func TestSameName(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	first := enqueue(t, q, 0, jobs.Request{Name: "n", Payload: []byte("1"), Priority: 3})
	second := enqueue(t, q, 1, jobs.Request{Name: "n", Payload: []byte("2")})
	if second.ID != first.ID || second.Priority != 3 || !second.Created.Equal(at(0)) {
		t.Errorf("the newer request lost its place: %+v", second)
	}
	if got := list(t, q); got != "n:2" {
		t.Errorf("one waits: got %q", got)
	}
	running := take(t, q, 2)
	third := enqueue(t, q, 3, jobs.Request{Name: "n", Payload: []byte("3")})
	if again := enqueue(t, q, 4, jobs.Request{Name: "n", Payload: []byte("4")}); again.ID != third.ID || third.ID == first.ID {
		t.Errorf("behind the running job: ids %s, %s, %s", first.ID, third.ID, again.ID)
	}
	if got := list(t, q); got != "n:2 n:4" {
		t.Errorf("one runs, one waits: got %q", got)
	}
	takeNone(t, q, 5)
	if err := q.Done(t.Context(), running); err != nil {
		t.Fatal(err)
	}
	next := take(t, q, 6)
	if string(next.Payload) != "4" || next.Attempts != 1 || next.Fence <= running.Fence {
		t.Errorf("next: %+v", next)
	}
	if err := q.Done(t.Context(), running); !errors.Is(err, behavepro.ErrConflict) {
		t.Errorf("done twice: got %v", err)
	}
	if err := q.Done(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if got := list(t, q); got != "" {
		t.Errorf("left: %q", got)
	}
}

func TestExclusive(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	for i := range 3 {
		enqueue(t, q, i, jobs.Request{Name: fmt.Sprint(i), Exclusive: []string{"repo", "repo", "other"}[i]})
	}
	first, third := take(t, q, 10), take(t, q, 10)
	if first.Name != "0" || third.Name != "2" {
		t.Errorf("took %s, %s", first.Name, third.Name)
	}
	takeNone(t, q, 10)
	if err := q.Fail(t.Context(), at(11), first, errors.New("no"), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	second := take(t, q, 12)
	if second.Name != "1" {
		t.Errorf("took %s", second.Name)
	}
	takeNone(t, q, 17)
	if err := q.Done(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if again := take(t, q, 17); again.Name != "0" || again.Attempts != 2 || again.LastError != "no" {
		t.Errorf("took %+v", again)
	}
}

func TestLostWorker(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	enqueue(t, q, 0, jobs.Request{Name: "n", Exclusive: "repo"})
	lost := take(t, q, 0)
	extended, err := q.Extend(t.Context(), at(50), lost, time.Minute)
	if err != nil || !extended.LeaseUntil.Equal(at(110)) {
		t.Fatalf("extend: %+v, %v", extended, err)
	}
	takeNone(t, q, 100)
	heir := take(t, q, 111)
	if heir.ID != lost.ID || heir.Attempts != 2 || heir.Fence <= lost.Fence {
		t.Errorf("heir: %+v", heir)
	}
	for what, err := range map[string]error{
		"done":    q.Done(t.Context(), lost),
		"fail":    q.Fail(t.Context(), at(112), lost, nil, 0),
		"release": q.Release(t.Context(), lost),
	} {
		if !errors.Is(err, behavepro.ErrConflict) {
			t.Errorf("%s by the lost worker: got %v", what, err)
		}
	}
	if _, err := q.Extend(t.Context(), at(112), lost, time.Minute); !errors.Is(err, behavepro.ErrConflict) {
		t.Errorf("extend by the lost worker: got %v", err)
	}
	if err := q.Release(t.Context(), heir); err != nil {
		t.Fatal(err)
	}
	if again := take(t, q, 112); again.Attempts != 2 {
		t.Errorf("a released take counts: %+v", again)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	enqueue(t, q, 0, jobs.Request{Name: "a", Repository: "gone", Exclusive: "x"})
	running := take(t, q, 0)
	enqueue(t, q, 1, jobs.Request{Name: "a", Repository: "gone"})
	enqueue(t, q, 1, jobs.Request{Name: "b", Repository: "gone"})
	enqueue(t, q, 1, jobs.Request{Name: "c", Repository: "stays", Exclusive: "x"})
	if err := q.Remove(t.Context(), func(j *jobs.Job) bool { return j.Repository == "gone" }); err != nil {
		t.Fatal(err)
	}
	if got := list(t, q); got != "c:" {
		t.Errorf("left: %q", got)
	}
	if err := q.Done(t.Context(), running); !errors.Is(err, behavepro.ErrConflict) {
		t.Errorf("done after removal: got %v", err)
	}
	if got := take(t, q, 2); got.Name != "c" {
		t.Errorf("the lock of a removed job is still held: took %q", got.Name)
	}
}

// TestManyWorkers: two queues on one store stand for two processes.
func TestManyWorkers(t *testing.T) {
	t.Parallel()
	s := storetest.NewStore(t, jobs.Kinds()...)
	queues := []*jobs.Queue{jobs.New(s.Directory()), jobs.New(s.Directory())}
	const count = 30
	for i := range count {
		enqueue(t, queues[0], i, jobs.Request{Name: fmt.Sprint(i), Exclusive: fmt.Sprint(i % 3)})
	}
	var mu sync.Mutex
	held, ran := map[string]bool{}, map[string]int{}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			q := queues[w%2]
			for {
				mu.Lock()
				finished := len(ran) == count
				mu.Unlock()
				if finished {
					return
				}
				job, err := q.Take(t.Context(), at(100), "w", []string{"sync"}, time.Minute)
				if errors.Is(err, behavepro.ErrNotFound) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if held[job.Exclusive] {
					t.Errorf("two jobs of %s at once", job.Exclusive)
				}
				held[job.Exclusive] = true
				ran[job.Name]++
				mu.Unlock()
				mu.Lock()
				held[job.Exclusive] = false
				mu.Unlock()
				if err := q.Done(t.Context(), job); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for name, n := range ran {
		if n != 1 {
			t.Errorf("job %s ran %d times", name, n)
		}
	}
}

// TestClockSetBack: work that was put off, or held, before the clock went back a year is not lost until that year has gone by.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * 3600
	q := newQueue(t)
	enqueue(t, q, year, jobs.Request{Name: "lost", Exclusive: "r"})
	lost := take(t, q, year)
	enqueue(t, q, year, jobs.Request{Name: "poll", NotBefore: at(year + 300)})
	for _, want := range []string{"lost", "poll"} {
		job := take(t, q, 0)
		if job.Name != want {
			t.Errorf("took %s, want %s", job.Name, want)
		}
		if err := q.Fail(t.Context(), at(0), job, errors.New("no"), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	takeNone(t, q, 59) // and they are not tried without a pause
	if err := q.Done(t.Context(), lost); !errors.Is(err, behavepro.ErrConflict) {
		t.Errorf("the worker from before: got %v, want a conflict", err)
	}
	take(t, q, 60)
}
