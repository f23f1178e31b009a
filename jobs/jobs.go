// Package jobs is the queue: work that is to be done once, later, or again after it failed. Jobs live in the store's
// directory, so that they survive a restart and several processes can share them.
//
// It promises that a job runs at least once, that no two jobs with the same Exclusive key run at the same time, that a
// worker whose lease ran out cannot finish the job of another, and that of requests with one name at most one waits. It
// never looks into a payload, and never gives a job up.
package jobs

import (
	"time"

	"github.com/behavepro/behavepro"
)

// Request asks for a job.
type Request struct {
	// Name tells requests apart. A newer request replaces one of the same name that waits; it queues behind one that
	// runs. A job that must never be replaced has a name of its own.
	Name       string
	Kind       string // which handler runs it; lowercase letters, digits, '-'
	Tenant     behavepro.TenantID
	Repository behavepro.RepositoryID
	Exclusive  string // jobs with an equal one never run at the same time; "" means no such limit
	Payload    []byte // the handler's own; sealed
	Priority   int    // the highest runs first; 0 is ordinary
	NotBefore  time.Time
}

// Job is a request that was taken into the queue.
type Job struct {
	ID string `cbor:"1,keyasint"` // random; a request that replaces a waiting one keeps its id and its place
	Request
	Created    time.Time `cbor:"2,keyasint"`
	Attempts   int       `cbor:"3,keyasint"` // how often it was taken
	Fence      int64     `cbor:"4,keyasint"` // grows with every take of any job; 0 before the first
	Worker     string    `cbor:"5,keyasint"`
	LeaseUntil time.Time `cbor:"6,keyasint"` // zero while it waits
	LastError  string    `cbor:"7,keyasint"`
}

// longestLease is the longest that a worker asks for. A lease that ends later was given before the clock was set back, and
// counts as ended.
const longestLease = time.Hour

func held(until, now time.Time) bool { return until.After(now) && !until.After(now.Add(longestLease)) }

// Running reports whether a worker holds the job at now.
func (j *Job) Running(now time.Time) bool { return held(j.LeaseUntil, now) }

// due reports whether a job that waits may be taken at now. One that was made in the future waits no longer: the clock was
// set back since, and the time that it names means nothing.
func due(notBefore, created, now time.Time) bool { return !notBefore.After(now) || created.After(now) }
