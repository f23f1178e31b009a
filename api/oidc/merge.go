package oidc

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
)

// MayTell reports whether a job that ran on tested may push results of commit: it is the same commit, or the head of the pull request
// of which tested is the service's temporary merge. merge is that commit as Git stores it (`git cat-file commit`): its hash is
// tested, so nobody can have written it otherwise, and its second parent is the head. The refusal is ErrForbidden.
func MayTell(commit, tested behavepro.SHA, merge []byte) error {
	if commit == tested {
		return nil
	}
	no := func(why, hint string) error {
		return behavepro.Explain(
			behavepro.ErrForbidden,
			fmt.Sprintf("the ID token is of a job on commit %s, not %s, and %s", tested.Short(), commit.Short(), why),
			hint,
		)
	}
	if len(merge) == 0 {
		return no("nothing shows that one is the pull request's merge of the other",
			"check out what CI offers (on a pull request its merge commit) in the folder that `behavepro results push` runs in")
	}
	if len(merge) > client.MaxMergeCommit || hashOf(merge) != tested.String() {
		return no("the merge commit that was sent is another one", "")
	}
	if parents := parentsOf(merge); len(parents) != 2 || parents[1] != commit {
		return no("that is not the head that it merges", "")
	}
	return nil
}

// hashOf is what Git names a commit by.
func hashOf(commit []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "commit %d\x00", len(commit)), commit...))
	return hex.EncodeToString(sum[:])
}

// parentsOf reads the header of a commit.
func parentsOf(commit []byte) []behavepro.SHA {
	var parents []behavepro.SHA
	header, _, _ := bytes.Cut(commit, []byte("\n\n"))
	for line := range bytes.Lines(header) {
		if name, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte("parent ")); ok {
			if sha, err := behavepro.ParseSHA(string(name)); err == nil {
				parents = append(parents, sha)
			}
		}
	}
	return parents
}
