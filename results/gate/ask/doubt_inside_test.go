package ask

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/gate"
)

var (
	now    = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	commit = behavepro.SHA{0xab, 0xcd}
	later  = behavepro.SHA{0xef}
)

// TestWaitingDoubt: each thing that keeps a push from mattering, alone.
func TestWaitingDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change      func(*catalog.Push)
		requireOIDC bool
		branch      string
		want        bool
	}{
		"waits":                            {nil, false, "", true},
		"matched":                          {func(p *catalog.Push) { p.State = catalog.PushMatched }, false, "", false},
		"uploading":                        {func(p *catalog.Push) { p.State = catalog.PushUploading }, false, "", false},
		"almost a day old":                 {func(p *catalog.Push) { p.Received = now.Add(time.Second - 24*time.Hour) }, false, "", true},
		"a day old":                        {func(p *catalog.Push) { p.Received = now.Add(-24 * time.Hour) }, false, "", false},
		"by an API token, OIDC required":   {nil, true, "", false},
		"by a CI job, OIDC required":       {func(p *catalog.Push) { p.OIDC = &behavepro.CIJob{} }, true, "", true},
		"by a CI job":                      {func(p *catalog.Push) { p.OIDC = &behavepro.CIJob{} }, false, "", true},
		"of the branch":                    {func(p *catalog.Push) { p.Branch = "main" }, false, "main", true},
		"of another branch":                {func(p *catalog.Push) { p.Branch = "side" }, false, "main", false},
		"of no branch":                     {nil, false, "main", true},
		"of a branch, where none is known": {func(p *catalog.Push) { p.Branch = "side" }, false, "", true},
	} {
		p := &catalog.Push{Commit: commit, State: catalog.PushWaiting, Received: now.Add(-time.Minute)}
		if c.change != nil {
			c.change(p)
		}
		if got := len(waitingDoubt("shop", []*catalog.Push{p}, c.requireOIDC, now, onBranch(c.branch))) > 0; got != c.want {
			t.Errorf("%s: doubted %v, want %v", name, got, c.want)
		}
	}
	two := []*catalog.Push{
		{Commit: commit, State: catalog.PushWaiting, Received: now.Add(-time.Hour)},
		{Commit: later, State: catalog.PushWaiting, Received: now},
	}
	want := []gate.Doubt{{Rule: gate.Waiting, Repository: "shop", Commit: later, Text: "2 pushes of results wait for their commit, the newest for " + later.Short()}}
	if diff := cmp.Diff(want, waitingDoubt("shop", two, false, now, onBranch(""))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestOpenRunDoubts(t *testing.T) {
	t.Parallel()
	shard := func(run, name string, of int) *catalog.Push {
		return &catalog.Push{ID: run + name, Commit: commit, Run: run, Shard: name, Shards: of, State: catalog.PushMatched, Received: now, Started: now}
	}
	pushes := []*catalog.Push{shard("half", "1", 2), shard("unknown", "1", 0), shard("whole", "1", 2), shard("whole", "2", 2), {ID: "plain", Commit: commit, Received: now}}
	texts := map[string]bool{}
	for _, d := range openRunDoubts("shop", commit, pushes, now) {
		texts[d.Text] = true
		if d.Rule != gate.OpenRun || d.Repository != "shop" || !d.Until.Equal(now.Add(catalog.QuietTime)) {
			t.Errorf("got %+v", d)
		}
	}
	want := map[string]bool{
		"the run half of commit abcd000 is not complete: 1 of 2 shards have come": true,
		"the run unknown of commit abcd000 is not complete: 1 shards have come":   true,
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if late := openRunDoubts("shop", commit, pushes, now.Add(catalog.QuietTime)); late != nil {
		t.Errorf("after the quiet time: %+v", late)
	}
}

func TestSyncDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state catalog.SyncState
		want  []gate.Doubt
	}{
		"synced":              {catalog.SyncState{Phase: "done"}, nil},
		"never synced":        {catalog.SyncState{First: true}, []gate.Doubt{{Rule: gate.Syncing, Repository: "shop", Text: "shop has not been synced yet"}}},
		"failed":              {catalog.SyncState{Error: "down"}, []gate.Doubt{{Rule: gate.SyncFail, Repository: "shop", Text: "the last sync of shop failed: down"}}},
		"failed at the first": {catalog.SyncState{Error: "down", First: true}, []gate.Doubt{{Rule: gate.SyncFail, Repository: "shop", Text: "the last sync of shop failed: down"}}},
	} {
		if diff := cmp.Diff(c.want, syncDoubt("shop", &c.state)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}
