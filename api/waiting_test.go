package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
)

// TestPushWithoutRepository: a push that names no repository and waits is seen alike by everything that asks what waits for a
// repository: the sync that its arrival asks for, the commits that the sync fetches by name, the gate, the problem that it becomes after a
// day, and the match. PAY only was asked to accept the repository, WEB did.
func TestPushWithoutRepository(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token []behavepro.ProjectKey
		want  bool
	}{
		"a token for all projects":                   {nil, true},
		"a token for the repository's project":       {[]behavepro.ProjectKey{"SHOP"}, true},
		"a token for a project that accepted it":     {[]behavepro.ProjectKey{"WEB"}, true},
		"one of several projects":                    {[]behavepro.ProjectKey{"OTHER", "WEB"}, true},
		"a token for a project that was only asked":  {[]behavepro.ProjectKey{"PAY"}, false},
		"a token for a project that has nothing yet": {[]behavepro.ProjectKey{"OTHER"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			repo := h.shop.Repo
			repo.Guests, repo.Offered = []behavepro.ProjectKey{"WEB"}, []behavepro.ProjectKey{"PAY"}
			if err := h.catalog.PutRepository(t.Context(), repo); err != nil {
				t.Fatal(err)
			}
			h.seen(repo.ID)
			h.oldPush(h.token("results:write", c.token...), h.next)

			same := func(surface string, got bool) {
				t.Helper()
				if got != c.want {
					t.Errorf("%s: the push concerns the repository: %v, want %v", surface, got, c.want)
				}
			}
			same("sync asked for", slices.Contains(h.syncs.asked, "sync "+string(repo.ID)))
			awaited, err := h.catalog.AwaitedCommits(t.Context(), repo, 10)
			if err != nil {
				t.Fatal(err)
			}
			same("commits to fetch", slices.Contains(awaited, h.next))
			gate, err := h.client(h.token("results:read", "SHOP")).Gate(t.Context(), client.GateQuery{Issues: []behavepro.IssueKey{"SHOP-1"}})
			if err != nil {
				t.Fatal(err)
			}
			same("gate", gate.Verdict == client.GateUndecided && slices.ContainsFunc(gate.Reasons, func(r client.GateReason) bool { return r.Rule == "waiting" }))
			if err := (ingest.Ingest{Catalog: h.catalog}).Sweep(t.Context(), h.now.Add(25*time.Hour)); err != nil {
				t.Fatal(err)
			}
			problems, err := h.catalog.Problems(t.Context(), repo.ID)
			if err != nil {
				t.Fatal(err)
			}
			same("problem", slices.ContainsFunc(problems, func(p catalog.Problem) bool { return p.Commit == h.next }))
			h.arrive()
			h.syncs.arrives()
			same("match", len(h.pushes(repo.ID, h.next)) > 0)
		})
	}
}

// seen makes a repository one whose last sync ended well.
func (h *house) seen(id behavepro.RepositoryID) {
	h.t.Helper()
	if err := h.catalog.PutSyncState(h.t.Context(), id, catalog.SyncState{Phase: "done", Started: h.now, Finished: h.now}); err != nil {
		h.t.Fatal(err)
	}
}

// oldPush sends the report as an old script does: it names no repository.
func (h *house) oldPush(token string, commit behavepro.SHA) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPut, h.server.URL+"/REST/1.0/bdd/report", strings.NewReader(report))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header = http.Header{"X-Api-Key": {token}, "X-Commit-Id": {commit.String()}}
	if status, body := send(h.t, req); status >= http.StatusBadRequest {
		h.t.Fatalf("status %d: %s", status, body)
	}
}

// TestGateOfWaitingKeylessPushes: a gate that counts only what CI jobs proved waits for a push of theirs, not for one by an API token.
func TestGateOfWaitingKeylessPushes(t *testing.T) {
	t.Parallel()
	h, ci := jobHouse(t)
	h.seen(h.shop.Repo.ID)
	up := client.Upload{Push: client.Push{Repository: "acme/shop", Commit: h.next}, Files: []client.ReportFile{file("r.json", report)}}
	asked := h.client(h.token("results:read", "SHOP"))
	waits := func(requireOIDC bool) bool {
		t.Helper()
		gate, err := asked.Gate(t.Context(), client.GateQuery{Issues: []behavepro.IssueKey{"SHOP-1"}, RequireOIDC: requireOIDC})
		if err != nil {
			t.Fatal(err)
		}
		return gate.Verdict == client.GateUndecided
	}
	if waits(false) || waits(true) {
		t.Fatal("undecided before anything waits")
	}
	if _, err := h.client(h.token("results:write", "SHOP")).PushResults(t.Context(), up); err != nil {
		t.Fatal(err)
	}
	if every, proven := waits(false), waits(true); !every || proven {
		t.Errorf("after an API token's push: undecided %v, with requireOIDC %v; want true, false", every, proven)
	}
	if _, err := h.client(ci.Sign(ci.GitHub("https://behave.example.com", h.next.String(), h.now))).PushResults(t.Context(), up); err != nil {
		t.Fatal(err)
	}
	if every, proven := waits(false), waits(true); !every || !proven {
		t.Errorf("after a job's push: undecided %v, with requireOIDC %v; want both", every, proven)
	}
}
