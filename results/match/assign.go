package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
)

// openResult is a result with several candidates.
type openResult struct {
	i      int
	found  []target
	reason string
}

// sameSet is what open results share that have the same candidates.
type sameSet struct {
	file, name string
	first      target
	n          int
}

// assign settles the open results: as many results of one name as there are scenarios of it are theirs in order.
func (m *matching) assign() {
	claimed := make(map[string]map[target]bool) // by report file: what certain results took
	for i := range m.out {
		if o := &m.out[i]; o.Accounting == behavepro.Matched {
			file := m.reported[i].File
			if claimed[file] == nil {
				claimed[file] = make(map[target]bool)
			}
			claimed[file][o.target()] = true
		}
	}
	sets := make(map[sameSet][]openResult)
	var order []sameSet
	for _, open := range m.open {
		r := &m.reported[open.i]
		key := sameSet{r.File, r.Name, open.found[0], len(open.found)}
		if sets[key] == nil {
			order = append(order, key)
		}
		sets[key] = append(sets[key], open)
	}
	for _, key := range order {
		m.settle(sets[key], claimed[key.file])
	}
}

func (o *Outcome) target() target {
	return target{int32(o.File), int32(o.Scenario), int32(o.Examples), int32(o.Row)}
}

// settle gives the candidates of a set to its results, or finds them ambiguous.
func (m *matching) settle(set []openResult, claimed map[target]bool) {
	free := set[0].found
	if m.placeless(set) {
		free = slices.DeleteFunc(slices.Clone(free), func(t target) bool { return claimed[t] })
	}
	slots := m.slots(set)
	switch {
	case len(slots) == len(free):
		for n, slot := range slots {
			for _, i := range slot {
				m.take(i, free[n], set[0].reason)
			}
		}
		return
	case len(slots) == 1 && m.isWhole(set[0]):
		for _, i := range slots[0] {
			m.take(i, set[0].found[0].whole(), "the outline was reported as a whole")
		}
		return
	}
	reason := fmt.Sprintf("%d scenarios or rows match: %s", len(set[0].found), m.list(set[0].found))
	for _, open := range set {
		m.give(open.i, behavepro.Ambiguous, reason)
	}
}

// placeless says that no result of the set has a line of its own, so that what others certainly are can be left out.
func (m *matching) placeless(set []openResult) bool {
	for _, open := range set {
		r := &m.reported[open.i]
		if r.Line == 0 || r.Loose {
			continue
		}
		if at, ok := m.index(int(open.found[0].file)).lines[r.Line]; !ok || at != open.found[0].whole() {
			return false
		}
	}
	return true
}

// slots puts attempts that the report groups into one.
func (m *matching) slots(set []openResult) [][]int {
	var slots [][]int
	byRetry := make(map[string]int)
	for _, open := range set {
		retry := m.reported[open.i].Retry
		if at, ok := byRetry[retry]; ok && retry != "" {
			slots[at] = append(slots[at], open.i)
			continue
		}
		byRetry[retry] = len(slots)
		slots = append(slots, []int{open.i})
	}
	return slots
}

// isWhole says that a result can only be an outline's as a whole: it bears the name with its placeholders, and all
// candidates are rows of that outline.
func (m *matching) isWhole(open openResult) bool {
	first := open.found[0]
	x := m.index(int(first.file))
	name := x.name(first.whole())
	if strings.TrimSpace(m.reported[open.i].Name) != name {
		return false
	}
	for _, t := range open.found {
		if t.whole() != first.whole() || x.name(t) == name {
			return false
		}
	}
	return true
}

// retries makes the last of several results of one scenario or row its match, and the others attempts before it. The
// order is that of their starts where all are known, else that of the report. Where one run is told by several formats,
// only the one that tells most counts.
func (m *matching) retries() {
	results := make(map[target][]int)
	for i := range m.out {
		if o := &m.out[i]; o.Accounting == behavepro.Matched {
			results[o.target()] = append(results[o.target()], i)
		}
	}
	for t, all := range results {
		if len(all) < 2 {
			continue
		}
		best := slices.MaxFunc(all, func(a, b int) int { return m.reported[a].CompareDetail(&m.reported[b]) })
		var tries []int
		for _, i := range all {
			if m.reported[i].CompareDetail(&m.reported[best]) == 0 {
				tries = append(tries, i)
				continue
			}
			m.out[i].Accounting = behavepro.RetryOf
			m.out[i].Reason = fmt.Sprintf("%s is told in more detail by %s", m.where(t), m.reported[best].File)
		}
		inOrder(m.reported, tries)
		for n, i := range tries[:len(tries)-1] {
			m.out[i].Accounting = behavepro.RetryOf
			m.out[i].Reason = fmt.Sprintf("attempt %d of %d of %s: the last one counts", n+1, len(tries), m.where(t))
		}
	}
}
