package behavepro

import "strings"

// Status is what a scenario, row, feature or issue shows.
type Status string

const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
	NotRun  Status = "notRun" // a scenario of the commit that no counting run mentions
)

// Text is the status in words for people.
func (s Status) Text() string {
	if s == NotRun {
		return "not run"
	}
	return string(s)
}

// severity orders the roll-up, worst first: failed, notRun, skipped, passed.
func (s Status) severity() int {
	switch s {
	case Failed:
		return 4
	case NotRun:
		return 3
	case Skipped:
		return 2
	case Passed:
		return 1
	}
	return 0
}

// Worse returns the worse of two statuses; the empty Status is better than any.
func Worse(a, b Status) Status {
	if b.severity() > a.severity() {
		return b
	}
	return a
}

// Accounting is how a reported result ended. Every result read ends as exactly one of them.
type Accounting string

const (
	Matched   Accounting = "matched"
	Ambiguous Accounting = "ambiguous"
	Unmatched Accounting = "unmatched"
	RetryOf   Accounting = "retry-of"
	Waiting   Accounting = "waiting"
)

var rawStatuses = map[string]Status{}

func init() {
	for status, words := range map[Status]string{
		Passed: "passed pass ok success",
		Failed: "failed fail failure testerror ambiguous undefined undefinedstep bindingerror pending stepdefinitionpending error " +
			"hook_error cleanup_error timeout aborted compromised xpassed unfinished",
		Skipped: "skipped skip untested untested_pending untested_undefined disabled ignored notexecuted inconclusive xfailed " +
			"pending_warn warning unknown none",
	} {
		for word := range strings.FieldsSeq(words) {
			rawStatuses[word] = status
		}
	}
}

// StatusOf maps a runner's raw status word, case-insensitive, to a status. A word that is not known counts as failed
// and is reported as unknown, so that the accounting can name it. "none" stands for no result or no steps,
// "unfinished" for a scenario that started and never finished.
func StatusOf(raw string) (status Status, known bool) {
	if status, known = rawStatuses[strings.ToLower(raw)]; known {
		return status, true
	}
	return Failed, false
}
