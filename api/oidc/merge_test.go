package oidc_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/internal/testenv"
)

// TestMayTell: a job tells of its own commit, and of the head that its merge commit has as second parent; git makes the commits.
func TestMayTell(t *testing.T) {
	t.Parallel()
	git := gitIn(t)
	base := git("commit-tree", "-m", "base", git("write-tree"))
	head := git("commit-tree", "-m", "head\n\nparent 1111111111111111111111111111111111111111", "-p", base, git("write-tree"))
	merge := git("commit-tree", "-m", "merge", "-p", base, "-p", head, git("write-tree"))
	octopus := git("commit-tree", "-m", "octopus", "-p", base, "-p", head, "-p", merge, git("write-tree"))
	text := func(sha string) []byte { return []byte(git("cat-file", "commit", sha) + "\n") }
	for _, test := range []struct {
		name           string
		commit, tested string
		merge          []byte
		may            bool
	}{
		{"its own commit", head, head, nil, true},
		{"its own commit, whatever is sent", head, head, []byte("x"), true},
		{"the head that it merges", head, merge, text(merge), true},
		{"the base that it merges into", base, merge, text(merge), false},
		{"nothing shown", head, merge, nil, false},
		{"another commit's text", head, merge, text(head), false},
		{"a text that was changed", head, merge, []byte(strings.Replace(string(text(merge)), "merge", "Merge", 1)), false},
		{"a parent that is no merge", base, head, text(head), false},
		{"one of three parents", head, octopus, text(octopus), false},
		{"another commit", base, head, nil, false},
		{"too long", head, merge, make([]byte, client.MaxMergeCommit+1), false},
	} {
		err := oidc.MayTell(sha(t, test.commit), sha(t, test.tested), test.merge)
		if (err == nil) != test.may || err != nil && !errors.Is(err, behavepro.ErrForbidden) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func sha(t *testing.T, text string) behavepro.SHA {
	t.Helper()
	parsed, err := behavepro.ParseSHA(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// gitIn runs git in a new repository.
func gitIn(t *testing.T) func(args ...string) string {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), testenv.Git()...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %s: %v", args[0], err)
		}
		return strings.TrimSuffix(string(out), "\n")
	}
	git("init", "-q")
	return git
}
