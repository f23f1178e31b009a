package jobs

import (
	"errors"
	"testing"
	"time"

	"github.com/behavepro/behavepro/store/storetest"
)

// TestTakeBack: after a worker was killed, neither the job that it held nor a key that it left without a job waits for its lease.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	q := New(storetest.NewStore(t, Kinds()...).Directory())
	take := func(at time.Time) (Job, error) { return q.Take(ctx, at, "w", []string{"sync"}, time.Minute) }
	if _, err := q.Enqueue(ctx, now, Request{Name: "held", Kind: "sync", Exclusive: "a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := take(now); err != nil {
		t.Fatal(err)
	}
	// Killed after the job was done and before its key was free: the key is there alone.
	if err := q.hold(ctx, now, &Job{Request: Request{Exclusive: "b"}, Fence: 1000, LeaseUntil: now.Add(time.Minute)}, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Enqueue(ctx, now, Request{Name: "behind", Kind: "sync", Exclusive: "b"}); err != nil {
		t.Fatal(err)
	}
	if job, err := take(now.Add(time.Second)); err == nil {
		t.Fatalf("%s was taken, and its key is held", job.Name)
	}
	killed := errors.New("killed")
	back, err := q.TakeBack(ctx, now.Add(time.Second), killed)
	if err != nil || len(back) != 1 || back[0].Name != "held" {
		t.Fatalf("took back %+v, %v", back, err)
	}
	names := map[string]string{}
	for range 2 {
		job, err := take(now.Add(2 * time.Second))
		if err != nil {
			t.Fatalf("after %v: %v", names, err)
		}
		names[job.Name] = job.LastError
	}
	if names["held"] != killed.Error() || names["behind"] != "" {
		t.Errorf("got %v", names)
	}
}
