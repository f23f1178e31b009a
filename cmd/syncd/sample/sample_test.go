package sample

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMake(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	s, err := Make(t.Context(), dir, now)
	if err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) string {
		text, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, text)
		}
		return strings.TrimSpace(string(text))
	}
	git("fsck", "--strict")
	if got := git("status", "--porcelain"); got != "" {
		t.Errorf("the work tree differs from main:\n%s", got)
	}
	if got := git("rev-parse", "main"); got != s.Next.Commit.String() {
		t.Errorf("the next build is of %s, main is at %s", s.Next.Commit, got)
	}
	if got, want := git("branch", "--format=%(refname:short)"), "SHOP-12-loyalty-points\nSHOP-8-returns\nmain"; got != want {
		t.Errorf("got branches %q, want %q", got, want)
	}
	again, err := Make(t.Context(), t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	again.Dir = s.Dir
	if diff := cmp.Diff(s, again, cmp.Comparer(bytes.Equal)); diff != "" {
		t.Errorf("the same time made something else:\n%s", diff)
	}
	t.Logf("%s commits, %d builds", git("rev-list", "--count", "--branches"), len(s.Builds))
}
