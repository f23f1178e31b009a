package api_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
)

// TestGateDoubts pins what a gate that cannot decide says to somebody who uses the command with a token.
func TestGateDoubts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	asked := h.client(h.token("results:read", "SHOP"))
	reason := func(rule string, query client.GateQuery) string {
		t.Helper()
		gate, err := asked.Gate(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(gate.Reasons, func(r client.GateReason) bool { return r.Rule == rule })
		if i < 0 {
			t.Fatalf("no reason %s: %+v", rule, gate)
		}
		text, err := json.Marshal(gate.Reasons[i])
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	same := func(got, want string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	push := func(change func(*client.Push)) {
		t.Helper()
		up := client.Upload{Push: client.Push{Repository: "acme/shop", Commit: h.tip}, Files: []client.ReportFile{file("r.json", report)}}
		change(&up.Push)
		if _, err := h.client(h.token("results:write", "SHOP")).PushResults(t.Context(), up); err != nil {
			t.Fatal(err)
		}
	}
	issue := client.GateQuery{Issues: []behavepro.IssueKey{"SHOP-1"}}

	state := catalog.SyncState{First: true}
	put := func() {
		t.Helper()
		if err := h.catalog.PutSyncState(t.Context(), h.shop.Repo.ID, state); err != nil {
			t.Fatal(err)
		}
	}
	put()
	same(reason("syncing", issue), `{"rule":"syncing","verdict":"undecided","message":"acme/shop has not been synced yet","hint":"see `+"`behavepro repos show acme/shop`"+`","repository":"acme/shop"}`)
	state = catalog.SyncState{Error: "the server is down"}
	put()
	same(reason("sync-failing", issue), `{"rule":"sync-failing","verdict":"undecided","message":"the last sync of acme/shop failed: the server is down","hint":"see `+"`behavepro repos show acme/shop`"+`","repository":"acme/shop"}`)
	h.seen(h.shop.Repo.ID)

	push(func(p *client.Push) { p.Commit = h.next })
	same(reason("waiting", issue), `{"rule":"waiting","verdict":"undecided","message":"1 pushes of results wait for their commit, the newest for `+h.next.Short()+
		`","hint":"`+"`behavepro repos show acme/shop`"+` tells how the last sync ended","repository":"acme/shop"}`)
	push(func(p *client.Push) { p.Run, p.Shard, p.Shards = "unit", "1", 2 })
	same(reason("open-run", issue), `{"rule":"open-run","verdict":"undecided","message":"the run unit of commit `+h.tip.Short()+` is not complete: 1 of 2 shards have come","hint":"it counts as complete at 03:19:05 UTC, or by `+
		"`behavepro results complete`"+`","repository":"acme/shop"}`)

	unseen := "00112233445566778899aabbccddeeff00112233"
	same(reason("syncing", client.GateQuery{Commit: unseen}), `{"rule":"syncing","verdict":"undecided","message":"no repository within the token's reach shows commit 0011223 yet","hint":"was it pushed? `+
		"`behavepro repos sync`"+` fetches it"}`)
	_, err := asked.Gate(t.Context(), client.GateQuery{Commit: "nowhere"})
	if !errors.Is(err, behavepro.ErrNotFound) || !strings.Contains(err.Error(), `"nowhere" is neither a branch nor a commit of a repository within the token's reach`) ||
		!strings.Contains(err.Error(), "branches and commits appear after a sync: `behavepro repos sync`") {
		t.Errorf("a commit that nobody knows: %v", err)
	}
	_, err = h.client(h.token("results:read")).Gate(t.Context(), client.GateQuery{Commit: "main"})
	if !errors.Is(err, behavepro.ErrInvalid) || !strings.Contains(err.Error(), "several repositories have main: acme/pay, acme/shop") {
		t.Errorf("a branch of several repositories: %v", err)
	}
}
