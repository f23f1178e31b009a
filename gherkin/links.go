package gherkin

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
)

// LinkRules say which tags of a repository link to which issues. The zero value links nothing.
type LinkRules struct {
	Defaults bool             // the default forms, see DefaultLinkRules
	Patterns []*regexp.Regexp // each applied to a tag without its @; every match of a group named key links
}

// DefaultForms is the word that stands for the default forms in the list that CompileLinkRules reads.
const DefaultForms = "default"

// DefaultLinkRules are the forms known without configuration: the key alone (@SHOP-1), behind a word such as jira,
// issue or story (@jira:shop-1, @issues:SHOP-1,SHOP-2, @jira(SHOP-1), @ticket-SHOP-1, @TEST_SHOP-1), and at the end of
// a URL (@https://jira.example.com/browse/SHOP-1). A key alone, in a URL or behind - or _ is written in capitals.
// NeverLinks are left out.
func DefaultLinkRules() LinkRules { return LinkRules{Defaults: true} }

// examplePattern is what people are shown whose pattern is no good.
const examplePattern = "^req-(?P<key>[A-Z]+-[0-9]+)$"

// CompileLinkRules reads a repository's patterns, RE2 expressions with a group named key. No patterns at all are the
// default rules; with some, the default forms count only where the list names them as DefaultForms. The error is
// ErrInvalid and names every pattern that is wrong.
func CompileLinkRules(patterns []string) (LinkRules, error) {
	if len(patterns) == 0 {
		return DefaultLinkRules(), nil
	}
	var (
		rules LinkRules
		errs  []error
	)
	for _, text := range patterns {
		if text == DefaultForms {
			rules.Defaults = true
			continue
		}
		pattern, err := regexp.Compile(text)
		switch {
		case err != nil:
			errs = append(errs, behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrInvalid, err),
				fmt.Sprintf("link pattern %q is not a regular expression", text), "for example "+examplePattern))
		case pattern.SubexpIndex("key") < 0:
			errs = append(errs, behavepro.Explain(behavepro.ErrInvalid,
				fmt.Sprintf("link pattern %q has no group named key", text), "for example "+examplePattern))
		default:
			rules.Patterns = append(rules.Patterns, pattern)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return LinkRules{}, err
	}
	return rules, nil
}

// Keys returns the issues that a tag links to, in capitals, in order, each once. The tag may have its @.
func (r LinkRules) Keys(tag string) []behavepro.IssueKey {
	tag = strings.TrimPrefix(tag, "@")
	if !strings.Contains(tag, "-") {
		return nil
	}
	var keys []behavepro.IssueKey
	if r.Defaults {
		keys = defaultKeys(tag)
	}
	for _, pattern := range r.Patterns {
		group := pattern.SubexpIndex("key")
		for _, m := range pattern.FindAllStringSubmatchIndex(tag, -1) {
			if m[2*group] >= 0 && isKeyWord(tag, m[2*group], m[2*group+1]) {
				keys = addKey(keys, tag[m[2*group]:m[2*group+1]])
			}
		}
	}
	return keys
}

// isKeyWord says whether s[start:end] is one of the words that keyWords finds.
func isKeyWord(s string, start, end int) bool {
	if start > 0 && isAlphanumeric(s[start-1]) || end < len(s) && isDigit(s[end]) {
		return false
	}
	return behavepro.IsIssueKey(s[start:end])
}

func isCapitalKey(s string) bool { return behavepro.IsIssueKey(s) && strings.ToUpper(s) == s }

func addKey(keys []behavepro.IssueKey, key string) []behavepro.IssueKey {
	issue := behavepro.IssueKey(strings.ToUpper(key))
	if slices.Contains(keys, issue) {
		return keys
	}
	return append(keys, issue)
}

// LinksOf returns the issues that a scenario links to by its own and inherited tags, in order, each once. Tags of its
// Examples link their rows only, see RowLinks.
func LinksOf(f *Feature, scenario int, rules LinkRules) []behavepro.IssueKey {
	return rules.ofTags(f.TagsOf(scenario))
}

// RowLinks returns the issues that the rows of one Examples table link to: those of the scenario, then its own.
func RowLinks(f *Feature, scenario, examples int, rules LinkRules) []behavepro.IssueKey {
	return rules.ofTags(f.RowTags(scenario, examples))
}

func (r LinkRules) ofTags(tags []Tag) []behavepro.IssueKey {
	var all []behavepro.IssueKey
	for _, tag := range tags {
		for _, key := range r.Keys(tag.Name) {
			if !slices.Contains(all, key) {
				all = append(all, key)
			}
		}
	}
	return all
}
