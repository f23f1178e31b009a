package sync

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/sync/gittest"
)

// TestShallow: a shallow clone is read as far as its history goes. While its end moves on, what was read stays; once it is deepened,
// scenarios have the lineages that the whole history gives them.
func TestShallow(t *testing.T) {
	t.Parallel()
	for _, mode := range gittest.Modes {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t)
			first := mustSHA(t, r.Commit("one", "a.feature", feature3(scenarioA, scenarioB)))
			r.Git("mv", "a.feature", "b.feature")
			second := mustSHA(t, r.Commit("two"))
			dir := filepath.Join(t.TempDir(), "shallow")
			r.Git("clone", "-q", "--depth", "1", "file://"+r.Dir, dir)
			b := newBench(t)
			repo := b.add("r", gittest.Serve(t, dir, mode))
			b.sync(repo)
			ended := b.files(repo, second)

			third := mustSHA(t, r.Commit("three", "b.feature", feature3(scenarioA, scenarioB, scenarioC)))
			r.Git("-C", dir, "fetch", "-q", "--depth", "1", "origin", "main")
			r.Git("-C", dir, "reset", "-q", "--hard", "FETCH_HEAD")
			b.sync(repo)
			if d := cmp.Diff(ended, b.files(repo, second)); d != "" {
				t.Errorf("the end of history moved on, and what was read before changed (-want +got):\n%s", d)
			}
			if got := b.files(repo, third); len(got) != 1 || len(got[0].Lineages) != 3 {
				t.Errorf("after the end moved on: %v", got)
			}

			r.Git("-C", dir, "fetch", "-q", "--unshallow", "origin", "main")
			b.sync(repo)
			whole := newBench(t)
			full := whole.add("r", r.Dir)
			whole.sync(full)
			for name, sha := range map[string]string{"one": first.String(), "two": second.String(), "three": third.String()} {
				if d := cmp.Diff(whole.files(full, mustSHA(t, sha)), b.files(repo, mustSHA(t, sha))); d != "" {
					t.Errorf("commit %s after deepening (-want +got):\n%s", name, d)
				}
			}
			if cmp.Equal(ended, b.files(repo, second)) {
				t.Error("deepening changed no lineage: it proves nothing")
			}
			head, err := b.catalog.Head(t.Context(), repo.ID)
			if err != nil || head.Deeper != 1 || len(head.Ended) != 0 {
				t.Errorf("the head is %+v, %v", head, err)
			}
			b.sync(repo)
			if again, err := b.catalog.Head(t.Context(), repo.ID); err != nil || again.Deeper != 1 || again.View != head.View {
				t.Errorf("the next sync made the head %+v, %v", again, err)
			}
		})
	}
}
