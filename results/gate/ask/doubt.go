package ask

import (
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/gate"
)

// waitingTime is how long a push that waits keeps gates from deciding; after that its commit is unlikely to come.
const waitingTime = 24 * time.Hour

// waitingDoubt doubts a repository if some of the pushes that wait for it, oldest first, may change the answer.
func waitingDoubt(repo string, waiting []*catalog.Push, requireOIDC bool, now time.Time, matters func(*catalog.Push) bool) []gate.Doubt {
	n := 0
	var newest behavepro.SHA
	for _, p := range waiting {
		if p.State == catalog.PushWaiting && p.Age(now) < waitingTime && (!requireOIDC || p.OIDC != nil) && matters(p) {
			n++
			newest = p.Commit
		}
	}
	if n == 0 {
		return nil
	}
	text := fmt.Sprintf("%d pushes of results wait for their commit, the newest for %s", n, newest.Short())
	return []gate.Doubt{{Rule: gate.Waiting, Repository: repo, Commit: newest, Text: text}}
}

// onBranch reports for a push whether it may be for a branch. A push that names none may be for any, and all may be for "".
func onBranch(branch string) func(*catalog.Push) bool {
	return func(p *catalog.Push) bool { return p.Branch == "" || branch == "" || p.Branch == branch }
}

// openRunDoubts doubts a commit once for each run in shards that is not complete. pushes are those of the commit.
func openRunDoubts(repo string, commit behavepro.SHA, pushes []*catalog.Push, now time.Time) []gate.Doubt {
	var doubts []gate.Doubt
	for _, r := range catalog.RunsOf(pushes, now) {
		if r.State != catalog.RunOpen {
			continue
		}
		have := fmt.Sprintf("%d shards have come", len(r.Shards))
		if r.Of > 0 {
			have = fmt.Sprintf("%d of %d shards have come", len(r.Shards), r.Of)
		}
		text := fmt.Sprintf("the run %s of commit %s is not complete: %s", r.Name, commit.Short(), have)
		doubts = append(doubts, gate.Doubt{Rule: gate.OpenRun, Repository: repo, Commit: commit, Until: r.Until, Text: text})
	}
	return doubts
}

// syncDoubt doubts a repository that was never synced, or whose last sync failed: its branches may have moved on.
func syncDoubt(repo string, s *catalog.SyncState) []gate.Doubt {
	switch {
	case s.Error != "":
		return []gate.Doubt{{Rule: gate.SyncFail, Repository: repo, Text: "the last sync of " + repo + " failed: " + s.Error}}
	case s.First:
		return []gate.Doubt{{Rule: gate.Syncing, Repository: repo, Text: repo + " has not been synced yet"}}
	}
	return nil
}

// unseenDoubt doubts a commit that no repository shows.
func unseenDoubt(commit behavepro.SHA) gate.Doubt {
	return gate.Doubt{Rule: gate.Syncing, Commit: commit, Text: "no repository shows commit " + commit.Short() + " yet"}
}
