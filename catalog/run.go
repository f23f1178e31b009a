package catalog

import (
	"cmp"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
)

// QuietTime closes a run that comes in shards when none of it was received for so long.
const QuietTime = 15 * time.Minute

// Run is the pushes of one commit with equal params and --run, put together.
type Run struct {
	Name   string // --run, else the build; "" where a push has neither, and is a run of its own
	Params []behavepro.Param
	Commit behavepro.SHA
	Pushes []*Push      // latest first, without the one that only closes
	Counts model.Counts // of all pushes
	Shards []string
	Of     int // shards that were announced; 0 is not known
	State  RunState
	Until  time.Time // of an open run: when it is taken as complete if nothing more comes

	ids []string // of all its pushes
}

// Holds reports whether a push is of this run.
func (r *Run) Holds(push string) bool { return slices.Contains(r.ids, push) }

// RunState is whether more of a run is to come.
type RunState string

const (
	// RunOpen is a run in shards of which some are to come.
	RunOpen RunState = "open"
	// RunComplete is any run that is not open: it did not come in shards, or all have come, or it was closed, or nothing came of it
	// for QuietTime.
	RunComplete RunState = "complete"
)

// RunsOf puts pushes together by run, that with the latest push first. Pushes for several commits are several runs.
func RunsOf(pushes []*Push, now time.Time) []*Run {
	byName := map[runName][]*Push{}
	for _, p := range pushes {
		name := runOf(p)
		byName[name] = append(byName[name], p)
	}
	runs := make([]*Run, 0, len(byName))
	for _, all := range byName {
		runs = append(runs, runWith(all, now))
	}
	slices.SortFunc(runs, func(a, b *Run) int { return laterRun(a, b) })
	return runs
}

func laterRun(a, b *Run) int {
	switch {
	case len(a.Pushes) == 0 || len(b.Pushes) == 0:
		return cmp.Or(cmp.Compare(len(b.Pushes), len(a.Pushes)), cmp.Compare(a.Name, b.Name))
	}
	return cmp.Or(later(a.Pushes[0], b.Pushes[0]), cmp.Compare(a.Name, b.Name))
}

// runWith makes a run of its pushes. Their order decides nothing.
func runWith(all []*Push, now time.Time) *Run {
	all = slices.Clone(all)
	slices.SortFunc(all, later)
	r := &Run{Name: cmp.Or(all[0].Run, all[0].Build), Commit: all[0].Commit, State: RunComplete}
	closed := false
	var last time.Time
	for _, p := range all {
		r.ids = append(r.ids, p.ID)
		if p.Closes {
			closed = true
			continue
		}
		r.Pushes = append(r.Pushes, p)
		r.Counts.Add(&p.Counts)
		r.Of = max(r.Of, p.Shards)
		if p.Received.After(last) {
			last = p.Received
		}
		if p.Shard != "" && !slices.Contains(r.Shards, p.Shard) {
			r.Shards = append(r.Shards, p.Shard)
		}
	}
	r.Params = all[0].Params
	if len(r.Pushes) > 0 {
		r.Params = r.Pushes[0].Params
	}
	slices.SortFunc(r.Shards, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	whole := r.Of > 0 && len(r.Shards) >= r.Of
	if len(r.Shards) > 0 && !closed && !whole && now.Sub(last) < QuietTime {
		r.State, r.Until = RunOpen, last.Add(QuietTime)
	}
	return r
}
