package match

import (
	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/results/report"
)

// Tally counts outcomes.
func Tally(outcomes []Outcome) model.Counts {
	c := model.Counts{Read: len(outcomes)}
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
func Await(reported []report.Reported) []Outcome {
	outcomes := make([]Outcome, len(reported))
	for i := range reported {
		outcomes[i] = Outcome{
			Accounting: behavepro.Waiting, Status: reported[i].Status(), File: -1, Scenario: -1, Examples: -1, Row: -1,
		}
	}
	return outcomes
}
