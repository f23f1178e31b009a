package server

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/jobs"
)

func TestPushWakesUpAfterTheCommitArrives(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	h.commit("shop", map[string]string{"features/cart.feature": cart})
	h.connect("shop", "shop", "SHOP")
	h.git("shop", "checkout", "-q", "--detach")
	commit := h.commit("shop", map[string]string{"README": "two"}) // no branch leads there

	acc, err := h.admin().PushResults(t.Context(), client.Upload{
		Push: client.Push{Repository: "shop", Commit: commit}, Files: []client.ReportFile{reportFile("r.json", cartPassed)},
	})
	if err != nil || acc.State != client.StateWaiting || acc.Waiting != 1 {
		t.Fatalf("got %s, %+v, %v; want one waiting result", acc.State, acc.Counts, err)
	}
	h.git("shop", "branch", "-f", "main")
	if _, err := h.admin().SyncRepository(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	acc, err = h.admin().PushStatus(t.Context(), acc.ID, 50*time.Second)
	if err != nil || acc.State != client.StateMatched || acc.Passed != 1 {
		t.Errorf("got %s, %+v, %v; want one matched and passed result", acc.State, acc.Counts, err)
	}
}

func TestClosingEndsWaitingAndLosesNothing(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	h.commit("shop", map[string]string{"features/cart.feature": cart})
	h.connect("shop", "shop", "SHOP")
	unseen := behavepro.SHA{1}
	admin := h.admin()
	var acc client.Accounting
	var pushing errgroup.Group
	pushing.Go(func() (err error) {
		acc, err = admin.PushResults(t.Context(), client.Upload{
			Push: client.Push{Repository: "shop", Commit: unseen, WaitSeconds: 50}, Files: []client.ReportFile{reportFile("r.json", cartPassed)},
		})
		return err
	})
	for waiting := 0; waiting == 0; {
		runs, err := admin.Runs(t.Context(), "shop", unseen.String())
		if err != nil {
			t.Fatal(err)
		}
		waiting = len(runs.Runs)
	}
	began := time.Now()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("closing took %s: it waited for what waits", took)
	}
	if err := pushing.Wait(); err != nil || acc.State != client.StateWaiting || acc.Waiting != 1 {
		t.Errorf("got %s, %+v, %v, want an answer that one result waits", acc.State, acc.Counts, err)
	}

	c := h.app.conf
	c.Log = slog.New(slog.DiscardHandler)
	again, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	h.Server = again
	runs, err := h.admin().Runs(t.Context(), "shop", unseen.String())
	if err != nil || len(runs.Runs) != 1 || runs.Runs[0].State != client.StateWaiting {
		t.Errorf("after a restart: %+v, %v, want the push, waiting", runs.Runs, err)
	}
}

// TestResultsFetchTheirCommit pushes results of a commit that no branch leads to; the push itself has it fetched.
func TestResultsFetchTheirCommit(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	h.commit("shop", map[string]string{"features/cart.feature": cart})
	h.git("shop", "config", "uploadpack.allowAnySHA1InWant", "true")
	h.connect("shop", "shop", "SHOP")
	h.git("shop", "checkout", "-q", "--detach")
	commit := h.commit("shop", map[string]string{"README": "two"})
	if acc := h.push(t.Context(), "shop", commit, cartPassed); acc.State != client.StateMatched || acc.Passed != 1 {
		t.Errorf("got %s, %+v, want one matched and passed result", acc.State, acc.Counts)
	}
}

// TestOldUploadWaitsUnderItsProjects sends results as old scripts do, which name no repository, before their commit is known.
func TestOldUploadWaitsUnderItsProjects(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	commit := h.commit("shop", map[string]string{"features/cart.feature": cart})
	token := h.token(behavepro.Local, time.Time{}, "SHOP", access.ResultsWrite)
	got := h.ask(http.MethodPut, "/REST/1.0/bdd/report", cartPassed, func(r *http.Request) {
		r.Header.Set("X-API-KEY", token.Reveal())
		r.Header.Set("X-COMMIT-ID", commit.String())
	})
	if got.status != http.StatusAccepted {
		t.Fatalf("status %d, want 202: %s", got.status, got.body)
	}
	h.connect("shop", "shop", "SHOP")
	h.waitFor("the issue to pass", func() bool {
		issue, err := h.admin().Issue(t.Context(), "SHOP-1", "", "")
		if err != nil {
			t.Fatal(err)
		}
		return len(issue.Scenarios) == 1 && issue.Scenarios[0].Status == behavepro.Passed
	})
}

// TestUnseenCommitBecomesAProblem sweeps a day after a push whose commit never came.
func TestUnseenCommitBecomesAProblem(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	h.commit("shop", map[string]string{"features/cart.feature": cart})
	h.connect("shop", "shop", "SHOP")
	_, err := h.admin().PushResults(t.Context(), client.Upload{
		Push: client.Push{Repository: "shop", Commit: behavepro.SHA{1}, Build: "77"}, Files: []client.ReportFile{reportFile("r.json", cartPassed)},
	})
	if err != nil {
		t.Fatal(err)
	}
	sweep := func(after time.Duration) []string {
		w := *h.app.work
		w.now = func() time.Time { return time.Now().Add(after) }
		if err := w.sweep(t.Context(), jobs.Job{}); err != nil {
			t.Fatal(err)
		}
		repo, err := h.admin().Repository(t.Context(), "shop", 0)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, p := range repo.Problems {
			said = append(said, p.Message)
		}
		return said
	}
	if said := sweep(23 * time.Hour); len(said) != 0 {
		t.Errorf("after 23 hours: %q, want no problem", said)
	}
	if said := sweep(25 * time.Hour); len(said) != 1 || !strings.Contains(said[0], "build 77") {
		t.Errorf("after 25 hours: %q, want a problem that names the build", said)
	}
}
