package client

import "github.com/behavepro/behavepro"

// Lint is what `lint` says about feature files.
type Lint struct {
	Files     int              `json:"files"`
	Scenarios int              `json:"scenarios"`
	Errors    int              `json:"errors"`
	Warnings  int              `json:"warnings"`
	Findings  []Finding        `json:"findings"`
	Base      *behavepro.SHA   `json:"base"`    // what Changes compare with; null without --base
	Changes   []ScenarioChange `json:"changes"` // versus Base
}

// Finding is something about a feature file. Level is error, warning or note.
type Finding struct {
	Rule    string `json:"rule"`
	Level   string `json:"level"`
	Path    string `json:"path"`
	Line    int    `json:"line"` // 0 means the file as a whole
	Message string `json:"message"`
}

// ScenarioChange is a scenario that a change adds, removes, rewords, renames, moves or links to other issues. A removed one's place is
// where it was.
type ScenarioChange struct {
	Changes []string             `json:"changes"` // added, removed, or some of reworded, renamed, moved, relinked
	Path    string               `json:"path"`
	Line    int                  `json:"line"`
	Name    string               `json:"name"`
	Issues  []behavepro.IssueKey `json:"issues"`
	Was     *ScenarioWas         `json:"was,omitempty"`
}

// ScenarioWas is where a scenario was before a change, its name, and the issues that it linked to.
type ScenarioWas struct {
	Path   string               `json:"path"`
	Line   int                  `json:"line"`
	Name   string               `json:"name"`
	Issues []behavepro.IssueKey `json:"issues"`
}
