package jiratest_test

import (
	"strings"
	"testing"

	"github.com/behavepro/behavepro/jira/jiratest"
)

func TestJQL(t *testing.T) {
	t.Parallel()
	s := newSite(t, withModules(map[string]any{"jiraEntityProperties": []any{map[string]any{
		"entityType": "issue", "keyConfigurations": []any{map[string]any{"propertyKey": "behavepro", "extractions": []any{
			map[string]any{"objectName": "failed", "type": "number", "alias": "bddFailed"},
		}}},
	}}}))
	s.AddProject(jiratest.Project{Key: "PAY"})
	if _, _, err := s.AddIssue(jiratest.Issue{Key: "PAY-1", Summary: "Refund \"at once\""}); err != nil {
		t.Fatal(err)
	}
	for key, body := range map[string]string{
		"SHOP-1": `{"failed":0,"status":"passed","linked":true,"lastResult":"2026-03-01T10:00:00Z"}`, "SHOP-2": `{"failed":12,"status":"failed","deep":{"er":"x"}}`,
	} {
		if status, got := s.ask(t, "PUT", "/rest/api/3/issue/"+key+"/properties/behavepro", body); status != 201 {
			t.Fatal(status, got)
		}
	}
	for jql, want := range map[string]string{
		"behavepro.failed > 0":                                 "SHOP-2",
		"behavepro.failed >= 0 ORDER BY key DESC":              "SHOP-1 SHOP-2",
		"behavepro.failed < 9":                                 "SHOP-1",
		"behavepro.failed <= 12 and behavepro.failed != 0":     "SHOP-2",
		"bddFailed = 12":                                       "SHOP-2",
		"issue.property[behavepro].deep.er = x":                "SHOP-2",
		"behavepro.linked = true":                              "SHOP-1",
		"behavepro.failed is EMPTY":                            "PAY-1",
		"behavepro.failed is not EMPTY":                        "SHOP-1 SHOP-2",
		"behavepro.lastResult > 2026-02-28":                    "SHOP-1",
		"behavepro.lastResult > 2026-03-01 AND project = SHOP": "SHOP-1",
		"behavepro.lastResult > 2026-03-02":                    "",
		"status = Done":                                        "SHOP-1",
		`status = "To Do"`:                                     "SHOP-2 PAY-1",
		"project = SHOP AND behavepro.failed > 0":              "SHOP-2",
		"project in (SHOP, PAY) AND NOT project = SHOP":        "PAY-1",
		"key in (SHOP-2, 'PAY-1')":                             "SHOP-2 PAY-1",
		"key not in (SHOP-2)":                                  "SHOP-1 PAY-1",
		"project = SHOP OR project = PAY AND key = PAY-9":      "SHOP-1 SHOP-2",
		"(project = SHOP OR project = PAY) AND key = PAY-1":    "PAY-1",
		"fixVersion = 2.0":                                     "SHOP-1",
		"sprint = Spring":                                      "SHOP-2",
		"assignee = acc-dev":                                   "SHOP-1",
		"summary ~ POINTS":                                     "SHOP-2",
		"id = 10002":                                           "SHOP-1",
		"type = Story and project = 10001 and issue = SHOP-1":  "SHOP-1",
		"nothing = known":                                      "",
		"status > 3":                                           "",
	} {
		keys, err := s.Search("acc-dev", jql)
		if got := strings.Join(keys, " "); got != want || err != nil {
			t.Errorf("%s: %q, want %q (%v)", jql, got, want, err)
		}
	}
	for _, jql := range []string{"", "ORDER BY key", "project", "project =", "project = SHOP key = x", "(project = SHOP", "key in SHOP", "key in (SHOP", "key in (SHOP SHOP)", `summary ~ "x`, "project is", "a b c", "NOT", "project = SHOP AND"} {
		if keys, err := s.Search("acc-dev", jql); err == nil {
			t.Errorf("%q finds %v", jql, keys)
		}
	}
	if err := s.EditProject("SHOP", func(p *jiratest.Project) { p.Browse = []string{"acc-dev"} }); err != nil {
		t.Fatal(err)
	}
	if keys, err := s.Search("acc-reader", "behavepro.failed > 0"); err != nil || len(keys) != 0 {
		t.Errorf("found what may not be seen: %v, %v", keys, err)
	}
}
