package model

import (
	"cmp"
	"fmt"
	"strings"
)

// StepDefinition is what test code does for steps that fit a pattern, as a runner tells it.
type StepDefinition struct {
	Pattern string `cbor:"1,keyasint"`
	Type    string `cbor:"2,keyasint,omitempty"` // the runner's word: CUCUMBER_EXPRESSION or REGULAR_EXPRESSION
	Place   string `cbor:"3,keyasint,omitempty"` // path of a file, or a class with its method; "" unknown
	Line    int    `cbor:"4,keyasint,omitempty"` // in the file; 0 unknown
	Uses    int    `cbor:"5,keyasint,omitempty"` // steps of scenarios and rows that it was found for; attempts count once
}

// At names the place for people: a path with its line, or a class with its method.
func (d *StepDefinition) At() string {
	if d.Line > 0 {
		return fmt.Sprintf("%s:%d", d.Place, d.Line)
	}
	return d.Place
}

// CompareDefinitions orders by pattern, type, place and line; 0 is the same definition.
func CompareDefinitions(a, b *StepDefinition) int {
	return cmp.Or(
		strings.Compare(a.Pattern, b.Pattern),
		strings.Compare(a.Type, b.Type),
		strings.Compare(a.Place, b.Place),
		cmp.Compare(a.Line, b.Line),
	)
}

// Definitions are the step definitions that the reports of a push tell, in the order of CompareDefinitions, each once.
type Definitions struct {
	All     []StepDefinition `cbor:"1,keyasint"`
	Cut     bool             `cbor:"2,keyasint,omitempty"` // some were left out: there are too many, or a pattern is too long
	Partial bool             `cbor:"3,keyasint,omitempty"` // a report was not read to its end, so that uses may be missing
}
