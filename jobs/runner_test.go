package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/store/storetest"
)

// runIn starts a runner in a synctest bubble; the returned function ends it and waits.
func runIn(t *testing.T, r *jobs.Runner) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}
}

func inBubble(t *testing.T, test func(t *testing.T, q *jobs.Queue)) {
	t.Helper()
	t.Parallel()
	s := storetest.NewStore(t, jobs.Kinds()...) // outside: what a program makes once must not belong to a bubble
	synctest.Test(t, func(t *testing.T) {
		test(t, jobs.New(s.Directory()))
	})
}

func TestRunnerRetries(t *testing.T) {
	inBubble(t, func(t *testing.T, q *jobs.Queue) {
		var tries []time.Duration
		begin := time.Now()
		r := &jobs.Runner{Queue: q, Worker: "w", Handlers: map[string]jobs.Handler{"sync": {Do: func(_ context.Context, job jobs.Job) error {
			tries = append(tries, time.Since(begin))
			switch job.Attempts {
			case 1:
				return errors.New("no")
			case 2:
				panic("oops")
			case 3:
				return &jobs.RetryAfter{After: 7 * time.Second, Err: errors.New("busy")}
			}
			return nil
		}}}}
		stop := runIn(t, r)
		synctest.Wait()
		if _, err := q.Enqueue(t.Context(), time.Now(), jobs.Request{Name: "n", Kind: "sync"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		stop()
		if len(tries) != 4 {
			t.Fatalf("tried at %v", tries)
		}
		for i, want := range []struct{ from, to time.Duration }{{0, 0}, {2500, 5000}, {5000, 10000}, {7000, 7000}} {
			var gap time.Duration
			if i > 0 {
				gap = tries[i] - tries[i-1]
			}
			if gap < want.from*time.Millisecond || gap > want.to*time.Millisecond {
				t.Errorf("try %d after %v, want %v–%v ms", i+1, gap, int64(want.from), int64(want.to))
			}
		}
		if got := list(t, q); got != "" {
			t.Errorf("left: %q", got)
		}
	})
}

func TestRunnerLimitAndLease(t *testing.T) {
	inBubble(t, func(t *testing.T, q *jobs.Queue) {
		var mu sync.Mutex
		now, most, done := 0, 0, 0
		r := &jobs.Runner{Queue: q, Worker: "w", Lease: 30 * time.Second, Handlers: map[string]jobs.Handler{"sync": {
			Limit: 2,
			Do: func(ctx context.Context, _ jobs.Job) error {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				select {
				case <-time.After(5 * time.Minute): // ten leases
				case <-ctx.Done():
					t.Error("lease lost")
				}
				mu.Lock()
				now--
				done++
				mu.Unlock()
				return nil
			},
		}}}
		stop := runIn(t, r)
		for i := range 4 {
			enqueueNow(t, q, fmt.Sprint(i))
		}
		time.Sleep(11 * time.Minute)
		stop()
		if most != 2 || done != 4 {
			t.Errorf("at most %d at once, %d done", most, done)
		}
	})
}

func TestRunnerDrains(t *testing.T) {
	inBubble(t, func(t *testing.T, q *jobs.Queue) {
		finished := map[string]bool{}
		var mu sync.Mutex
		r := &jobs.Runner{Queue: q, Worker: "w", Drain: 10 * time.Second, Handlers: map[string]jobs.Handler{"sync": {
			Limit: 2,
			Do: func(ctx context.Context, job jobs.Job) error {
				need := map[string]time.Duration{"short": 5 * time.Second, "long": time.Hour}[job.Name]
				select {
				case <-time.After(need):
					mu.Lock()
					finished[job.Name] = true
					mu.Unlock()
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			},
		}}}
		stop := runIn(t, r)
		enqueueNow(t, q, "short")
		enqueueNow(t, q, "long")
		time.Sleep(time.Second)
		begin := time.Now()
		stop()
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("drained in %v", took)
		}
		if !finished["short"] || finished["long"] {
			t.Errorf("finished: %v", finished)
		}
		all, err := q.List(t.Context(), nil)
		if err != nil || len(all) != 1 || all[0].Name != "long" || all[0].Attempts != 0 || all[0].Running(time.Now()) {
			t.Errorf("given back: %+v, %v", all, err)
		}
	})
}

func enqueueNow(t *testing.T, q *jobs.Queue, name string) {
	t.Helper()
	if _, err := q.Enqueue(t.Context(), time.Now(), jobs.Request{Name: name, Kind: "sync"}); err != nil {
		t.Fatal(err)
	}
}
