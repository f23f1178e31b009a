package jobs

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// candidate is what the queue's index says of a job.
type candidate struct {
	key       string // of its record
	running   bool
	created   time.Time
	due       time.Time // when it may be taken: when it is to start, or when the lease of its worker ends
	kind      string
	exclusive string
}

func parseCandidate(record *store.Record) (candidate, error) {
	if len(record.Index) != 1 || len(record.Key) != 1 || len(record.Index[0].Value) != 6 {
		return candidate{}, behavepro.ErrCorrupt
	}
	value := record.Index[0].Value
	due, err := parseTime(value[3])
	if err != nil {
		return candidate{}, err
	}
	created, err := parseTime(value[1])
	return candidate{key: record.Key[0], running: value[2] == running, created: created, due: due, kind: value[4], exclusive: value[5]}, err
}

// choose picks the first of the candidates, which are in the queue's order, that may be taken: of one of the kinds, due,
// and without another one of the same exclusive key running. It returns -1 and the time at which to look again, zero for
// never, where there is none.
func choose(candidates []candidate, now time.Time, kinds []string) (pick int, again time.Time) {
	busy := map[string]bool{}
	for _, c := range candidates {
		if c.running && held(c.due, now) {
			busy[c.exclusive] = true
		}
	}
	for i, c := range candidates {
		if !slices.Contains(kinds, c.kind) {
			continue
		}
		ready := due(c.due, c.created, now)
		if c.running {
			ready = !held(c.due, now)
		}
		if ready && !busy[c.exclusive] {
			return i, time.Time{}
		}
		if !ready && (again.IsZero() || c.due.Before(again)) {
			again = c.due
		}
	}
	return -1, again
}

// Bounds of the wait after a failure.
const (
	firstDelay = 5 * time.Second
	maxDelay   = 30 * time.Minute
)

// delay is how long to wait after a number of attempts: doubling from firstDelay up to maxDelay, of which a random part,
// jitter in [0, 1), is taken off, up to half.
func delay(attempts int, jitter float64) time.Duration {
	d := maxDelay
	if shift := max(attempts, 1) - 1; shift < 16 {
		d = min(maxDelay, firstDelay<<shift)
	}
	return d - time.Duration(jitter*float64(d)/2)
}

func jittered(attempts int) time.Duration { return delay(attempts, rand.Float64()) }
