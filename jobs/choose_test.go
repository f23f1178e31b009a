package jobs

import (
	"testing"
	"time"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	waits := func(due int, kind, exclusive string) candidate {
		return candidate{due: at(due), kind: kind, exclusive: exclusive}
	}
	runs := func(until int, kind, exclusive string) candidate {
		return candidate{running: true, due: at(until), kind: kind, exclusive: exclusive}
	}
	all := []string{"sync", "match"}
	for _, c := range []struct {
		name  string
		list  []candidate
		kinds []string
		pick  int
		again time.Time
	}{
		{"nothing", nil, all, -1, time.Time{}},
		{"first due", []candidate{waits(5, "sync", "a"), waits(0, "sync", "b"), waits(-5, "sync", "c")}, all, 1, time.Time{}},
		{"only its kinds", []candidate{waits(0, "sync", "a"), waits(0, "match", "b")}, []string{"match"}, 1, time.Time{}},
		{"clock set back: made in the future", []candidate{{due: at(9000), created: at(8000), kind: "sync", exclusive: "a"}}, all, 0, time.Time{}},
		{"clock set back: a lease longer than any", []candidate{runs(3601, "sync", "a"), waits(0, "match", "a")}, all, 0, time.Time{}},
		{"the longest lease", []candidate{runs(3600, "sync", "a")}, all, -1, at(3600)},
		{"exclusive runs", []candidate{runs(9, "sync", "a"), waits(0, "sync", "a"), waits(0, "match", "b")}, all, 2, time.Time{}},
		{"exclusive runs further down", []candidate{waits(0, "sync", "a"), runs(9, "match", "a")}, all, -1, at(9)},
		{"exclusive of another kind", []candidate{runs(9, "other", "a"), waits(0, "sync", "a")}, all, -1, time.Time{}},
		{"lease ended", []candidate{runs(0, "sync", "a"), waits(0, "match", "a")}, all, 0, time.Time{}},
		{"look again at the earliest", []candidate{waits(7, "sync", "a"), waits(3, "match", "b"), waits(1, "other", "c")}, all, -1, at(3)},
	} {
		pick, again := choose(c.list, now, c.kinds)
		if pick != c.pick || !again.Equal(c.again) {
			t.Errorf("%s: got %d, %v; want %d, %v", c.name, pick, again, c.pick, c.again)
		}
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attempts int
		jitter   float64
		want     time.Duration
	}{
		{0, 0, 5 * time.Second},
		{1, 0, 5 * time.Second},
		{2, 0, 10 * time.Second},
		{5, 0, 80 * time.Second},
		{5, 0.5, 60 * time.Second},
		{10, 0, 30 * time.Minute},
		{1000, 0, 30 * time.Minute},
		{1000, 0.999999, 15 * time.Minute},
	} {
		if got := delay(c.attempts, c.jitter).Round(time.Second); got != c.want {
			t.Errorf("delay(%d, %v) = %v, want %v", c.attempts, c.jitter, got, c.want)
		}
	}
}
