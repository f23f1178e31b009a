package client

import "github.com/behavepro/behavepro"

// FeatureList is the feature files of a repository at one commit.
type FeatureList struct {
	Repository string        `json:"repository"`
	Ref        string        `json:"ref,omitempty"` // the branch that was asked for
	Commit     behavepro.SHA `json:"commit"`
	Features   []Feature     `json:"features"`
	Problems   []FileProblem `json:"problems"`
}

// Feature is one feature file.
type Feature struct {
	Path      string        `json:"path"`
	Blob      behavepro.SHA `json:"blob"`
	Name      string        `json:"name"`
	Scenarios []Scenario    `json:"scenarios"`
}

// Scenario is a scenario or, where it has rows, an outline.
type Scenario struct {
	Name    string               `json:"name"`
	Line    int                  `json:"line"`
	Lineage behavepro.Lineage    `json:"lineage"`
	Issues  []behavepro.IssueKey `json:"issues"`
	Tags    []string             `json:"tags"` // inherited ones first
	Rows    []Row                `json:"rows"`
	Text    *ScenarioText        `json:"text,omitempty"` // `features show` only
}

// Row is an example row.
type Row struct {
	Line  int               `json:"line"`
	Cells map[string]string `json:"cells"` // by the name of the column
}

// FileProblem is something of a feature file that could not be read.
type FileProblem struct {
	Path    string        `json:"path"`
	Blob    behavepro.SHA `json:"blob"`
	Line    int           `json:"line"` // 0 means the file as a whole
	Message string        `json:"message"`
}

// FeatureText is one feature file with everything it says.
type FeatureText struct {
	Repository  string        `json:"repository"`
	Ref         string        `json:"ref,omitempty"`
	Commit      behavepro.SHA `json:"commit"`
	Feature     Feature       `json:"feature"` // each scenario with its Text
	Keyword     string        `json:"keyword"`
	Language    string        `json:"language"`
	Description string        `json:"description"`
	Problems    []FileProblem `json:"problems"`
}

// ScenarioText is what a scenario says.
type ScenarioText struct {
	Rule        string `json:"rule,omitempty"`
	Keyword     string `json:"keyword"`
	Description string `json:"description,omitempty"`
	Background  []Step `json:"background"` // steps that it inherits
	Steps       []Step `json:"steps"`
}

// Step is one step with its argument.
type Step struct {
	Keyword   string     `json:"keyword"` // as written, with its trailing space
	Text      string     `json:"text"`
	Table     [][]string `json:"table,omitempty"`
	DocString *string    `json:"docString,omitempty"`
	MediaType string     `json:"mediaType,omitempty"`
}
