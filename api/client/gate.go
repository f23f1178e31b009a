package client

import (
	"time"

	"github.com/behavepro/behavepro"
)

// Verdicts of a gate.
const (
	GateOpen      = "open"
	GateClosed    = "closed"
	GateUndecided = "undecided" // something may be missing: ask again
)

// GateQuery is what a gate is asked: issues, or a commit with tags and paths.
type GateQuery struct {
	Issues      []behavepro.IssueKey
	Ref         string // of issues: branch or commit; "" is each repository's default branch
	Commit      string // branch, full SHA or its first digits
	Tags        []string
	Paths       []string
	Repository  string // id or name; "" is all within reach
	AllowFlaky  bool
	AllowEmpty  bool
	RequireOIDC bool // only runs that a CI job pushed with an ID token count
}

// Gate says whether scenarios are proven well enough to go on.
type Gate struct {
	Verdict   string       `json:"verdict"`
	Scenarios int          `json:"scenarios"` // that were asked for
	Proven    int          `json:"proven"`
	At        []GateAt     `json:"at"` // where they were looked for
	Reasons   []GateReason `json:"reasons"`
	More      int          `json:"more,omitempty"` // reasons that are not told
	LeftOut   []LeftOut    `json:"leftOut"`        // in quarantine
}

// GateAt is a repository where a gate looked.
type GateAt struct {
	Repository string        `json:"repository"`
	Ref        string        `json:"ref,omitempty"`
	Commit     behavepro.SHA `json:"commit"`
}

// GateReason is why a gate is not open.
type GateReason struct {
	Rule       string             `json:"rule"`
	Verdict    string             `json:"verdict"` // that this reason leads to
	Message    string             `json:"message"`
	Hint       string             `json:"hint,omitempty"`
	Issue      behavepro.IssueKey `json:"issue,omitempty"`
	Repository string             `json:"repository,omitempty"`
	Path       string             `json:"path,omitempty"`
	Line       int                `json:"line,omitempty"`
	Name       string             `json:"name,omitempty"`
	Row        int                `json:"row,omitempty"` // line of the example row
}

// LeftOut is a scenario in quarantine, or some rows of it.
type LeftOut struct {
	Repository string     `json:"repository"`
	Path       string     `json:"path"`
	Line       int        `json:"line"`
	Name       string     `json:"name"`
	Rows       []int      `json:"rows,omitempty"` // lines; none: all of it
	Until      *time.Time `json:"until"`
}
