package api

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/gate"
)

// commit looks for the scenarios of a commit. Only what was pushed for that commit counts.
func (a *asking) commit() error {
	sha, err := behavepro.ParseSHA(a.Commit)
	full := err == nil
	var found []catalog.At
	var names []string
	for _, repo := range a.repos {
		at, err := a.x.Catalog.Resolve(a.x.ctx(), repo, a.Commit)
		switch {
		case err == nil:
			found, names = append(found, at), append(names, repo.Name)
		case !errors.Is(err, behavepro.ErrNotFound):
			return err
		}
	}
	if len(found) > 1 && !full {
		return behavepro.Explain(behavepro.ErrInvalid, "several repositories have "+a.Commit+": "+strings.Join(names, ", "), "name one of them, or a full SHA")
	}
	if len(found) == 0 {
		return a.unseen(sha, full)
	}
	g := gate.Group{}
	for _, at := range found {
		standing, err := a.standing(at, at.SHA.String())
		if err != nil {
			return err
		}
		a.at = append(a.at, client.GateAt{Repository: at.Repository.Name, Ref: at.Ref, Commit: at.SHA})
		g.Scenarios = append(g.Scenarios, a.chosen(standing)...)
		if err := a.openRuns(at); err != nil {
			return err
		}
		if err := a.doubtWaiting(at.Repository, func(p *catalog.Push) bool { return p.Commit == at.SHA }); err != nil {
			return err
		}
		if at.Ref == "" {
			continue // a commit does not change
		}
		if err := a.doubtSync(at.Repository); err != nil {
			return err
		}
	}
	a.groups = []gate.Group{g}
	return nil
}

// unseen is the answer for a commit that no repository shows.
func (a *asking) unseen(sha behavepro.SHA, full bool) error {
	if !full {
		return behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("%q is neither a branch nor a commit of a repository within the token's reach", a.Commit),
			"branches and commits appear after a sync: `behavepro repos sync`")
	}
	a.doubts = append(a.doubts, gate.Doubt{
		Rule: gate.Syncing, Text: "no repository within the token's reach shows commit " + sha.Short() + " yet", Hint: "was it pushed? `behavepro repos sync` fetches it",
	})
	a.groups = []gate.Group{{}}
	return nil
}

// chosen are the scenarios of a ref that tags and paths name.
func (a *asking) chosen(s *catalog.Standing) []gate.Scenario {
	var all []gate.Scenario
	every := func(*catalog.RowView) bool { return true }
	for _, f := range s.Features {
		if !a.pathNamed(f.Path) {
			continue
		}
		for i := range f.Scenarios {
			if v := &f.Scenarios[i]; a.tagNamed(v.Tags) {
				all = append(all, gateScenario(s, f.Path, v, every))
			}
		}
	}
	return all
}

// pathNamed tells whether a path is one of those that are asked for, or lies below one.
func (a *asking) pathNamed(path string) bool {
	return len(a.Paths) == 0 || slices.ContainsFunc(a.Paths, func(p string) bool {
		p = strings.TrimSuffix(strings.TrimPrefix(p, "./"), "/")
		return p == path || strings.HasPrefix(path, p+"/") || p == "." || p == ""
	})
}

// tagNamed tells whether a scenario has one of the tags.
func (a *asking) tagNamed(tags []string) bool {
	return len(a.Tags) == 0 || slices.ContainsFunc(a.Tags, func(t string) bool { return slices.Contains(tags, "@"+strings.TrimPrefix(t, "@")) })
}

// openRuns doubts a commit of which a run in shards is not complete.
func (a *asking) openRuns(at catalog.At) error {
	pushes, err := a.x.Catalog.PushesOf(a.x.ctx(), at.Repository.ID, at.SHA)
	if err != nil {
		return err
	}
	for _, r := range catalog.RunsOf(pushes, a.x.Now) {
		if r.State != catalog.RunOpen {
			continue
		}
		text := fmt.Sprintf("the run %s of commit %s is not complete: %d shards have come", r.Name, at.SHA.Short(), len(r.Shards))
		if r.Of > 0 {
			text = fmt.Sprintf("the run %s of commit %s is not complete: %d of %d shards have come", r.Name, at.SHA.Short(), len(r.Shards), r.Of)
		}
		a.doubts = append(a.doubts, gate.Doubt{
			Rule: gate.OpenRun, Repository: at.Repository.Name, Text: text,
			Hint: "it counts as complete at " + r.Until.UTC().Format("15:04:05") + " UTC, or by `behavepro results complete`",
		})
	}
	return nil
}

// doubtSync doubts a repository that has not been seen yet, or whose last sync failed: its branches may have moved on.
func (a *asking) doubtSync(repo *catalog.Repository) error {
	s, err := a.x.Catalog.SyncState(a.x.ctx(), repo.ID)
	if err != nil {
		return err
	}
	hint := "see `behavepro repos show " + repo.Name + "`"
	switch {
	case s.Error != "":
		a.doubts = append(a.doubts, gate.Doubt{Rule: gate.SyncFail, Repository: repo.Name, Text: "the last sync of " + repo.Name + " failed: " + s.Error, Hint: hint})
	case s.First:
		a.doubts = append(a.doubts, gate.Doubt{Rule: gate.Syncing, Repository: repo.Name, Text: repo.Name + " has not been synced yet", Hint: hint})
	}
	return nil
}

// onBranch tells which pushes that wait may be for the ref that the gate looks at: those of its branch, or of one that is not known.
func (a *asking) onBranch(repo *catalog.Repository) func(*catalog.Push) bool {
	branch := a.Ref
	if at, known, err := a.resolve(repo, a.Ref); err == nil && known && at.Ref != "" {
		branch = at.Ref
	}
	return func(p *catalog.Push) bool { return p.Branch == "" || branch == "" || p.Branch == branch }
}

// doubtWaiting doubts a repository for which results wait that may change the answer.
func (a *asking) doubtWaiting(repo *catalog.Repository, matters func(*catalog.Push) bool) error {
	pushes, err := a.x.Catalog.WaitingFor(a.x.ctx(), repo)
	if err != nil {
		return err
	}
	n := 0
	var newest behavepro.SHA
	for _, p := range pushes {
		if p.State == catalog.PushWaiting && a.x.Now.Sub(p.Received) < freshly && (!a.RequireOIDC || p.OIDC != nil) && matters(p) {
			n++
			newest = p.Commit
		}
	}
	if n > 0 {
		a.doubts = append(a.doubts, gate.Doubt{
			Rule: gate.Waiting, Repository: repo.Name, Text: fmt.Sprintf("%d pushes of results wait for their commit, the newest for %s", n, newest.Short()),
			Hint: "`behavepro repos show " + repo.Name + "` tells how the last sync ended",
		})
	}
	return nil
}
