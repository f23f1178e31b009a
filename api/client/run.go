package client

import (
	"time"

	"github.com/behavepro/behavepro"
)

// States of a run.
const (
	RunOpen     = "open" // it came in shards, and some are to come
	RunComplete = "complete"
)

// ShownRun is a run: the pushes of one commit with equal params and --run, put together.
type ShownRun struct {
	Repository string            `json:"repository"`
	Commit     behavepro.SHA     `json:"commit"`
	Run        string            `json:"run"` // --run, else the build; "" where a push has neither
	Params     []behavepro.Param `json:"params"`
	State      string            `json:"state"`
	Until      *time.Time        `json:"until"`  // of an open run: when it counts as complete if nothing more comes
	Shards     []string          `json:"shards"` // that have come
	Of         int               `json:"of"`     // shards that were announced; 0 is not known
	Counts
	Pushes  []Run    `json:"pushes"`  // latest first
	Results []Result `json:"results"` // of all pushes, in their order; `results complete` leaves them out
}

// CompleteRun closes a run in shards.
type CompleteRun struct {
	Repository string            `json:"repository,omitempty"` // id or name
	Origin     string            `json:"origin,omitempty"`     // URL of the checkout's origin, used where Repository is ""
	Commit     behavepro.SHA     `json:"commit"`
	Params     []behavepro.Param `json:"params,omitempty"`
	Run        string            `json:"run,omitempty"`
	Build      string            `json:"build,omitempty"` // names the run where Run is ""
	// MergeCommit is as in Push: with an ID token it shows that Commit is the head of the job's pull request.
	MergeCommit []byte `json:"mergeCommit,omitempty"`
}

// RunQuery says which pushes are listed. "" and 0 mean any.
type RunQuery struct {
	Commit  string // branch or commit
	Run     string
	Build   string
	State   string // matched or waiting
	Attempt int
	Params  []behavepro.Param // all of these
}
