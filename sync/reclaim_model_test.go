package sync

import (
	"maps"

	"github.com/behavepro/behavepro/catalog"
)

// sweptWithin is how many days may lie between two sweeps for the second to trust the clock, and to delete.
const sweptWithin = catalog.KeepDays / 2

// connected is a repository as it ought to be stored.
type connected struct {
	repo    *catalog.Repository
	origin  *workplace
	indexed map[string]catalog.Day // the commits that are stored, and when each was indexed
	ever    map[string]bool        // the commits that ever were
	log     []refsOf
	results []*pushed
	swept   catalog.Day // the last sweep
	removed catalog.Day // 0 while it is connected
	gone    bool        // after its removal, runs and content too
}

// refsOf are the branches of a sync.
type refsOf struct {
	day  catalog.Day
	refs map[string]string
}

// pushed is what was said of a commit.
type pushed struct {
	push     *catalog.Push
	chunk    string
	outcomes []catalog.Outcome // by lineage
}

// sync is a successful sync; commits are those that results waited for and that the server or the mirror had. It tells how many
// commits came back after a sweep.
func (c *connected) sync(today catalog.Day, commits ...string) (returned int) {
	reached := map[string]bool{}
	for _, sha := range c.origin.branches {
		c.origin.reach(reached, sha)
	}
	c.origin.reach(reached, commits...)
	for sha := range reached {
		if _, known := c.indexed[sha]; !known {
			c.indexed[sha] = today
			if c.ever[sha] {
				returned++
			}
		}
		c.ever[sha] = true
	}
	if n := len(c.log); n == 0 || !maps.Equal(c.log[n-1].refs, c.origin.branches) {
		c.log = append(c.log, refsOf{today, maps.Clone(c.origin.branches)})
	}
	return returned
}

// inForce are the ref sets of the last 30 days: the current one and those that another replaced not longer ago.
func (c *connected) inForce(today catalog.Day) (log []refsOf) {
	for i, entry := range c.log {
		if i+1 == len(c.log) || today-c.log[i+1].day <= catalog.KeepDays {
			log = append(log, entry)
		}
	}
	return log
}

// sets counts the different ref sets of the log.
func (c *connected) sets() int {
	var different []map[string]string
next:
	for _, entry := range c.log {
		for _, refs := range different {
			if maps.Equal(refs, entry.refs) {
				continue next
			}
		}
		different = append(different, entry.refs)
	}
	return len(different)
}

// kept are the commits that must stay: what a ref set of the last 30 days or a run reaches, or what was indexed in that time.
func (c *connected) kept(today catalog.Day) map[string]catalog.Day {
	reached := map[string]bool{}
	for _, entry := range c.inForce(today) {
		for _, sha := range entry.refs {
			c.origin.reach(reached, sha)
		}
	}
	for _, p := range c.results {
		if p.push.State == catalog.PushMatched {
			c.origin.reach(reached, p.push.Commit.String())
		}
	}
	for sha, seen := range c.indexed {
		if today-seen <= catalog.KeepDays {
			c.origin.reach(reached, sha)
		}
	}
	kept := maps.Clone(c.indexed)
	maps.DeleteFunc(kept, func(sha string, _ catalog.Day) bool { return !reached[sha] })
	return kept
}

// sweep is a sweep of the repository. It tells how many commits go.
func (c *connected) sweep(today catalog.Day) int {
	due := today-c.swept <= sweptWithin
	if c.swept = today; !due || len(c.log) == 0 {
		return 0
	}
	kept := c.kept(today)
	n := len(c.indexed) - len(kept)
	c.indexed, c.log = kept, c.inForce(today)
	return n
}
