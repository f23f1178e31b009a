package sync

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// CheckPatterns refuses branch patterns that are not globs.
func CheckPatterns(patterns []string) error {
	for _, p := range patterns {
		if !doublestar.ValidatePattern(p) {
			return behavepro.Explain(
				behavepro.ErrInvalid,
				fmt.Sprintf("branch pattern %q is not a glob", p),
				"for example main, release/*, feature/**",
			)
		}
	}
	return nil
}

// trackedBranches picks the branches that match a pattern, sorted; no patterns means all.
func trackedBranches(branches map[string]behavepro.SHA, patterns []string) []catalog.Ref {
	var refs []catalog.Ref
	for name, sha := range branches {
		tracked := len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return doublestar.MatchUnvalidated(p, name) })
		if tracked {
			refs = append(refs, catalog.Ref{Name: name, SHA: sha})
		}
	}
	slices.SortFunc(refs, func(a, b catalog.Ref) int { return cmp.Compare(a.Name, b.Name) })
	return refs
}

// defaultBranch is the branch that HEAD names where it is tracked, else main, master or the first.
func defaultBranch(refs []catalog.Ref, head string) string {
	for _, want := range []string{head, "main", "master"} {
		if slices.ContainsFunc(refs, func(r catalog.Ref) bool { return r.Name == want }) {
			return want
		}
	}
	if len(refs) > 0 {
		return refs[0].Name
	}
	return ""
}
