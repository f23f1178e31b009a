package gherkin_test

import (
	"strings"
	"testing"

	"github.com/behavepro/behavepro/gherkin"
)

func TestDoubt(t *testing.T) {
	t.Parallel()
	own, err := gherkin.CompileLinkRules([]string{`^req-(?P<key>[A-Z]+-\d+)$`})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rules gherkin.LinkRules
		tag   string
		want  string // part of what is said
	}{
		{gherkin.DefaultLinkRules(), "@SHOP-1", ""},
		{gherkin.DefaultLinkRules(), "@jira:shop-1", ""},
		{gherkin.DefaultLinkRules(), "@issues:SHOP-1,SHOP-2", ""},
		{gherkin.DefaultLinkRules(), "@shop-1", "capitals (@SHOP-1)"},
		{gherkin.DefaultLinkRules(), "@utf-8", ""},
		{gherkin.DefaultLinkRules(), "@issue:SHOP", `"SHOP" after "issue"`},
		{gherkin.DefaultLinkRules(), "@issues:SHOP-1,oops", `"oops"`},
		{gherkin.DefaultLinkRules(), "@allure.link.issue=12", `"12"`},
		{gherkin.DefaultLinkRules(), "@jira(SHOP_1)", `"SHOP_1"`},
		{gherkin.DefaultLinkRules(), "@task:nightly", ""},
		{gherkin.DefaultLinkRules(), "@https://jira.example.com/x", ""},
		{gherkin.DefaultLinkRules(), "@smoke", ""},
		{own, "@SHOP-1", "no link pattern"},
		{own, "@req-SHOP-1", ""},
		{own, "@UTF-8", ""},
	} {
		if got := c.rules.Doubt(c.tag); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want something with %q", c.tag, got, c.want)
		}
	}
}

func TestOutlineKeyword(t *testing.T) {
	t.Parallel()
	for keyword, want := range map[string]bool{"Scenario Outline": true, "Scenario Template": true, "Scenario": false} {
		if got := gherkin.OutlineKeyword("", keyword); got != want {
			t.Errorf("%s: %v", keyword, got)
		}
	}
	if !gherkin.OutlineKeyword("fr", "Plan du scénario") || gherkin.OutlineKeyword("xx", "Scenario Outline") {
		t.Error("languages are not asked")
	}
}
