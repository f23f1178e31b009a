package pages

import (
	"fmt"
	"strings"
	"time"

	"github.com/behavepro/behavepro/catalog"
)

// syncView is how the sync of a repository is doing.
type syncView struct {
	Name    string
	Words   string
	Running bool
	First   bool
	Failed  bool
	Percent int
	Known   bool // Percent is known
	ETA     string
	Error   string
	Hint    string
	Synced  time.Time // the last success; zero where there was none
}

// refreshWhileSyncing is after how many seconds a page looks again while a sync runs.
const refreshWhileSyncing = 3

// phases say what a sync does in words for people.
var phases = map[string]string{
	"": "not started", "waiting": "waiting for its turn", "fetching": "fetching commits", "reading": "reading commits",
	"parsing": "parsing feature files", "linking": "linking scenarios", "done": "up to date", "failed": "failed",
}

func syncOf(r *catalog.Repository, s *catalog.SyncState) syncView {
	v := syncView{
		Name:   r.Name,
		Words:  phases[s.Phase],
		First:  s.First,
		Error:  s.Error,
		Hint:   s.Hint,
		Synced: s.Finished,
		Failed: s.Phase == "failed",
	}
	if v.Words == "" {
		v.Words = s.Phase
	}
	v.Running = s.Phase != "done" && s.Phase != "failed"
	if v.Running && s.Total > 0 {
		v.Known = true
		v.Percent = int(min(100, s.Done*100/s.Total))
		v.Words += fmt.Sprintf(", %s of %s", number(int(s.Done)), number(int(s.Total)))
	}
	if v.Running && s.ETA > 0 {
		v.ETA = left(s.ETA)
	}
	return v
}

// left tells a remaining time roughly.
func left(d time.Duration) string {
	switch {
	case d < 5*time.Second:
		return "a few seconds left"
	case d < time.Minute:
		return fmt.Sprintf("about %d s left", int(d.Round(5*time.Second).Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("about %d min left", int(d.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("about %d h left", int(d.Round(time.Hour).Hours()))
}

// syncing is how the syncs of repositories are doing.
type syncing struct {
	First   []syncView // whose first import is not done
	Running bool       // any sync
	Amiss   []amiss
}

// amiss is what somebody should mend in a repository.
type amiss struct {
	Name, What, Problems string
	Grave                bool // what the page shows is not the newest
}

func (p *Pages) syncing(v *Visit, repos []*catalog.Repository) (out syncing, err error) {
	for _, r := range repos {
		state, err := v.Catalog.SyncState(v.ctx(), r.ID)
		if err != nil {
			return out, err
		}
		s := syncOf(r, &state)
		out.Running = out.Running || s.Running
		one := amiss{Name: r.Name, Problems: p.link.problems(r)}
		switch {
		case s.First:
			out.First = append(out.First, s)
			continue
		case s.Failed:
			one.What, one.Grave = "the last sync failed, so that newer scenarios are missing here", true
		default:
			counts, err := v.Catalog.ProblemCounts(v.ctx(), r)
			if err != nil {
				return out, err
			}
			if one.What = countsText(counts, " and "); one.What == "" {
				continue
			}
		}
		out.Amiss = append(out.Amiss, one)
	}
	if len(out.Amiss) > 0 && !v.mends() {
		out.Amiss = nil
	}
	return out, nil
}

func projectsOf(r *catalog.Repository) string {
	keys := make([]string, len(r.Projects))
	for i, p := range r.Projects {
		keys[i] = string(p)
	}
	return strings.Join(keys, ", ")
}

// synced is when a repository was looked at last with success.
func (v *Visit) synced(r *catalog.Repository, head catalog.Head) (time.Time, error) {
	state, err := v.Catalog.SyncState(v.ctx(), r.ID)
	if at := time.UnixMilli(head.Synced); at.After(state.Finished) {
		return at, err
	}
	return state.Finished, err
}
