package gherkin

import (
	"strings"

	"github.com/behavepro/behavepro"
)

// linkWords introduce keys in a tag: jira:SHOP-1, allure.link.issue=SHOP-1, ticket-SHOP-1, TEST_SHOP-1.
var linkWords = func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq("jira issue issues story stories ticket tickets fix fixes bug bugs task tasks epic defect key " +
		"link links " +
		"test tests req reqs requirement requirements us userstory covers closes xray") {
		words[word] = true
	}
	return words
}()

// defaultKeys reads the default forms.
func defaultKeys(tag string) []behavepro.IssueKey {
	if strings.Contains(tag, "://") {
		return urlKey(tag)
	}
	if inside, ok := strings.CutSuffix(tag, ")"); ok {
		word, inside, found := strings.Cut(inside, "(")
		switch {
		case !found:
			return nil
		case word == "" || isLinkWord(word):
			return keyList(inside)
		default: // SHOP-1(wip)
			return keepLinks(word, isCapitalKey)
		}
	}
	if at := strings.IndexAny(tag, ":="); at >= 0 {
		if isLinkWord(tag[:at]) {
			return keyList(tag[at+1:])
		}
		return nil
	}
	if at := strings.IndexAny(tag, "-_"); at > 0 && isLinkWord(tag[:at]) && !ownsUnderscore(tag[:at], tag[at]) {
		if keys := keepLinks(tag[at+1:], isCapitalKey); keys != nil || isCapitalKey(tag[at+1:]) {
			return keys
		}
	}
	return keepLinks(tag, isCapitalKey)
}

// ownsUnderscore says that word begins a project key with an underscore, as in TASK_FORCE-1. TEST_ and REQ_ are what
// Xray writes before keys.
func ownsUnderscore(word string, next byte) bool {
	return next == '_' && word == strings.ToUpper(word) && word != "TEST" && word != "REQ"
}

// isLinkWord takes the last part of a dotted word, as allure.link.issue.
func isLinkWord(word string) bool {
	word = word[strings.LastIndexByte(word, '.')+1:]
	return linkWords[strings.ToLower(word)]
}

// keyList reads keys of an explicit form, where lower case is fine.
func keyList(list string) []behavepro.IssueKey {
	return keepLinks(strings.Trim(list, `"'`), behavepro.IsIssueKey)
}

// keepLinks reads a list of keys; a word in it that is none is left out.
func keepLinks(list string, shape func(string) bool) []behavepro.IssueKey {
	var keys []behavepro.IssueKey
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ';' || r == '|' || r == '+' }) {
		if shape(word) && !neverLink(strings.ToUpper(word)) {
			keys = addKey(keys, word)
		}
	}
	return keys
}

// urlKey reads the key at the end of a URL's path, else at the end of its query (?selectedIssue=SHOP-1). Lower case is
// fine only where the path says browse: other pages have names like part-2.
func urlKey(tag string) []behavepro.IssueKey {
	path, fragment, _ := strings.Cut(strings.TrimRight(tag, ").,;\"'"), "#")
	path, query, _ := strings.Cut(path, "?")
	path = strings.TrimRight(path, "/")
	last := strings.LastIndexByte(path, '/') + 1
	shape := isCapitalKey
	if strings.HasSuffix(strings.ToLower(path[:last]), "/browse/") {
		shape = behavepro.IsIssueKey
	}
	if keys := keepLinks(path[last:], shape); keys != nil {
		return keys
	}
	for _, part := range []string{query, fragment} {
		if keys := keepLinks(part[strings.LastIndexAny(part, "=/")+1:], isCapitalKey); keys != nil {
			return keys
		}
	}
	return nil
}
