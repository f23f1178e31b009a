package client

import (
	"time"

	"github.com/behavepro/behavepro"
)

// MaxMergeCommit is the most bytes of a MergeCommit. A larger one is not believed.
const MaxMergeCommit = 64 << 10

// Push describes an upload of results; the report files follow it in the request.
type Push struct {
	Repository   string            `json:"repository,omitempty"` // id or name
	Origin       string            `json:"origin,omitempty"`     // URL of the checkout's origin, used where Repository is ""
	Commit       behavepro.SHA     `json:"commit"`
	TestedCommit behavepro.SHA     `json:"testedCommit,omitzero"` // what CI checked out, where it is not Commit
	Params       []behavepro.Param `json:"params,omitempty"`
	Run          string            `json:"run,omitempty"`
	Build        string            `json:"build,omitempty"`
	BuildURL     string            `json:"buildUrl,omitempty"`
	Branch       string            `json:"branch,omitempty"`
	Attempt      int               `json:"attempt,omitempty"` // of the CI job, from 1
	Shard        string            `json:"shard,omitempty"`   // which part of a run this is
	Shards       int               `json:"shards,omitempty"`  // how many parts there are; 0 is not known
	Started      time.Time         `json:"started,omitzero"`  // when the client started
	WaitSeconds  int               `json:"waitSeconds,omitempty"`
	Format       string            `json:"format,omitempty"`  // of all files; "" lets their content decide
	Sources      []Source          `json:"sources,omitempty"` // the feature files that the tests ran
	// MergeCommit is the commit that the CI service made of a pull request, as Git stores it. With an ID token it shows that Commit is
	// the pull request's head.
	MergeCommit []byte `json:"mergeCommit,omitempty"`
}

// Source is one feature file of the checkout that the tests ran.
type Source struct {
	Path string        `json:"path"`
	Blob behavepro.SHA `json:"blob"`
}

// PushState is how far a push is.
type PushState string

const (
	StateMatched PushState = "matched"
	StateWaiting PushState = "waiting" // its commit is not known yet
)

// Accounting says how every result of a push ended.
type Accounting struct {
	ID           string         `json:"id,omitempty"` // of the push; none for a dry run
	Repository   string         `json:"repository,omitempty"`
	Commit       behavepro.SHA  `json:"commit"`
	TestedCommit *behavepro.SHA `json:"testedCommit"` // null where it is Commit
	State        PushState      `json:"state"`
	Counts
	Results    []Result         `json:"results"`
	Unreadable []UnreadableFile `json:"unreadable"`
	Notes      []string         `json:"notes"`
	Repeated   bool             `json:"repeated,omitempty"` // the same push was stored before
}

// Counts add up: matched + ambiguous + unmatched + retryOf + waiting = read, and passed + failed + skipped = matched.
type Counts struct {
	Read      int `json:"read"`
	Matched   int `json:"matched"`
	Ambiguous int `json:"ambiguous"`
	Unmatched int `json:"unmatched"`
	RetryOf   int `json:"retryOf"`
	Waiting   int `json:"waiting"`
	Passed    int `json:"passed"`
	Failed    int `json:"failed"`
	Skipped   int `json:"skipped"`
}

// Result is one reported result and how it ended.
type Result struct {
	File       string               `json:"file"` // the report file
	Name       string               `json:"name"` // as reported
	Path       string               `json:"path"` // of the scenario; where it was not found, as reported
	Line       int                  `json:"line"` // of the scenario; where it was not found, as reported; 0 unknown
	Row        *int                 `json:"row"`  // line of the example row; null for a scenario as a whole
	Lineage    *behavepro.Lineage   `json:"lineage"`
	Status     behavepro.Status     `json:"status"`
	Raw        string               `json:"raw"` // the runner's word
	Accounting behavepro.Accounting `json:"accounting"`
	Reason     string               `json:"reason"`
}

// UnreadableFile is a report file of which not everything could be read.
type UnreadableFile struct {
	File    string `json:"file"`
	Message string `json:"message"`
}

// Run is one push as `results list` shows it.
type Run struct {
	ID           string            `json:"id"`
	Repository   string            `json:"repository"`
	Commit       behavepro.SHA     `json:"commit"`
	TestedCommit *behavepro.SHA    `json:"testedCommit"`
	Params       []behavepro.Param `json:"params"`
	Run          string            `json:"run,omitempty"`
	Build        string            `json:"build"`
	URL          string            `json:"url"`
	Branch       string            `json:"branch,omitempty"`
	Attempt      int               `json:"attempt,omitempty"`
	Shard        string            `json:"shard,omitempty"`
	Shards       int               `json:"shards,omitempty"`
	Closes       bool              `json:"closes,omitempty"` // it brings no results, and says that its run is complete
	Started      time.Time         `json:"started"`
	Received     time.Time         `json:"received"`
	By           string            `json:"by,omitempty"`
	OIDC         *behavepro.CIJob  `json:"oidc,omitempty"` // the CI job that an ID token proved; left out where an API token was used
	State        PushState         `json:"state"`
	Counts
	Files []PushedFile `json:"files"`
	Notes []string     `json:"notes"`
}

// PushedFile is one report file of a push.
type PushedFile struct {
	Name        string `json:"name"`
	Format      string `json:"format"`
	SHA256      string `json:"sha256"`
	Results     int    `json:"results"`
	Unreadable  string `json:"unreadable,omitempty"`
	Attachments int    `json:"attachmentsDropped,omitempty"`
}

// RunList is the pushes for one commit, newest first.
type RunList struct {
	Commit behavepro.SHA `json:"commit"`
	Runs   []Run         `json:"runs"`
	Next   string        `json:"next,omitempty"` // where more follow: ?after= it gives them
}
