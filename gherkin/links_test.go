package gherkin

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
)

func join(keys []behavepro.IssueKey) string {
	words := make([]string, len(keys))
	for i, key := range keys {
		words[i] = string(key)
	}
	return strings.Join(words, " ")
}

func TestDefaultLinks(t *testing.T) {
	t.Parallel()
	tests := []struct{ tag, want string }{
		{"@SHOP-1", "SHOP-1"},
		{"SHOP-1", "SHOP-1"},
		{"@SHOP-1,SHOP-2", "SHOP-1 SHOP-2"},
		{"@MY_SHOP2-12", "MY_SHOP2-12"},
		{"@TASK_FORCE-12", "TASK_FORCE-12"},
		{"@jira:SHOP-1", "SHOP-1"},
		{"@jira:shop-1", "SHOP-1"},
		{"@JIRA=SHOP-1", "SHOP-1"},
		{"@issue:SHOP-1", "SHOP-1"},
		{"@story:SHOP-1", "SHOP-1"},
		{"@allure.link.jira:SHOP-1", "SHOP-1"},
		{"@issues:AB-1,AB-2,AB-1", "AB-1 AB-2"},
		{"@issues:AB-1,soon,AB-2", "AB-1 AB-2"},
		{"@ticket-BB-1", "BB-1"},
		{"@fix-BB-1", "BB-1"},
		{"@TEST_CALC-1", "CALC-1"},
		{"@REQ_CALC-1", "CALC-1"},
		{"@jira(SHOP-1)", "SHOP-1"},
		{"@(SHOP-1)", "SHOP-1"},
		{"@SHOP-1(later)", "SHOP-1"},
		{"@https://x.atlassian.net/browse/AEA-1", "AEA-1"},
		{"@https://x.atlassian.net/browse/aea-1/", "AEA-1"},
		{"@link:https://x.atlassian.net/browse/AEA-1?focused=2#top", "AEA-1"},
		{"@https://x.atlassian.net/jira/boards/4?selectedIssue=AEA-1", "AEA-1"},
		{"@SHOP-999999999999999999", "SHOP-999999999999999999"},

		{"@shop-1", ""},
		{"@Shop-1", ""},
		{"@SHOP-01", ""},
		{"@SHOP-0", ""},
		{"@SHOP-1234567890123456789", ""},
		{"@A-1", ""},
		{"@SHOP-1a", ""},
		{"@SHOP-", ""},
		{"@SHOP", ""},
		{"@ticket-bb-1", ""},
		{"@fix-login-1", ""},
		{"@browser:CHROME-120", ""},
		{"@not-SHOP-1", ""},
		{"@https://example.com/blog/part-2", ""},
		{"@https://example.com/SHOP-1/edit", ""},
		{"@1SHOP-1", ""},
		{"@", ""},
		{"", ""},
	}
	for _, word := range strings.Fields("UTF-8 UTF-16 SHA-1 SHA-256 ISO-8859 ISO-8601 RFC-2616 HTTP-404 AES-256 MD-5 CVE-2021 WCAG-2 " +
		"IEEE-754 COVID-19 EAN-13") {
		for _, form := range []string{"@%s", "@jira:%s", "@ticket-%s", "@TEST_%s", "@https://x.example/browse/%s"} {
			tests = append(tests, struct{ tag, want string }{fmt.Sprintf(form, word), ""})
		}
	}
	for _, test := range tests {
		if got := join(DefaultLinkRules().Keys(test.tag)); got != test.want {
			t.Errorf("Keys(%q) = %q, want %q", test.tag, got, test.want)
		}
	}
}

func TestLinkPatterns(t *testing.T) {
	t.Parallel()
	rules, err := CompileLinkRules([]string{`^covers/(?P<key>[a-z]+-\d+)$`, `(?P<key>[A-Z]+-\d)`})
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{
		"@covers/shop-7": "SHOP-7",
		"@AB-1+CD-2":     "AB-1 CD-2",
		"@AB-12":         "", // the pattern would cut the number short
		"@xAB-1":         "", // or the word
		"@jira:shop-1":   "",
	} {
		if got := join(rules.Keys(tag)); got != want {
			t.Errorf("Keys(%q) = %q, want %q", tag, got, want)
		}
	}
	both, err := CompileLinkRules([]string{DefaultForms, `^covers/(?P<key>.+)$`})
	if err != nil || join(both.Keys("jira:shop-1"))+join(both.Keys("covers/shop-2")) != "SHOP-1SHOP-2" {
		t.Errorf("default forms and a pattern: %v, %v", both.Keys("jira:shop-1"), err)
	}
	_, err = CompileLinkRules([]string{`(`, `SHOP-\d+`})
	if !errors.Is(err, behavepro.ErrInvalid) || strings.Count(err.Error(), "link pattern") != 2 {
		t.Errorf("wrong patterns: %v", err)
	}
}

const tagged = `@SHOP-1 @plain
Feature: a
  @SHOP-2 @SHOP-1
  Rule: b
    @TEST_CALC-1
    Scenario Outline: c
      Given <d>
      @SHOP-3
      Examples:
        | d |
        | 1 |
      Examples:
        | d |
        | 2 |
`

func TestInheritedLinksAndMentions(t *testing.T) {
	t.Parallel()
	doc := Parse("a.feature", []byte(tagged))
	rules := DefaultLinkRules()
	if got := join(LinksOf(doc.Feature, 0, rules)); got != "SHOP-1 SHOP-2 CALC-1" {
		t.Errorf("LinksOf = %q", got)
	}
	if got := join(RowLinks(doc.Feature, 0, 0, rules)); got != "SHOP-1 SHOP-2 CALC-1 SHOP-3" {
		t.Errorf("RowLinks of the first table = %q", got)
	}
	if got := join(RowLinks(doc.Feature, 0, 1, rules)); got != "SHOP-1 SHOP-2 CALC-1" {
		t.Errorf("RowLinks of the second table = %q", got)
	}
	keys, truncated := Mentions(doc)
	want := []string{"CALC-1", "SHOP-1", "SHOP-2", "SHOP-3", "TEST_CALC-1"}
	if diff := cmp.Diff(want, keys); diff != "" || truncated {
		t.Errorf("Mentions (-want +got), truncated %v:\n%s", truncated, diff)
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"@ticket-BB-1":              "BB-1",
		"@jira:shop-1":              "SHOP-1",
		"@issues:AB-1,AB-2":         "AB-1 AB-2",
		"@A_B2_CC-3":                "A_B2_CC-3 B2_CC-3 CC-3",
		"@x/AEA-1?b=CD-2":           "AEA-1 CD-2",
		"@2FA-1":                    "",
		"@SHOP-01":                  "",
		"@CVE-2021-44228":           "CVE-2021",
		"@UTF-8":                    "UTF-8",
		"@SHOP-1234567890123456789": "",
	} {
		got, _ := Mentions(&Document{Feature: &Feature{Tags: []Tag{{Name: tag}}}})
		if strings.Join(got, " ") != want {
			t.Errorf("Mentions of %s = %q, want %q", tag, got, want)
		}
	}
	many := &Feature{}
	for i := range MaxMentions {
		many.Tags = append(many.Tags, Tag{Name: fmt.Sprintf("@SHOP-%d", i+1)})
	}
	if keys, truncated := Mentions(&Document{Feature: many}); len(keys) != MaxMentions || truncated {
		t.Errorf("%d mentions, truncated %v", len(keys), truncated)
	}
	many.Tags = append(many.Tags, Tag{Name: "@PAY-1"})
	if keys, truncated := Mentions(&Document{Feature: many}); len(keys) != MaxMentions || !truncated {
		t.Errorf("%d mentions, truncated %v", len(keys), truncated)
	}
}

// FuzzLinks: whatever the pattern finds is key-shaped and among the mentions.
func FuzzLinks(f *testing.F) {
	for _, seed := range []string{"@SHOP-1", "@TEST_CALC-1", "@issues:AB-1,ab-2", "@https://x/browse/AEA-1/?a=B-1", "@a(AB-1)", "@éAB-1", "@A-1-BB-2-3"} {
		f.Add(seed, `(?P<key>\w+-\d+)`)
	}
	f.Fuzz(func(t *testing.T, tag, pattern string) {
		rules, err := CompileLinkRules([]string{DefaultForms, pattern})
		if err != nil {
			rules = DefaultLinkRules()
		}
		mentions, _ := Mentions(&Document{Feature: &Feature{Tags: []Tag{{Name: tag}}}})
		for _, key := range rules.Keys(tag) {
			if !isCapitalKey(string(key)) {
				t.Errorf("%q gives %q, which is no key", tag, key)
			}
			if !slices.Contains(mentions, string(key)) && len(mentions) < MaxMentions {
				t.Errorf("%q gives %q, which is not among the mentions %q", tag, key, mentions)
			}
		}
	})
}
