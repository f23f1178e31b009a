package behavepro

import (
	"fmt"
	"strings"
)

// ProjectKey is a Jira project key such as SHOP. In Local it groups repositories and tokens.
type ProjectKey string

// IssueKey is a Jira issue key such as SHOP-12, in capitals.
type IssueKey string

// MaxProjectKey is the longest project key, in bytes. Jira allows 10 unless its admin sets another limit, at most 255.
const MaxProjectKey = 255

// maxIssueDigits bounds the number of an issue, so that it fits into 64 bits.
const maxIssueDigits = 18

// ParseProjectKey reads what somebody gives as the key of a project: 2 to MaxProjectKey letters, digits and underscores of ASCII,
// the first a letter. As in Jira's own addresses lowercase letters do; the key has capitals. The error is ErrInvalid.
//
// Keys are parsed where they enter. A key that is read back from the store is taken as it is, so that data of older versions, whose
// rules differed, stays readable.
func ParseProjectKey(text string) (ProjectKey, error) {
	if !isProjectKey(text) {
		return "", Explain(ErrInvalid, fmt.Sprintf("%.40q is not the key of a project such as SHOP", text),
			fmt.Sprintf("a key has 2 to %d letters, digits and underscores, and begins with a letter", MaxProjectKey))
	}
	return ProjectKey(strings.ToUpper(text)), nil
}

// ParseIssueKey reads what somebody gives as the key of an issue: a project key, a dash and a number of 1 to 18 digits without
// leading zeros. The error is ErrInvalid.
func ParseIssueKey(text string) (IssueKey, error) {
	if !IsIssueKey(text) {
		return "", Explain(
			ErrInvalid,
			fmt.Sprintf("%.40q is not an issue key such as SHOP-12", text),
			"a key is that of a project, a dash and a number",
		)
	}
	return IssueKey(strings.ToUpper(text)), nil
}

// IsIssueKey reports whether ParseIssueKey accepts text.
func IsIssueKey(text string) bool {
	project, number, ok := strings.Cut(text, "-")
	return ok && isProjectKey(project) && 0 < len(number) && len(number) <= maxIssueDigits && number[0] != '0' &&
		strings.Trim(number, "0123456789") == ""
}

func isProjectKey(text string) bool {
	if len(text) < 2 || len(text) > MaxProjectKey || !isLetter(text[0]) {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !isLetter(c) && c != '_' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// Project is the project that the key names.
func (k IssueKey) Project() ProjectKey {
	project, _, _ := strings.Cut(string(k), "-")
	return ProjectKey(project)
}
