package catalog

import (
	"cmp"
	"slices"

	"github.com/behavepro/behavepro"
)

// countingBuilds is how many of a ref's newest builds decide which param sets count.
const countingBuilds = 5

// Runs orders what was pushed for the commits that a tip reaches: by commit, newest first, then by start, CI attempt and
// key of the push. The order of arrival decides nothing.
type Runs struct {
	pushes   []*Push // newest first
	place    map[pushName]int32
	run      []int32 // of each push
	set      []int32 // param set of each push
	setNames []string
	counting map[string]bool
	builds   int
}

type pushName struct {
	commit behavepro.SHA
	id     string
}

// runName is what the pushes of one run share.
type runName struct {
	commit behavepro.SHA
	params string
	name   string
}

// runOf puts pushes together that have equal commit, params and --run. The build stands for an empty --run; a push with
// neither is a run of its own.
func runOf(p *Push) runName {
	return runName{p.Commit, behavepro.ParamSet(p.Params), cmp.Or(p.Run, p.Build, p.ID)}
}

// later orders pushes for one commit, the latest first.
func later(a, b *Push) int {
	return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.Attempt, a.Attempt), cmp.Compare(b.ID, a.ID))
}

// OrderRuns orders the pushes whose commits rank holds; others never count and are left out.
func OrderRuns(rank *Rank, pushes []*Push) *Runs {
	r := &Runs{place: map[pushName]int32{}, counting: map[string]bool{}}
	places := map[*Push]int{}
	for _, p := range pushes {
		if place, ok := rank.Place(p.Commit); ok {
			places[p] = place
			r.pushes = append(r.pushes, p)
		}
	}
	slices.SortFunc(r.pushes, func(a, b *Push) int {
		return cmp.Or(cmp.Compare(places[a], places[b]), later(a, b))
	})
	r.run = make([]int32, len(r.pushes))
	r.set = make([]int32, len(r.pushes))
	sets := map[string]int32{}
	numbers := map[runName]int32{}
	var runs [][]*Push // in the order of their newest push
	for i, p := range r.pushes {
		r.place[pushName{p.Commit, p.ID}] = int32(i)
		name := runOf(p)
		set, ok := sets[name.params]
		if !ok {
			set = int32(len(r.setNames))
			sets[name.params] = set
			r.setNames = append(r.setNames, name.params)
		}
		r.set[i] = set
		n, ok := numbers[name]
		if !ok {
			n = int32(len(runs))
			numbers[name] = n
			runs = append(runs, nil)
		}
		r.run[i] = n
		runs[n] = append(runs[n], p)
	}
	r.count(runs)
	return r
}

// count finds the param sets that count: those that one of the newest builds reported. A build is all runs with one
// build id; a run without one is a build of its own. Builds order by their newest run.
func (r *Runs) count(runs [][]*Push) {
	newest := map[string]bool{}
	builds := map[string]bool{}
	for _, run := range runs {
		own := true
		for _, p := range run {
			if p.Build == "" {
				continue
			}
			own = false
			if !builds[p.Build] {
				builds[p.Build] = true
				newest[p.Build] = r.builds < countingBuilds
				r.builds++
			}
			if newest[p.Build] {
				r.counting[behavepro.ParamSet(p.Params)] = true
			}
		}
		if own {
			if r.builds < countingBuilds {
				r.counting[behavepro.ParamSet(run[0].Params)] = true
			}
			r.builds++
		}
	}
}

// Counts reports whether a param set, as named by behavepro.ParamSet, counts.
func (r *Runs) Counts(params string) bool { return r.counting[params] }

// Builds is how many builds there are.
func (r *Runs) Builds() int { return r.builds }

// Pushes returns what was pushed, newest first.
func (r *Runs) Pushes() []*Push { return r.pushes }
