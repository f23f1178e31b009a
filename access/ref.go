package access

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/behavepro/behavepro"
)

// literal quotes what is special in a glob, but for the star.
var literal = strings.NewReplacer(`\`, `\\`, "?", `\?`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`)

// checkRefPattern refuses what a trusted ref does not take. It is a glob as branches are, with two wildcards only: * stands for any
// characters but a slash, and ** between slashes or at the end for any number of path components. Who trusts more lists more refs.
func checkRefPattern(pattern string) error {
	wrong := func(hint string) error {
		return behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("%q is no pattern of a ref", pattern), hint)
	}
	if !utf8.ValidString(pattern) || strings.ContainsAny(pattern, `?[]{}\`) {
		return wrong("only * and ** are special in the ref of a trust: list several refs instead")
	}
	for component := range strings.SplitSeq(pattern, "/") {
		if component != "**" && strings.Contains(component, "**") {
			return wrong("** stands alone between slashes, as in refs/heads/** or refs/heads/**/main")
		}
	}
	return nil
}

// refMatches reports whether a trusted ref pattern accepts the ref of a job. Nothing but * and ** is special in it.
//
// In trusts of older versions * crossed slashes, and ** was the same as *. Such a pattern never accepts more than it did: * now ends
// at a slash, and ** still stands for at least one path component.
func (t *Trust) refMatches(pattern, ref string) bool {
	if !utf8.ValidString(pattern) || !utf8.ValidString(ref) {
		return false // doublestar takes invalid bytes for each other
	}
	if !t.Doublestar {
		components := strings.Split(pattern, "/")
		for i, c := range components {
			if c == "**" {
				components[i] = "*/**"
			}
		}
		pattern = strings.Join(components, "/")
	}
	ok, err := doublestar.Match(literal.Replace(pattern), ref)
	return ok && err == nil
}
