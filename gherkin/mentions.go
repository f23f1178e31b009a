package gherkin

import (
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
)

// MaxMentions is how many different key-shaped words of one file are told.
const MaxMentions = 10_000

// Mentions returns every word in the tags of a file that may be an issue key, in capitals, sorted, each once. Whatever
// link rules are in force, the keys they find are among them: TEST_CALC-1 gives CALC-1 and TEST_CALC-1. truncated says
// that there were more than MaxMentions.
func Mentions(doc *Document) (keys []string, truncated bool) {
	if doc.Feature == nil {
		return nil, false
	}
	found := map[string]bool{}
	for tag := range doc.Feature.allTags() {
		for start, end := range keyWords(tag.Name) {
			key := strings.ToUpper(tag.Name[start:end])
			if found[key] {
				continue
			}
			if len(found) == MaxMentions {
				slices.Sort(keys)
				return keys, true
			}
			found[key] = true
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, false
}

// keyWords goes through the words of s that behavepro.IsIssueKey accepts, as ranges of bytes. A word begins after anything but a
// letter or digit, and ends where its number does.
func keyWords(s string) func(yield func(start, end int) bool) {
	return func(yield func(start, end int) bool) {
		for dash := 1; dash < len(s); dash++ {
			if s[dash] != '-' {
				continue
			}
			end := dash + 1
			for end < len(s) && isDigit(s[end]) {
				end++
			}
			if end == dash+1 {
				continue
			}
			for start := dash - 1; start >= max(0, dash-behavepro.MaxProjectKey) && isWord(s[start]); start-- {
				begins := start == 0 || !isAlphanumeric(s[start-1])
				if begins && behavepro.IsIssueKey(s[start:end]) && !yield(start, end) {
					return
				}
			}
		}
	}
}

func isDigit(c byte) bool        { return '0' <= c && c <= '9' }
func isLetter(c byte) bool       { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isAlphanumeric(c byte) bool { return isDigit(c) || isLetter(c) }
func isWord(c byte) bool         { return isAlphanumeric(c) || c == '_' }
