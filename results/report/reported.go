package report

import (
	"cmp"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
)

// Bounds on what is kept of a result.
const (
	maxName     = 4 << 10   // a name, a URI, a step, a status word
	maxMessage  = 4 << 10   // a failure message
	maxStack    = 16 << 10  // where in the code it failed
	maxAttached = 50        // attachments of one result
	maxSource   = 8 << 20   // the source of a feature file inside a report
	maxResults  = 1 << 20   // results of one report file
	maxHeld     = 256 << 20 // bytes held, by a rough count, before results can be sent

	maxInflated = 4 << 30 // of a gzipped report
)

// Reported is one result as a report tells it, independent of the report's format: one attempt of one scenario or row,
// hooks and background included. It is stored in chunks; cbor keys are part of the stored format and never reused.
type Reported struct {
	File     string        `cbor:"1,keyasint,omitempty"`  // the report file that it comes from, as named by the caller
	URI      string        `cbor:"2,keyasint,omitempty"`  // of the feature file, as written in the report
	Path     string        `cbor:"3,keyasint,omitempty"`  // the URI normalised: slashes, no scheme, no build folder
	Source   *Source       `cbor:"4,keyasint,omitempty"`  // what was run, where the report carries it
	Suite    string        `cbor:"5,keyasint,omitempty"`  // JUnit: the suite's name
	Feature  string        `cbor:"6,keyasint,omitempty"`  // the feature's name; JUnit: the class name
	Rule     string        `cbor:"7,keyasint,omitempty"`  // the rule's name, where told
	Name     string        `cbor:"8,keyasint,omitempty"`  // the scenario's name as reported
	Line     int           `cbor:"9,keyasint,omitempty"`  // of the row, the scenario or the outline; 0 unknown
	Outline  int           `cbor:"10,keyasint,omitempty"` // line of the outline, where the report tells both
	Row      string        `cbor:"11,keyasint,omitempty"` // the row's cells joined by "-", as pytest names them
	Raw      string        `cbor:"12,keyasint"`           // the runner's word; "none", "unfinished"
	Duration time.Duration `cbor:"13,keyasint,omitempty"`
	Start    time.Time     `cbor:"14,keyasint,omitzero"`
	Attempt  int           `cbor:"15,keyasint,omitempty"` // 0 is the first, as far as the report counts
	Keyword  string        `cbor:"16,keyasint,omitempty"` // of the failing step, trimmed; a hook's name for hooks
	Step     string        `cbor:"17,keyasint,omitempty"` // text of the failing step
	Message  string        `cbor:"18,keyasint,omitempty"`
	Cut      bool          `cbor:"19,keyasint,omitempty"` // Message was longer
	Retry    string        `cbor:"20,keyasint,omitempty"` // attempts that the report groups share it
	Dropped  int           `cbor:"21,keyasint,omitempty"` // attachments left out
	Loose    bool          `cbor:"22,keyasint,omitempty"` // Line may be that of a step, as Behat writes it
	Trust    Trust         `cbor:"23,keyasint,omitempty"`
	Cells    []string      `cbor:"30,keyasint,omitempty"` // of the row, in order, where told; more may follow them
	Kind     uint8         `cbor:"31,keyasint,omitempty"` // of format; of several that tell one run the lowest counts

	Stack       string                `cbor:"40,keyasint,omitempty"` // what follows the message: where in the code
	Attachments []model.AttachmentRef `cbor:"41,keyasint,omitempty"` // split off, see Split
}

// Trust is how much of the truth a report's format tells. Where several reports tell of one scenario, only those of the
// highest trust count.
type Trust int

const (
	Hides   Trust = iota // known to leave failures out: pytest-bdd's Cucumber JSON
	Names                // JUnit: no steps, and words of its own for pending, undefined and empty
	Steps                // Cucumber JSON: the steps, mostly of the last attempt
	Sources              // Cucumber Messages: every attempt, and the text that was run
)

// CompareDetail compares how much of the truth two results tell; 0 for results of one format, of which one may be an attempt
// before the other.
func (r *Reported) CompareDetail(o *Reported) int {
	return cmp.Or(cmp.Compare(r.Trust, o.Trust), cmp.Compare(o.Kind, r.Kind))
}

// IsDotNet reports whether the format is one of .NET, in which scenarios may be named by identifiers.
func (r *Reported) IsDotNet() bool { return r.Kind > 0 && formats[r.Kind-1].dotnet }

// Source names the text that a report says was run.
type Source struct {
	Blobs   []behavepro.SHA   `cbor:"1,keyasint"`           // its blob, as is, with LF line ends, without BOM, and both
	Wording behavepro.Wording `cbor:"2,keyasint,omitempty"` // of the scenario or row
}

// Status is what the runner's word means.
func (r *Reported) Status() behavepro.Status {
	status, _ := behavepro.StatusOf(r.Raw)
	return status
}

// Summary says what reading one report file gave, besides its results.
type Summary struct {
	File         string         // as named by the caller
	Format       string         // name of the format; "" when it was not recognised
	Runner       string         // who wrote it: "cucumber-js 12.9.0", "behave"; a guess, may be empty
	Results      int            // results emitted
	Dropped      int            // attachments left out
	UnknownWords map[string]int // status words that are not known, with their number; they count as failed
	Start        time.Time      // start of the tests; zero unknown
	Notes        []string       // what a reader of these results should know, such as known lies of the runner
	Unreadable   string         // what could not be read, with its place; "" when everything was

	Definitions model.Definitions // of steps, as Cucumber Messages tell them
}
