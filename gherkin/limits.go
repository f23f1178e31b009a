package gherkin

import "fmt"

// ParserVersion names what Parse makes of a blob. It goes up whenever the same blob would give another Document, so
// that stored documents are read again.
const ParserVersion = 1

// Bounds of one file. What exceeds one ends the reading at that place with a Problem that names the bound; what was
// read before it stays.
const (
	MaxBlobBytes = 16 << 20 // bytes of a blob; a larger one is not read at all
	MaxScenarios = 100_000  // scenarios and outlines
	MaxRules     = 10_000
	MaxExamples  = 100_000   // Examples tables
	MaxSteps     = 500_000   // steps, backgrounds' included
	MaxRows      = 500_000   // table rows: of Examples, headers included, and of steps
	MaxCells     = 2_000_000 // table cells
	MaxTags      = 100_000   // tags as written, without inheritance
	MaxErrors    = 10_000    // lines that are not Gherkin
	MaxProblems  = 100       // problems kept; the last one says how many more there are
)

func overLimit(line, limit int, things string) Problem {
	return Problem{Line: line, Message: fmt.Sprintf("more than %d %s in one file; the rest from here is not read", limit, things)}
}
