package api_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/api/oidc/oidctest"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/web/problem"
)

// jobHouse is a house that a CI service's jobs may enter, where one repository is trusted for SHOP.
func jobHouse(t *testing.T) (*house, *oidctest.Issuer) {
	t.Helper()
	ci := oidctest.Start(t)
	h := newHouse(t, func(o *api.Options) {
		o.OIDC = oidc.New(oidc.Options{Issuers: []string{ci.URL}, Audience: o.PublicURL, Client: http.DefaultClient})
	})
	_, err := h.registry.AddTrust(t.Context(), behavepro.Change{At: h.now}, access.Trust{
		Name: "acme/shop on main", Tenant: behavepro.Local, Projects: []behavepro.ProjectKey{"SHOP"}, Issuer: ci.URL, RepositoryID: "1001", OwnerID: "77",
		Refs: []string{"refs/heads/main", "refs/pull/*/merge"}, Events: []string{"push", "pull_request"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h, ci
}

// TestKeyless: a CI job pushes without an API token, the push says which job it was, and an API token's push of the same results before
// it does not take its place.
func TestKeyless(t *testing.T) {
	t.Parallel()
	h, ci := jobHouse(t)
	up := client.Upload{Push: client.Push{Repository: "acme/shop", Commit: h.tip, Build: "7", Shard: "1"}, Files: []client.ReportFile{file("r.json", report)}}
	if _, err := h.client(h.token("results:write", "SHOP")).PushResults(t.Context(), up); err != nil {
		t.Fatal(err)
	}
	job := h.client(ci.Sign(ci.GitHub("https://behave.example.com", h.tip.String(), h.now)))
	acc, err := job.PushResults(t.Context(), up)
	if err != nil {
		t.Fatal(err)
	}
	if acc.Matched != 1 || acc.Repeated {
		t.Errorf("got %+v", acc)
	}
	if again, err := job.PushResults(t.Context(), up); err != nil || !again.Repeated || again.ID != acc.ID {
		t.Errorf("sent again: %+v, %v", again, err)
	}
	if _, err := job.PushStatus(t.Context(), acc.ID, 0); err != nil {
		t.Errorf("its own push: %v", err)
	}
	runs, err := h.client(h.token("results:read", "SHOP")).Runs(t.Context(), "acme/shop", h.tip.String())
	if err != nil || len(runs.Runs) != 2 {
		t.Fatalf("%d runs, %v", len(runs.Runs), err)
	}
	for _, run := range runs.Runs {
		switch {
		case run.ID != acc.ID && run.OIDC != nil:
			t.Errorf("the API token's push says %+v", run.OIDC)
		case run.ID != acc.ID:
			if _, err := job.PushStatus(t.Context(), run.ID, 0); err == nil {
				t.Error("a job asks how another's push ended")
			}
		case run.OIDC == nil || run.OIDC.Issuer != ci.URL || run.OIDC.Subject != "repo:acme/shop:ref:refs/heads/main" || run.OIDC.Event != "push" || run.By != "acme/shop on main":
			t.Errorf("the job's push says %+v, by %s", run.OIDC, run.By)
		}
	}
	run, err := job.CompleteRun(t.Context(), client.CompleteRun{Repository: "acme/shop", Commit: h.tip, Build: "7"})
	if err != nil || run.State != "complete" || len(run.Pushes) != 1 || run.Pushes[0].ID != acc.ID {
		t.Errorf("closed by the job: %+v, %v", run, err)
	}
	if _, err := job.CompleteRun(t.Context(), client.CompleteRun{Repository: "acme/shop", Commit: h.next, Build: "7"}); !errors.Is(err, behavepro.ErrForbidden) {
		t.Errorf("closed a run of another commit: %v", err)
	}
}

// TestGateOfKeylessRuns: a gate that asks for ID tokens is closed by what an API token proved, and open once a CI job did.
func TestGateOfKeylessRuns(t *testing.T) {
	t.Parallel()
	h, ci := jobHouse(t)
	up := client.Upload{Push: client.Push{Repository: "acme/shop", Commit: h.tip}, Files: []client.ReportFile{file("r.json", report)}}
	if err := h.catalog.PutSyncState(t.Context(), h.shop.Repo.ID, catalog.SyncState{Phase: "done", Started: h.now, Finished: h.now}); err != nil {
		t.Fatal(err)
	}
	asked := h.client(h.token("results:read,repos:read", "SHOP"))
	job := h.client(ci.Sign(ci.GitHub("https://behave.example.com", h.tip.String(), h.now)))
	query := client.GateQuery{Issues: []behavepro.IssueKey{"SHOP-1"}}
	verdict := func(oidc bool) string {
		t.Helper()
		query.RequireOIDC = oidc
		gate, err := asked.Gate(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		return gate.Verdict
	}
	if _, err := h.client(h.token("results:write", "SHOP")).PushResults(t.Context(), up); err != nil {
		t.Fatal(err)
	}
	if any, proven := verdict(false), verdict(true); any != client.GateOpen || proven != client.GateClosed {
		t.Errorf("after an API token's push: %s, of jobs alone %s", any, proven)
	}
	if _, err := job.PushResults(t.Context(), up); err != nil {
		t.Fatal(err)
	}
	if any, proven := verdict(false), verdict(true); any != client.GateOpen || proven != client.GateOpen {
		t.Errorf("after a job's push: %s, of jobs alone %s", any, proven)
	}

	// A job asks by itself where its trust says so, and sees no more than that.
	if _, err := job.Gate(t.Context(), query); !errors.Is(err, behavepro.ErrForbidden) || !strings.Contains(err.Error(), "not to ask gates") {
		t.Errorf("a job that may push asks a gate: %v", err)
	}
	trusts, err := h.registry.Trusts(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	for _, trust := range trusts {
		trust.Gate = true
		if err := h.registry.RemoveTrust(t.Context(), behavepro.Local, trust.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.registry.AddTrust(t.Context(), behavepro.Change{At: h.now}, trust); err != nil {
			t.Fatal(err)
		}
	}
	if gate, err := job.Gate(t.Context(), query); err != nil || gate.Verdict != client.GateOpen {
		t.Errorf("asked by the job: %+v, %v", gate, err)
	}
	if _, err := job.Issue(t.Context(), "SHOP-1", "", ""); !errors.Is(err, behavepro.ErrForbidden) {
		t.Errorf("a job that may ask gates reads an issue: %v", err)
	}
}

// TestKeylessAttacks: a token that is right opens no more than it says.
func TestKeylessAttacks(t *testing.T) {
	t.Parallel()
	h, ci := jobHouse(t)
	other := "1111111111111111111111111111111111111111"
	try := func(name string, want int, change map[string]any, push client.Push) {
		t.Helper()
		claims := ci.GitHub("https://behave.example.com", h.tip.String(), h.now)
		for k, v := range change {
			claims[k] = v
		}
		if push.Commit.IsZero() {
			push.Commit = h.tip
		}
		if push.Repository == "" {
			push.Repository = "acme/shop"
		}
		token := ci.Sign(claims)
		_, err := h.client(token).PushResults(t.Context(), client.Upload{Push: push, Files: []client.ReportFile{file("r.json", report)}})
		var got int
		if err == nil {
			got = http.StatusOK
		} else {
			for _, k := range problem.Kinds() {
				if got == 0 && errors.Is(err, k.Err) {
					got = k.Status
				}
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("%s: the answer holds the token", name)
			}
		}
		if got != want {
			t.Errorf("%s: got %d, %v, want %d", name, got, err, want)
		}
	}
	try("as it is", 200, nil, client.Push{})
	try("replayed for another commit", 403, map[string]any{"sha": other}, client.Push{})
	try("another repository", 403, map[string]any{"repository_id": "1002"}, client.Push{})
	try("a fork's own run", 403, map[string]any{"repository_id": "2001", "repository_owner_id": "78", "event_name": "pull_request"}, client.Push{})
	try("the repository under another owner", 403, map[string]any{"repository_owner_id": "78"}, client.Push{})
	try("another branch", 403, map[string]any{"ref": "refs/heads/other"}, client.Push{})
	try("a ref that ends otherwise than the trusted pattern", 403, map[string]any{"ref": "refs/pull/7/head", "event_name": "pull_request"}, client.Push{})
	try("a ref with a slash where the pattern has a star", 403, map[string]any{"ref": "refs/pull/7/x/merge", "event_name": "pull_request"}, client.Push{})
	try("another event", 403, map[string]any{"event_name": "workflow_dispatch"}, client.Push{})
	try("pull_request_target", 401, map[string]any{"event_name": "pull_request_target"}, client.Push{})
	try("another server's token", 401, map[string]any{"aud": "https://elsewhere.example.com"}, client.Push{})
	try("an expired one", 401, map[string]any{"exp": h.now.Unix() - 120}, client.Push{})
	try("a repository of another project", 404, nil, client.Push{Repository: "acme/pay"})
	head, merge, text := mergeOf(t, h)
	on := map[string]any{"sha": merge.String(), "ref": "refs/pull/7/merge", "event_name": "pull_request"}
	try("the head of its pull request", 200, on, client.Push{Commit: head, TestedCommit: merge, MergeCommit: text})
	try("the head, not shown", 403, on, client.Push{Commit: head, TestedCommit: merge})
	try("a commit that it does not merge", 403, on, client.Push{Commit: h.tip, TestedCommit: merge, MergeCommit: text})
	claims := ci.GitHub("https://behave.example.com", h.tip.String(), h.now)
	for path, want := range map[string]int{"/REST/1.0/bdd/report": 403, "/api/v1/repos": 0, "/api/v1/tokens": 0} {
		method, want := http.MethodGet, want
		if want != 0 {
			method = http.MethodPut // of another commit than the token's
		} else {
			want = http.StatusForbidden
		}
		if status, body := h.ask(t, method, path, report, ci.Sign(claims)); status != want {
			t.Errorf("%s: status %d, want %d: %s", path, status, want, body)
		}
	}
}

// mergeOf makes what a CI service makes of a pull request: the merge of a head into acme/shop's tip.
func mergeOf(t *testing.T, h *house) (head, merge behavepro.SHA, text []byte) {
	t.Helper()
	head = h.shop.Commit(map[string]string{"features/cart.feature": cart + "\n"}, h.tip)
	h.shop.Branch("main", map[string]behavepro.SHA{"main": h.tip, "feature": head})
	text = []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent " + h.tip.String() + "\nparent " + head.String() +
		"\nauthor A <a@example.com> 1767225600 +0000\ncommitter A <a@example.com> 1767225600 +0000\n\nMerge\n")
	cmd := exec.CommandContext(t.Context(), "git", "hash-object", "-t", "commit", "--stdin", "--literally")
	cmd.Stdin, cmd.Env = strings.NewReader(string(text)), append(os.Environ(), testenv.Git()...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if merge, err = behavepro.ParseSHA(strings.TrimSpace(string(out))); err != nil {
		t.Fatal(err)
	}
	return head, merge, text
}
