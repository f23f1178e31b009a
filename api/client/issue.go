package client

import (
	"time"

	"github.com/behavepro/behavepro"
)

// Issue is the scenarios of an issue with their current results.
type Issue struct {
	Issue     behavepro.IssueKey `json:"issue"`
	Scenarios []IssueScenario    `json:"scenarios"`
}

// IssueScenario is a scenario that is linked to an issue, at a ref.
type IssueScenario struct {
	Repository string            `json:"repository"`
	Ref        string            `json:"ref"` // the branch; "" where a commit was asked for
	Commit     behavepro.SHA     `json:"commit"`
	Path       string            `json:"path"`
	Name       string            `json:"name"`
	Line       int               `json:"line"`
	Lineage    behavepro.Lineage `json:"lineage"`
	Wording    behavepro.Wording `json:"wording"`
	Tags       []string          `json:"tags"`
	Status     behavepro.Status  `json:"status"`
	Stale      bool              `json:"stale"`
	Flaky      bool              `json:"flaky"`
	// Until is when the quarantine that its tags ask for ends or ended; while it lasts, the scenario is in no roll-up and no gate.
	Quarantined bool       `json:"quarantined"`
	Until       *time.Time `json:"until,omitempty"`
	Rows        []IssueRow `json:"rows"`
	LastRun     *LastRun   `json:"lastRun"` // null where no run counts
}

// IssueRow is an example row with its current result.
type IssueRow struct {
	Line        int               `json:"line"`
	Cells       map[string]string `json:"cells"`
	Status      behavepro.Status  `json:"status"`
	Stale       bool              `json:"stale"`
	Flaky       bool              `json:"flaky"`
	Quarantined bool              `json:"quarantined"`
	LastRun     *LastRun          `json:"lastRun"`
}

// LastRun is the run that a current result comes from.
type LastRun struct {
	Commit behavepro.SHA     `json:"commit"`
	Build  string            `json:"build"`
	URL    string            `json:"url"`
	Params []behavepro.Param `json:"params"`
	At     time.Time         `json:"at"`
}
