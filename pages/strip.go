package pages

import (
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// stripView is the status of the last runs, oldest first.
type stripView struct {
	Marks []constant // classes: o passed, b failed, f both, s skipped, "" none
	Label string
}

const stripLength = 10

func stripOf(marks []catalog.RunMark) stripView {
	v := stripView{Marks: make([]constant, max(0, stripLength-len(marks)), stripLength)}
	counts := map[constant]int{}
	for i := range marks {
		class := markClass(marks[i].Status, marks[i].Mixed)
		v.Marks = append(v.Marks, class)
		counts[class]++
	}
	var said []string
	for _, w := range []struct {
		class constant
		word  string
	}{{"o", "passed"}, {"f", "passed and failed"}, {"b", "failed"}, {"s", "skipped"}} {
		if n := counts[w.class]; n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, w.word))
		}
	}
	switch len(marks) {
	case 0:
		v.Label = "no runs yet"
	case 1:
		v.Label = "1 run: " + said[0][2:]
	default:
		v.Label = fmt.Sprintf("last %d runs: %s", len(marks), strings.Join(said, ", "))
	}
	return v
}

func markClass(s behavepro.Status, mixed bool) constant {
	switch {
	case mixed:
		return "f"
	case s == behavepro.Passed:
		return "o"
	case s == behavepro.Failed:
		return "b"
	case s == behavepro.Skipped:
		return "s"
	}
	return ""
}

// bar is how many scenarios have which status.
type bar struct{ Passed, Failed, Skipped, NotRun, Quarantined, Stale, Flaky int }

func (b *bar) add(v *catalog.ScenarioView) {
	switch {
	case v.Quarantined:
		b.Quarantined++
	case v.Status == behavepro.Passed:
		b.Passed++
	case v.Status == behavepro.Failed:
		b.Failed++
	case v.Status == behavepro.Skipped:
		b.Skipped++
	default:
		b.NotRun++
	}
	if v.Stale {
		b.Stale++
	}
	if v.Flaky {
		b.Flaky++
	}
}

func (b *bar) join(o *bar) {
	b.Passed += o.Passed
	b.Failed += o.Failed
	b.Skipped += o.Skipped
	b.NotRun += o.NotRun
	b.Quarantined += o.Quarantined
	b.Stale += o.Stale
	b.Flaky += o.Flaky
}

func barOf(t *catalog.Tally) bar {
	return bar{t.Passed, t.Failed, t.Skipped, t.NotRun, t.Quarantined, t.Stale, t.Flaky}
}

// Total is the number of scenarios.
func (b bar) Total() int { return b.Passed + b.Failed + b.Skipped + b.NotRun + b.Quarantined }

// Width is the bar's length in scenarios: at least 1, which an SVG needs.
func (b bar) Width() int { return max(1, b.Total()) }

// Label says the bar in words.
func (b bar) Label() string {
	var said []string
	for _, w := range []struct {
		n    int
		word string
	}{{b.Passed, "passed"}, {b.Failed, "failed"}, {b.Skipped, "skipped"}, {b.NotRun, "not run"}, {b.Quarantined, "in quarantine"}} {
		if w.n > 0 {
			said = append(said, number(w.n)+" "+w.word)
		}
	}
	if len(said) == 0 {
		return "no scenarios"
	}
	return strings.Join(said, ", ")
}

// Status is the worst that is in the bar.
func (b bar) Status() behavepro.Status {
	switch {
	case b.Failed > 0:
		return behavepro.Failed
	case b.NotRun > 0 || b.Total() == 0:
		return behavepro.NotRun
	case b.Skipped > 0 || b.Passed == 0: // all are in quarantine
		return behavepro.Skipped
	}
	return behavepro.Passed
}

// Proven is the share of passed scenarios in percent, never 100 while one is missing; those in quarantine do not count.
func (b bar) Proven() int {
	counted := b.Total() - b.Quarantined
	if counted == 0 {
		return 0
	}
	return b.Passed * 100 / counted
}
