// Package gate decides whether scenarios are proven well enough to go on: to merge, to release, to close a story. It is pure: scenarios
// and doubts go in, a verdict with reasons comes out. Package ask collects them from the catalog.
//
// It promises that a doubt never reads as a failure: if results may be on their way, or the repository may have moved on unseen, the
// verdict is Undecided, whatever else is known.
package gate

import (
	"fmt"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
)

// Verdict is what a gate says.
type Verdict string

const (
	Open      Verdict = "open"
	Closed    Verdict = "closed"
	Undecided Verdict = "undecided" // something may be missing: ask again
)

// Rule is why a gate is not open.
type Rule string

const (
	Failed   Rule = "failed"
	Skipped  Rule = "skipped"
	NotRun   Rule = "not-run"
	Stale    Rule = "stale"
	Flaky    Rule = "flaky"
	Nothing  Rule = "nothing"  // there is no scenario, or none that counts
	Waiting  Rule = "waiting"  // results wait for their commit
	OpenRun  Rule = "open-run" // a run in shards is not complete
	Syncing  Rule = "syncing"  // the repository or the commit has not been seen yet
	SyncFail Rule = "sync-failing"
)

// Scenario is one that the gate asks for, with its current result.
type Scenario struct {
	Repository string
	Path, Name string
	Line       int
	State
	Rows        []Row     // of an outline: the rows that the gate asks for
	Quarantined bool      // it is left out
	Until       time.Time // of its quarantine
}

// Row is an example row with its current result.
type Row struct {
	Line int
	State
	Quarantined bool
	Until       time.Time
}

// State is what is known of a scenario or row.
type State struct {
	Status       behavepro.Status
	Stale, Flaky bool
}

// Group is scenarios of which there has to be at least one: those of an issue, or of a commit.
type Group struct {
	Name      string // an issue's key; "" for a commit
	Scenarios []Scenario
}

// Doubt is something that keeps a gate from deciding. What to do about it follows from Rule and Repository; each surface says it in its own
// words.
type Doubt struct {
	Rule       Rule
	Repository string        // its name; "" where no repository shows Commit
	Commit     behavepro.SHA // that results or shards are missing for, or that no repository shows; zero for doubts about a sync
	Until      time.Time     // of an open run: when it counts as complete if nothing more comes
	Text       string
}

// Options say what is forgiven.
type Options struct {
	AllowFlaky bool // flaky scenarios that passed in the end
	AllowEmpty bool // groups without a scenario that counts
}

// Reason is why a gate is not open.
type Reason struct {
	Rule     Rule
	Group    string
	Scenario *Scenario // nil where the reason is about none
	Row      int       // line of the example row; 0: the scenario as a whole
	Doubt    *Doubt    // of a verdict that is undecided
	Text     string
}

// Decision is a verdict and what it stands on.
type Decision struct {
	Verdict Verdict
	Asked   int // scenarios, each once per group
	Proven  int // those that nothing is said against
	Reasons []Reason
	LeftOut []Scenario // in quarantine; of an outline of which only rows are, with those rows
}

// Decide says whether a gate is open.
func Decide(groups []Group, doubts []Doubt, opt Options) Decision {
	d := Decision{Verdict: Open}
	for i := range doubts {
		d.Reasons = append(d.Reasons, Reason{Rule: doubts[i].Rule, Doubt: &doubts[i], Text: doubts[i].Text})
	}
	for i := range groups {
		d.group(&groups[i], opt)
	}
	switch {
	case len(doubts) > 0:
		d.Verdict = Undecided
	case len(d.Reasons) > 0:
		d.Verdict = Closed
	}
	return d
}

func (d *Decision) group(g *Group, opt Options) {
	counted := 0
	for i := range g.Scenarios {
		s := &g.Scenarios[i]
		d.Asked++
		if s.leftOut() {
			d.leaveOut(s)
			continue
		}
		counted++
		if reasons := s.reasons(opt); len(reasons) > 0 {
			for j := range reasons {
				reasons[j].Group = g.Name
			}
			d.Reasons = append(d.Reasons, reasons...)
		} else {
			d.Proven++
		}
		if part := s.quarantinedRows(); len(part) > 0 {
			some := *s
			some.Rows = part
			d.leaveOut(&some)
		}
	}
	if counted == 0 && !opt.AllowEmpty {
		d.Reasons = append(d.Reasons, Reason{Rule: Nothing, Group: g.Name, Text: g.nothing()})
	}
}

func (d *Decision) leaveOut(s *Scenario) {
	same := func(o Scenario) bool { return o.Repository == s.Repository && o.Path == s.Path && o.Line == s.Line }
	if !slices.ContainsFunc(d.LeftOut, same) {
		d.LeftOut = append(d.LeftOut, *s)
	}
}

// leftOut reports whether a scenario is in quarantine, or all its rows are.
func (s *Scenario) leftOut() bool {
	return s.Quarantined || len(s.Rows) > 0 && len(s.quarantinedRows()) == len(s.Rows)
}

func (s *Scenario) quarantinedRows() []Row {
	return slices.DeleteFunc(slices.Clone(s.Rows), func(r Row) bool { return !r.Quarantined })
}

func (g *Group) nothing() string {
	switch {
	case len(g.Scenarios) > 0 && g.Name != "":
		return fmt.Sprintf("all scenarios of %s are in quarantine", g.Name)
	case len(g.Scenarios) > 0:
		return "all scenarios are in quarantine"
	case g.Name != "":
		return fmt.Sprintf("no scenario links to %s", g.Name)
	}
	return "no scenario is asked for"
}

// reasons says what is against a scenario. Of an outline its rows decide.
func (s *Scenario) reasons(opt Options) []Reason {
	if len(s.Rows) == 0 {
		return s.State.reasons(s, 0, opt)
	}
	var all []Reason
	for i := range s.Rows {
		if r := &s.Rows[i]; !r.Quarantined {
			all = append(all, r.State.reasons(s, r.Line, opt)...)
		}
	}
	return all
}

func (is State) reasons(s *Scenario, row int, opt Options) []Reason {
	var all []Reason
	because := func(rule Rule, text string) {
		all = append(all, Reason{Rule: rule, Scenario: s, Row: row, Text: text})
	}
	switch is.Status {
	case behavepro.Passed:
	case behavepro.Skipped:
		because(Skipped, "it was skipped")
	case behavepro.NotRun:
		because(NotRun, "no run that counts tells of it")
	default:
		because(Failed, "it failed")
	}
	if is.Stale {
		because(Stale, "it says something else than what was tested")
	}
	if is.Flaky && !opt.AllowFlaky {
		because(Flaky, "it passed and failed for the same words")
	}
	return all
}
