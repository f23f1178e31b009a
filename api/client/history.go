package client

import (
	"time"

	"github.com/behavepro/behavepro"
)

// History is a scenario through time: its words, and its results.
type History struct {
	Repository string            `json:"repository"`
	Ref        string            `json:"ref,omitempty"`
	Commit     behavepro.SHA     `json:"commit"`
	Path       string            `json:"path"`
	Line       int               `json:"line"`
	Name       string            `json:"name"`
	Lineage    behavepro.Lineage `json:"lineage"`
	Status     behavepro.Status  `json:"status"`
	Stale      bool              `json:"stale"`
	Flaky      bool              `json:"flaky"`
	Stability  Stability         `json:"stability"`
	Changes    []ScenarioVersion `json:"changes"` // newest first
	Runs       []HistoryRun      `json:"runs"`    // newest first, of all commits
	Cut        bool              `json:"cut"`     // there is more than is told
}

// Stability counts the newest runs that the ref reaches and in which the scenario passed or failed, up to 20.
type Stability struct {
	Runs   int `json:"runs"`
	Passed int `json:"passed"` // every row, without a failed attempt
	Flaky  int `json:"flaky"`  // passed and failed in one run
}

// ScenarioVersion is a commit that changed a scenario.
type ScenarioVersion struct {
	Commit  behavepro.SHA `json:"commit"`
	At      time.Time     `json:"at"`
	Changes []string      `json:"changes"` // added, removed, moved, renamed, reworded, retagged, edited
	Path    string        `json:"path"`    // after it; "" where it was removed
	Was     string        `json:"was"`     // before it; "" where it was added
	Name    string        `json:"name"`
	WasName string        `json:"wasName"`
}

// HistoryRun is what one run said about a scenario.
type HistoryRun struct {
	LastRun
	Reached bool             `json:"reached"` // the ref reaches its commit; otherwise it never counts
	Status  behavepro.Status `json:"status"`  // the worst of its rows
	Flaky   bool             `json:"flaky"`   // an attempt passed and another failed
	Rows    []HistoryRow     `json:"rows"`
}

// HistoryRow is the last attempt of a scenario, or of an example row of it.
type HistoryRow struct {
	Row        *int               `json:"row"` // line at the ref; null for the scenario as a whole, and for a row that is not there any more
	Status     behavepro.Status   `json:"status"`
	Raw        string             `json:"raw"`
	DurationMS int64              `json:"durationMs"`
	Step       string             `json:"step,omitempty"`
	Message    string             `json:"message,omitempty"`
	Tries      []behavepro.Status `json:"tries,omitempty"` // earlier attempts, oldest first
}
