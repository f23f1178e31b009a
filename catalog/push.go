package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/store"
)

var (
	kindPush = &store.Kind{
		Name: "push", Key: []store.Field{inRepository, byCommit, byPush},
		Indexes: []store.Index{
			{Name: "waiting", Fields: []store.Field{inRepository, plain("received", "orders what waits for its commit")}},
			{Name: "received", Fields: []store.Field{inRepository, plain("received", "orders pushes by time")}},
		},
		Body:  "params, run, build, branch, tested commit, files read, counts, who pushed, the CI job that an ID token proved",
		Class: store.ClassResult, Purpose: "one upload of results", Retention: "while its repository is connected, and 30 days more",
	}
	kindChunk = &store.Kind{
		Name: "chunk",
		Key: []store.Field{
			inRepository,
			byCommit,
			byPush,
			plain("file", "counts the report files of a push"),
			plain("part", "counts the parts of a file"),
		},
		Body:  "results as the report had them: names, statuses, durations, failing steps, messages",
		Class: store.ClassEvidence, Purpose: "to match and show results", Retention: "as its push",
	}
	kindRow = &store.Kind{
		Name: "row", Key: []store.Field{inRepository, keyed("lineage"), keyed("row"), byCommit, byPush},
		Body:  "status, wording, duration, failing step and message of one scenario in one push",
		Class: store.ClassResult, Purpose: "history and current result of a scenario", Retention: "as its push",
	}
	kindSummary = &store.Kind{
		Name: "summary", Key: []store.Field{inRepository, byCommit, byPush},
		Body:  "lineage, row, status and wording of every matched result of a push",
		Class: store.ClassResult, Purpose: "current results of all scenarios of a ref", Retention: "as its push",
	}
	kindResultsRevision = &store.Kind{
		Name: "resultsrevision", Key: []store.Field{inRepository},
		Body:  "nothing: its revision counts the pushes that were matched",
		Class: store.ClassOperational, Purpose: "to know when results that were read before are out of date",
		Retention: "until the repository is removed",
	}
)

// Push is one upload of results for a commit, without its results.
type Push struct {
	ID           string                 `cbor:"1,keyasint"`
	Repository   behavepro.RepositoryID `cbor:"2,keyasint"` // or "project:KEY,…" where an old client named none
	Commit       behavepro.SHA          `cbor:"3,keyasint"`
	TestedCommit behavepro.SHA          `cbor:"4,keyasint,omitzero"` // what CI checked out, where it is not Commit
	Params       []behavepro.Param      `cbor:"5,keyasint,omitempty"`
	Run          string                 `cbor:"6,keyasint,omitempty"`
	Build        string                 `cbor:"7,keyasint,omitempty"`
	BuildURL     string                 `cbor:"8,keyasint,omitempty"` // http(s) only
	Branch       string                 `cbor:"9,keyasint,omitempty"`
	Attempt      int                    `cbor:"10,keyasint,omitempty"` // of the CI job, from 1
	Started      time.Time              `cbor:"11,keyasint"`           // the tests' start, else the CLI's, else first receipt
	Received     time.Time              `cbor:"12,keyasint"`
	By           string                 `cbor:"13,keyasint,omitempty"` // the token's name
	Files        []PushedFile           `cbor:"14,keyasint,omitempty"`
	State        PushState              `cbor:"15,keyasint"`
	Counts       model.Counts           `cbor:"16,keyasint"`
	Notes        []string               `cbor:"17,keyasint,omitempty"` // what the person who pushed should know
	Projects     []behavepro.ProjectKey `cbor:"18,keyasint,omitempty"` // of the token

	// Where its chunks are: the upload that brought them and the repository (or "project:KEY,…") that it named.
	Upload   string                 `cbor:"19,keyasint,omitempty"`
	UploadTo behavepro.RepositoryID `cbor:"20,keyasint,omitempty"`
	// Of a push that named no repository: those that showed its commit, each with a copy of the push.
	Shown   []behavepro.RepositoryID `cbor:"21,keyasint,omitempty"`
	Settled bool                     `cbor:"22,keyasint,omitempty"` // no further repository is asked
	// OIDC is the CI job that an ID token proved; nil where the push came by an API token.
	OIDC *behavepro.CIJob `cbor:"23,keyasint,omitempty"`

	// Of a run that comes in parts: which one this is, and how many there are, 0 where that is not known.
	Shard  string `cbor:"24,keyasint,omitempty"`
	Shards int    `cbor:"25,keyasint,omitempty"`
	// Closes says that the run is complete with this push, which brings no results.
	Closes bool `cbor:"26,keyasint,omitempty"`
	// Aged says that messages, stacks and attachments were older than the project keeps them, and are gone.
	Aged bool `cbor:"30,keyasint,omitempty"`
	// Definitions counts the step definitions that its reports tell; 0 where they tell none.
	Definitions int `cbor:"31,keyasint,omitempty"`

	Rev store.Revision `cbor:"-"`
}

// ForProjects is the name that takes a repository's place in a push that names none.
func ForProjects(projects []behavepro.ProjectKey) behavepro.RepositoryID {
	keys := make([]string, len(projects))
	for i, p := range projects {
		keys[i] = string(p)
	}
	slices.Sort(keys)
	return behavepro.RepositoryID(noRepository + strings.Join(slices.Compact(keys), ","))
}

const noRepository = "project:"

// NamesNone reports whether the push named no repository and waits under projects.
func (p *Push) NamesNone() bool { return strings.HasPrefix(string(p.Repository), noRepository) }

// PushState is how far a push is.
type PushState string

const (
	PushUploading PushState = "uploading" // a marker of chunks that no push names yet
	PushWaiting   PushState = "waiting"   // its commit is not known yet
	PushMatched   PushState = "matched"
)

// PushedFile is one report file of a push.
type PushedFile struct {
	Name       string        `cbor:"1,keyasint" json:"name"`
	Format     string        `cbor:"2,keyasint" json:"format"`
	SHA256     string        `cbor:"3,keyasint" json:"sha256"`
	Results    int           `cbor:"4,keyasint" json:"results"`
	Parts      int           `cbor:"5,keyasint" json:"-"`
	Unreadable string        `cbor:"6,keyasint,omitempty" json:"unreadable,omitempty"`
	Dropped    int           `cbor:"7,keyasint,omitempty" json:"attachmentsDropped,omitempty"`
	Start      time.Time     `cbor:"8,keyasint,omitzero" json:"start,omitzero"`
	Duration   time.Duration `cbor:"9,keyasint,omitempty" json:"-"`
}

// Outcome is the result of one scenario or row in one push.
type Outcome struct {
	Lineage  behavepro.Lineage  `cbor:"1,keyasint"`
	Row      behavepro.RowID    `cbor:"2,keyasint,omitzero"`
	Status   behavepro.Status   `cbor:"3,keyasint"`
	Wording  behavepro.Wording  `cbor:"4,keyasint"`
	Raw      string             `cbor:"5,keyasint,omitempty"`
	Duration time.Duration      `cbor:"6,keyasint,omitempty"`
	Step     string             `cbor:"7,keyasint,omitempty"` // the failing step, with its keyword
	Message  string             `cbor:"8,keyasint,omitempty"`
	Tries    []behavepro.Status `cbor:"9,keyasint,omitempty"` // statuses of earlier attempts, oldest first
	Commit   behavepro.SHA      `cbor:"-"`
	Push     string             `cbor:"-"` // its ID
	Evidence Evidence           `cbor:"-"` // stored beside it, and read where it is asked for
}
