package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
)

// TestRefPatterns says what a trusted ref accepts, in a trust of this version and in one of older versions.
func TestRefPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, ref string
		now, older   bool
	}{
		{"refs/heads/main", "refs/heads/main", true, true},
		{"refs/heads/main", "refs/heads/main2", false, false},
		{"refs/heads/*", "refs/heads/main", true, true},
		{"refs/heads/*", "refs/heads/feature/x", false, false}, // older versions accepted it
		{"refs/heads/**", "refs/heads/main", true, true},
		{"refs/heads/**", "refs/heads/feature/x", true, true},
		{"refs/heads/**", "refs/tags/v1", false, false},
		{"refs/heads/**", "refs/heads", true, false},
		{"refs/heads/**/main", "refs/heads/main", true, false},
		{"refs/heads/**/main", "refs/heads/a/b/main", true, true},
		{"refs/heads/**/main", "refs/heads/a/b/other", false, false},
		{"refs/pull/*/merge", "refs/pull/12/merge", true, true},
		{"refs/pull/*/merge", "refs/pull/12/head", false, false},
		{"refs/pull/*/merge", "refs/pull/12/merge2", false, false},
		{"refs/pull/*/merge", "refs/pull/1/2/merge", false, false},
		{"refs/heads/release-*-final", "refs/heads/release-2-final", true, true},
		{"refs/heads/release-*-final", "refs/heads/release-2-draft", false, false},
		{"refs/heads/*-a-*-b", "refs/heads/x-a-y-b", true, true},
		{"refs/heads/*-a-*-b", "refs/heads/x-a-y-c", false, false},
		{"refs/heads/{a,b}", "refs/heads/a", false, false},
		{"refs/heads/{a,b}", "refs/heads/{a,b}", true, true},
		{"refs/heads/[ab]", "refs/heads/a", false, false},
		{"refs/heads/?", "refs/heads/a", false, false},
		{`refs/heads/\*`, "refs/heads/*", false, false},
		{"refs/heads/\xff", "refs/heads/\xfe", false, false},
		{"refs/heads/\ufffd", "refs/heads/\xfe", false, false},
	} {
		if got := access.RefMatches(c.pattern, c.ref, false); got != c.now {
			t.Errorf("%q accepts %q: %t", c.pattern, c.ref, got)
		}
		if got := access.RefMatches(c.pattern, c.ref, true); got != c.older {
			t.Errorf("%q of an older trust accepts %q: %t", c.pattern, c.ref, got)
		}
	}
	for pattern, want := range map[string]bool{
		"refs/heads/main": true, "refs/heads/*": true, "refs/heads/**": true, "refs/heads/**/x": true, "refs/heads/a*b*c": true,
		"refs/heads/a**": false, "refs/heads/**a": false, "refs/heads/***": false, "refs/heads/{a,b}": false, "refs/heads/a}": false, "refs/heads/[a]": false,
		"refs/heads/a?": false, `refs/heads/\*`: false, "refs/heads/\xff": false,
	} {
		if got := access.ChecksRef(pattern); got != want {
			t.Errorf("a new trust takes %q: %t", pattern, got)
		}
	}
}

// TestOlderTrusts: a stored trust never accepts more than it did, and stays in force for what it still accepts.
func TestOlderTrusts(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	older := shopTrust()
	older.Refs = []string{"refs/heads/*", "refs/pull/*/merge", "refs/tags/{a,b}"}
	if err := r.PutOlderTrust(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	for ref, in := range map[string]bool{
		"refs/heads/main": true, "refs/pull/7/merge": true, "refs/tags/{a,b}": true,
		"refs/heads/feature/x": false, "refs/pull/7/head": false, "refs/tags/a": false,
	} {
		_, err := r.Admit(t.Context(), "t1", shopJob(func(j *access.Job) { j.Ref = ref }))
		if in != (err == nil) || !in && !errors.Is(err, behavepro.ErrForbidden) {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

// FuzzOlderRefs: the pattern of a stored trust never accepts what the version refused that stored it, and nor does a new one unless
// it has a **.
func FuzzOlderRefs(f *testing.F) {
	for _, c := range [][2]string{
		{"refs/heads/*", "refs/heads/a/b"},
		{"refs/heads/**", "refs/heads"},
		{"refs/**/x", "refs/x"},
		{"refs/pull/*/merge", "refs/pull/1/head"},
		{"refs/{a,b}/*", "refs/a/x"},
		{`refs/\*`, "refs/*"},
		{"refs/[a-z]", "refs/b"},
		{"a?", "ab"},
		{"**", ""},
		{"***", "a/b"},
		{"a**b", "a/b"},
		{"*/**/*", "a/b"},
		{"\xff*", "\xfe"},
		{"{", "{"},
		{"a{*,b", "a{x,b"},
		{"[!a]", "b"},
		{"**/**", "a"},
		{"/**/", "/"},
	} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, pattern, ref string) {
		before := starMatches(pattern, ref)
		if access.RefMatches(pattern, ref, true) && !before {
			t.Errorf("the stored %q accepts %q, which it refused", pattern, ref)
		}
		if !strings.Contains(pattern, "**") && access.RefMatches(pattern, ref, false) && !before {
			t.Errorf("%q accepts %q, which it refused", pattern, ref)
		}
		if !strings.ContainsAny(pattern, "*") && access.RefMatches(pattern, ref, false) != (pattern == ref && access.RefMatches(ref, ref, false)) {
			t.Errorf("%q without a star accepts %q", pattern, ref)
		}
	})
}

// starMatches is how refs were compared before: * stands for any characters, slashes too, and nothing else is special.
func starMatches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
