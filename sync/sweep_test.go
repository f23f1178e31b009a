package sync

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/sync/gittest"
)

// TestRevertAfterSweep: a branch goes, its content is swept after 30 days, and comes back: it is read anew, whatever the server thinks
// that we have.
func TestRevertAfterSweep(t *testing.T) {
	t.Parallel()
	for _, mode := range gittest.Modes {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t)
			base := r.Commit("base", "a.feature", feature3(scenarioA))
			r.Git("checkout", "-qb", "story")
			story := r.Commit("story", "b.feature", feature3(scenarioB), "a.feature", feature3(scenarioA, scenarioC))
			r.Git("checkout", "-q", "main")
			b := newBench(t)
			now := time.Unix(1_800_000_000, 0)
			b.engine.options.Now = func() time.Time { return now }
			repo := b.add("r", gittest.Serve(t, r.Dir, mode))
			b.sync(repo)
			want := b.files(repo, mustSHA(t, story))
			r.Git("branch", "-m", "story", "hidden")
			r.Git("update-ref", "refs/other/story", story)
			r.Git("branch", "-D", "hidden")
			b.sync(repo)

			sweep := func() (s catalog.Swept) {
				t.Helper()
				one, err := b.catalog.SweepRepository(t.Context(), repo, now)
				if err != nil {
					t.Fatal(err)
				}
				two, err := b.catalog.SweepTenant(t.Context(), now)
				if err != nil {
					t.Fatal(err)
				}
				one.Blobs = two.Blobs
				return one
			}
			if got := sweep(); got != (catalog.Swept{}) {
				t.Errorf("swept at once: %+v", got)
			}
			later := func(days int) {
				t.Helper()
				for range days {
					now = now.Add(24 * time.Hour)
					if got := sweep(); got != (catalog.Swept{}) {
						t.Errorf("swept too early: %+v", got)
					}
				}
			}
			later(28)
			now = now.Add(24 * time.Hour)
			if got := sweep(); got != (catalog.Swept{}) {
				t.Errorf("swept after 29 days: %+v", got)
			}
			later(1)
			if mode == gittest.Neither {
				// A clock that jumps sweeps nothing at first.
				now = now.Add(100 * 24 * time.Hour)
				if got := sweep(); got != (catalog.Swept{}) {
					t.Errorf("swept after the clock jumped: %+v", got)
				}
			}
			now = now.Add(24 * time.Hour)
			if diff := cmp.Diff(catalog.Swept{Commits: 1, Trees: 1, Identities: 2, Blobs: 2}, sweep()); diff != "" {
				t.Errorf("swept after 32 days (-want +got):\n%s", diff)
			}
			if got := sweep(); got != (catalog.Swept{}) {
				t.Errorf("swept again: %+v", got)
			}
			if got := b.names(repo, base); got != "a.feature" {
				t.Errorf("what main reaches: %q", got)
			}
			r.Git("branch", "story", story)
			b.sync(repo)
			if diff := cmp.Diff(want, b.files(repo, mustSHA(t, story))); diff != "" {
				t.Errorf("after it came back:\n%s", diff)
			}
		})
	}
}

// TestAwaitedCommitWithoutFiles: results name a commit that no branch leads to any more and whose files the server has collected.
// What the branches lead to is synced all the same.
func TestAwaitedCommitWithoutFiles(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Commit("base", "a.feature", feature3(scenarioA))
	r.Git("checkout", "-qb", "story")
	story := mustSHA(t, r.Commit("story", "b.feature", feature3(scenarioB)))
	r.Git("checkout", "-q", "main")
	b := newBench(t)
	now := time.Unix(1_800_000_000, 0)
	b.engine.options.Now = func() time.Time { return now }
	repo := b.add("r", gittest.Serve(t, r.Dir, gittest.Partial))
	b.sync(repo)
	r.Git("branch", "-D", "story")
	r.Git("reflog", "expire", "--expire=now", "--all")
	r.Git("gc", "--quiet", "--prune=now")
	b.sync(repo)
	for range 34 {
		now = now.Add(24 * time.Hour)
		if _, err := b.catalog.SweepRepository(t.Context(), repo, now); err != nil {
			t.Fatal(err)
		}
		if _, err := b.catalog.SweepTenant(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	if commits, err := b.catalog.Commits(t.Context(), repo.ID, repo.View(), story); err != nil || commits[0] != nil {
		t.Fatalf("the commit is still there, which proves nothing: %v", err)
	}
	fresh := r.Commit("more", "c.feature", feature3(scenarioC))
	b.sync(repo, story)
	if got := b.names(repo, fresh); got != "a.feature c.feature" {
		t.Errorf("what main reaches: %q", got)
	}
	if commits, err := b.catalog.Commits(t.Context(), repo.ID, repo.View(), story); err != nil || commits[0] != nil {
		t.Errorf("the commit without files is known: %v", err)
	}
}
