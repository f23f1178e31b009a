package report

import (
	"strings"
	"time"

	"github.com/behavepro/behavepro"
)

// none is the raw status of a scenario without steps or results, unfinished of one that never ended.
const (
	none       = "none"
	unfinished = "unfinished"
)

// rank orders raw words inside a scenario, worst last: passed, skipped, not run, pending, undefined, ambiguous, failed.
func rank(raw string) int {
	switch strings.ToLower(raw) {
	case "":
		return 0
	case none, "unknown", "untested":
		return 3
	case "pending", "stepdefinitionpending":
		return 4
	case "undefined", "undefinedstep":
		return 5
	case "ambiguous":
		return 6
	}
	switch status, _ := behavepro.StatusOf(raw); status {
	case behavepro.Passed:
		return 1
	case behavepro.Skipped:
		return 2
	}
	return 7
}

// ran is one step or hook with its result.
type ran struct {
	raw           string // "" when the report has no result for it
	keyword, text string
	message       string
	cut           bool
	took          float64 // in the report's unit
}

// verdict gathers the steps and hooks of a scenario, its background's included, into one result.
type verdict struct {
	worst ran
	steps int
	done  int // steps with a result
	took  float64
}

// step adds a step; one without a result was not run.
func (v *verdict) step(o ran) {
	v.steps++
	if o.raw == "" {
		o.raw = none
	} else {
		v.done++
	}
	v.add(o)
}

// hook adds a hook, which counts only when it failed: a skipped After hook does not undo a pass, and a Before hook that
// skips leaves skipped steps behind.
func (v *verdict) hook(o ran) {
	if rank(o.raw) <= 3 {
		v.took += o.took
		return
	}
	v.add(o)
}

func (v *verdict) add(o ran) {
	v.took += o.took
	if rank(o.raw) > rank(v.worst.raw) {
		v.worst = o
	}
}

// merge adds what an earlier element, a background, gathered.
func (v *verdict) merge(earlier verdict) {
	v.steps += earlier.steps
	v.done += earlier.done
	v.took += earlier.took
	if rank(earlier.worst.raw) >= rank(v.worst.raw) {
		v.worst = earlier.worst
	}
}

// raw is the word for the whole scenario. stated is what the report itself says about it, "" when nothing: it is
// believed where it is worse than the steps, because hooks may be invisible.
func (v *verdict) raw(stated string) string {
	derived := v.worst.raw
	if derived == "" {
		derived = none
	}
	return believed(derived, stated)
}

// believed is the worse of what the steps give and what the report states.
func believed(derived, stated string) string {
	if stated == "" {
		return derived
	}
	status, _ := behavepro.StatusOf(derived)
	claim, _ := behavepro.StatusOf(stated)
	if status != behavepro.Failed && claim == behavepro.Failed {
		return stated
	}
	if derived == none && claim != behavepro.Passed {
		return stated
	}
	return derived
}

// tell copies what the verdict knows into a result. unit is that of the durations.
func (v *verdict) tell(r *Reported, stated string, unit time.Duration) {
	r.Raw = v.raw(stated)
	r.Duration = duration(v.took, unit)
	if rank(v.worst.raw) >= 4 {
		r.Keyword, r.Step = strings.TrimSpace(v.worst.keyword), v.worst.text
		r.Message, r.Cut = v.worst.message, v.worst.cut
	}
}

// duration converts; what is negative or longer than a year is not believed.
func duration(n float64, unit time.Duration) time.Duration {
	d := n * float64(unit)
	if !(d > 0 && d < float64(366*24*time.Hour)) {
		return 0
	}
	return time.Duration(d)
}
