package results

import "github.com/behavepro/behavepro"

// Counts is the accounting of a push. Matched, Ambiguous, Unmatched, RetryOf and Waiting add up to Read; Passed, Failed
// and Skipped to Matched.
type Counts struct {
	Read      int `json:"read" cbor:"1,keyasint"`
	Matched   int `json:"matched" cbor:"2,keyasint"`
	Ambiguous int `json:"ambiguous" cbor:"3,keyasint"`
	Unmatched int `json:"unmatched" cbor:"4,keyasint"`
	RetryOf   int `json:"retryOf" cbor:"5,keyasint"`
	Waiting   int `json:"waiting" cbor:"6,keyasint"`
	Passed    int `json:"passed" cbor:"7,keyasint"`
	Failed    int `json:"failed" cbor:"8,keyasint"`
	Skipped   int `json:"skipped" cbor:"9,keyasint"`
}

// Tally counts outcomes.
func Tally(outcomes []Outcome) Counts {
	c := Counts{Read: len(outcomes)}
	for i := range outcomes {
		switch outcomes[i].Accounting {
		case behavepro.Matched:
			c.Matched++
			switch outcomes[i].Status {
			case behavepro.Passed:
				c.Passed++
			case behavepro.Skipped:
				c.Skipped++
			default:
				c.Failed++
			}
		case behavepro.Ambiguous:
			c.Ambiguous++
		case behavepro.RetryOf:
			c.RetryOf++
		case behavepro.Waiting:
			c.Waiting++
		default:
			c.Unmatched++
		}
	}
	return c
}

// Await is the outcome of results whose commit is not known yet: all of them wait.
func Await(reported []Reported) []Outcome {
	outcomes := make([]Outcome, len(reported))
	for i := range reported {
		outcomes[i] = Outcome{
			Accounting: behavepro.Waiting, Status: reported[i].Status(), File: -1, Scenario: -1, Examples: -1, Row: -1,
		}
	}
	return outcomes
}
