package gherkin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
)

// Doubt says why a tag that seems to be meant for an issue links to none, or to fewer than it names; "" where there is
// nothing to say. Words that NeverLinks lists are no issues.
func (r LinkRules) Doubt(tag string) string {
	name := strings.TrimPrefix(tag, "@")
	if !r.Defaults {
		if len(r.Keys(name)) == 0 && isCapitalKey(name) && !neverLink(name) {
			return fmt.Sprintf("%s looks like an issue, but no link pattern takes it", tag)
		}
		return ""
	}
	if strings.Contains(name, "://") {
		return ""
	}
	if len(r.Keys(name)) == 0 && behavepro.IsIssueKey(name) && !neverLink(strings.ToUpper(name)) {
		return fmt.Sprintf("%s links to nothing: a key alone is written in capitals (@%s)", tag, strings.ToUpper(name))
	}
	word, list, ok := introduced(name)
	if !ok {
		return ""
	}
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.Trim(part, `"' `); !behavepro.IsIssueKey(part) {
			return fmt.Sprintf("%s: %q after %q is no issue key such as SHOP-12", tag, shorten(part), word)
		}
	}
	return ""
}

// issueWords introduce issues and nothing else; link, test, key and task introduce other things as well.
var issueWords = []string{"jira", "issue", "issues", "story", "stories", "ticket", "tickets", "epic", "bug", "bugs", "defect", "userstory"}

// introduced takes jira:LIST, jira=LIST and jira(LIST) apart.
func introduced(name string) (word, list string, ok bool) {
	at := strings.IndexAny(name, ":=(")
	if at < 0 {
		return "", "", false
	}
	word, list = name[:at], name[at+1:]
	if name[at] == '(' {
		list = strings.TrimSuffix(list, ")")
	}
	plain := strings.ToLower(word[strings.LastIndexByte(word, '.')+1:])
	return word, list, slices.Contains(issueWords, plain)
}

// OutlineKeyword reports whether a keyword is that of an outline, which runs nothing without examples, in a feature's
// language.
func OutlineKeyword(language, keyword string) bool {
	if language == "" {
		language = "en"
	}
	d := official.GetDialect(language)
	return d != nil && slices.Contains(d.ScenarioOutlineKeywords(), keyword)
}
