package lint_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/lint"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/sync/lineage"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []string // rules, with lines
	}{
		"clean":                           {"@SHOP-1\nFeature: f\n  Scenario: a\n    Given x\n", nil},
		"a tag of the feature, once":      {"@issue:x\nFeature: f\n  Scenario: a\n  Scenario: b\n", []string{"1 issue-tag"}},
		"a tag of a rule":                 {"Feature: f\n  @jira:x\n  Rule: r\n    Scenario: a\n", []string{"2 issue-tag"}},
		"tags of examples":                {"Feature: f\n  Scenario: a\n    Given <n>\n    @shop-1\n    Examples:\n      | n |\n      | 1 |\n", []string{"4 issue-tag"}},
		"another project":                 {"Feature: f\n  @PAY-1\n  Scenario: a\n", []string{"2 issue-tag"}},
		"same names in two rules":         {"Feature: f\n  Rule: r\n    Scenario: a\n  Rule: s\n    Scenario: a\n", []string{"5 same-name"}},
		"no names":                        {"Feature: f\n  Scenario:\n  Scenario:\n", []string{"3 same-name"}},
		"an outline without examples":     {"Feature: f\n  Scenario Outline: a\n    Given <n>\n", []string{"2 empty-examples"}},
		"the same in another language":    {"# language: fr\nFonctionnalité: f\n  Plan du scénario: a\n    Soit <n>\n", []string{"3 empty-examples"}},
		"examples without a header":       {"Feature: f\n  Scenario: a\n    Given <n>\n    Examples:\n", []string{"4 empty-examples"}},
		"one of two tables":               {"Feature: f\n  Scenario: a\n    Given <n>\n    Examples:\n      | n |\n      | 1 |\n    Examples:\n      | n |\n", []string{"7 empty-examples"}},
		"what is read beside a fault":     {"Feature: f\n  oops\n  Scenario: a\n    Given x\n    oops\n  Scenario: a\n", []string{"5 parse-error", "6 same-name"}},
		"no feature at all":               {"what is this\n", []string{"1 parse-error"}},
		"a word that is never an issue":   {"@UTF-8\nFeature: f\n  @utf-8\n  Scenario: a\n", nil},
		"a scenario that only has a name": {"Feature: f\n  Scenario: a\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := []lineage.TreeFile{{Path: "a.feature", Doc: gherkin.Parse("a.feature", []byte(c.text))}}
			var got []string
			for _, f := range lint.Check(files, lint.Options{Links: gherkin.DefaultLinkRules(), Projects: []behavepro.ProjectKey{"SHOP"}}) {
				got = append(got, string(rune('0'+f.Line))+" "+f.Rule)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

var odd = []client.Finding{
	{Rule: lint.ParseError, Level: lint.Error, Path: "a:b,c/%d.feature", Line: 3, Message: "one\r\n::error::two %0A"},
	{Rule: lint.Removed, Level: lint.Note, Path: "x y.feature", Message: "gone"},
}

func TestWriteGitHub(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := lint.WriteGitHub(&out, odd); err != nil {
		t.Fatal(err)
	}
	want := "::error file=a%3Ab%2Cc/%25d.feature,line=3,title=behavepro parse-error::one%0D%0A::error::two %250A\n" +
		"::notice file=x y.feature,line=1,title=behavepro removed::gone\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestWriteSARIF lets a library for SARIF judge: it knows every field, and the schema holds.
func TestWriteSARIF(t *testing.T) {
	t.Parallel()
	for name, findings := range map[string][]client.Finding{"some": odd, "none": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := lint.WriteSARIF(&out, "1.2.3", findings); err != nil {
				t.Fatal(err)
			}
			var report sarif.Report
			d := json.NewDecoder(&out)
			d.DisallowUnknownFields()
			if err := d.Decode(&report); err != nil {
				t.Fatal(err)
			}
			if got := report.Runs[0].Results; len(got) != len(findings) || got == nil {
				t.Fatalf("%d results, want %d", len(got), len(findings))
			}
			for i, r := range report.Runs[0].Results {
				if rule := report.Runs[0].Tool.Driver.Rules[r.RuleIndex]; *rule.ID != findings[i].Rule || r.Level != findings[i].Level {
					t.Errorf("result %d is of rule %s, level %s", i, *rule.ID, r.Level)
				}
			}
			run := report.Runs[0] // the library writes these where they were left out, and empty
			run.Language, run.Tool.Driver.Language, run.NewlineSequences = "en-US", "en-US", []string{"\n"}
			written, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			again, err := sarif.FromString(string(written))
			if err != nil {
				t.Fatal(err)
			}
			if err := again.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestChanges: what is told of a change.
func TestChanges(t *testing.T) {
	t.Parallel()
	file := func(path, text string) lineage.TreeFile {
		f := lineage.TreeFile{Path: path, Doc: gherkin.Parse(path, []byte(text))}
		copy(f.Blob[:], text[max(0, len(text)-20):])
		return f
	}
	const background = "Feature: f\n  Background:\n    Given %s\n"
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing":                    {"Feature: f\n  Scenario: a\n    Given x\n", "Feature: g\n  Scenario: a\n    Given x\n\n\n", ""},
		"tags and order say no more": {"Feature: f\n  Scenario: a\n    Given x\n  Scenario: b\n    Given y\n", "Feature: f\n  @t\n  Scenario: b\n    Given y\n  Scenario: a\n    Given x\n", ""},
		"background":                 {strings.ReplaceAll(background, "%s", "x") + "  Scenario: a\n    Given z\n", strings.ReplaceAll(background, "%s", "y") + "  Scenario: a\n    Given z\n ", "a reworded"},
		"renamed and reworded":       {"Feature: f\n  Scenario: a\n    Given x\n    When y\n    Then z\n", "Feature: f\n  Scenario: b\n    Given x\n    When y\n    Then v\n", "b reworded renamed"},
		"a row more":                 {"Feature: f\n  Scenario: a\n    Given <n>\n    Examples:\n    | n |\n    | 1 |\n", "Feature: f\n  Scenario: a\n    Given <n>\n    Examples:\n    | n |\n    | 1 |\n    | 2 |\n", "a reworded"},
		"an issue less":              {"@SHOP-1\nFeature: f\n  @SHOP-2\n  Scenario: a\n    Given x\n", "Feature: f\n  @SHOP-3 @SHOP-2\n  Scenario: a\n    Given x\n\n", "a relinked"},
		"an issue of rows less":      {"Feature: f\n  Scenario: a\n    Given <n>\n    @SHOP-1\n    Examples:\n    | n |\n    | 1 |\n", "Feature: f\n  Scenario: a\n    Given <n>\n    Examples:\n    | n |\n    | 1 |\n\n", "a relinked"},
		"issues in another order":    {"Feature: f\n  @SHOP-1 @SHOP-2\n  Scenario: a\n    Given x\n", "Feature: f\n  @SHOP-2 @SHOP-1\n  Scenario: a\n    Given x\n\n", ""},
		"no feature any more":        {"Feature: f\n  Scenario: a\n    Given x\n", "oops\n", "a removed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, cut := lint.Changes([]lineage.TreeFile{file("a.feature", c.old)}, []lineage.TreeFile{file("a.feature", c.new)}, gherkin.DefaultLinkRules())
			if cut {
				t.Fatal("cut")
			}
			var words []string
			for _, g := range got {
				words = append(words, g.Name+" "+strings.Join(g.Changes, " "))
			}
			if name == "an issue less" {
				if got, want := lint.Told(got)[0].Message, `the scenario "a" no longer links to SHOP-1 and now links to SHOP-3`; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			if text := strings.Join(words, "; "); text != c.want {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}
