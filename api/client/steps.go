package client

import (
	"time"

	"github.com/behavepro/behavepro"
)

// Steps is what is told of the steps of a repository at one commit.
type Steps struct {
	Repository string        `json:"repository"`
	Ref        string        `json:"ref,omitempty"` // the branch that was asked for
	Commit     behavepro.SHA `json:"commit"`

	// Pushes of this commit whose reports tell step definitions, newest first. Where there are none, nothing is known of
	// unused and duplicate ones.
	Pushes []StepsPush `json:"pushes"`
	// Doubt says why what seems unused may be used after all; "" where nothing speaks for it.
	Doubt      string           `json:"doubt"`
	Defined    int              `json:"defined"` // different step definitions
	Unused     []StepDefinition `json:"unused"`  // by place
	Duplicates []DuplicateStep  `json:"duplicates"`
	Variants   []StepVariants   `json:"variants"` // the most frequent first
	LeftOut    StepsLeftOut     `json:"leftOut"`
}

// StepsPush is a push whose reports tell step definitions.
type StepsPush struct {
	ID          string            `json:"id"`
	Run         string            `json:"run"`
	Build       string            `json:"build"`
	BuildURL    string            `json:"buildUrl"`
	Params      []behavepro.Param `json:"params"`
	Started     time.Time         `json:"started"`
	Definitions int               `json:"definitions"`
}

// StepDefinition is what test code does for steps that fit a pattern.
type StepDefinition struct {
	Pattern string `json:"pattern"`
	Type    string `json:"type"`  // the runner's word
	Place   string `json:"place"` // path of a file, or a class with its method
	Line    int    `json:"line"`  // 0 unknown
	Uses    int    `json:"uses"`  // steps that it was found for
}

// DuplicateStep is a pattern that is defined at more than one place.
type DuplicateStep struct {
	Pattern     string           `json:"pattern"`
	Definitions []StepDefinition `json:"definitions"` // by place
}

// StepVariants are steps that are equal but for letter case, white space and the punctuation at their end.
type StepVariants struct {
	Ways []StepWay `json:"ways"` // the most frequent first
}

// StepWay is one way in which a step is written.
type StepWay struct {
	Text   string      `json:"text"`
	Count  int         `json:"count"`
	Places []StepPlace `json:"places"` // the first three
}

// StepPlace is where a step is written.
type StepPlace struct {
	Path string `json:"path"`
	Line int    `json:"line"`
}

// StepsLeftOut counts what the document does not hold, because there is too much of it.
type StepsLeftOut struct {
	Pushes      int  `json:"pushes"` // older ones; nothing of them is told
	Unused      int  `json:"unused"`
	Duplicates  int  `json:"duplicates"`
	Variants    int  `json:"variants"`
	Definitions bool `json:"definitions"` // a push told more definitions than are kept
}
