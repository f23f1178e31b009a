package pages

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/gherkin"
)

func TestNamedAfter(t *testing.T) {
	t.Parallel()
	for branch, want := range map[string]bool{
		"SHOP-12": true, "SHOP-12-points": true, "feature/shop-12": true, "fix_of/SHOP-12_b": true, "SHOP-123/SHOP-12": true, "SHOP-12/": true,
		"SHOP-123": false, "XSHOP-12": false, "main": false, "shop-1": false, "my-SHOP-12": true, "": false, "WEBSHOP-12": false, "2SHOP-12": false,
	} {
		if got := namedAfter(branch, "SHOP-12"); got != want {
			t.Errorf("%s: %v, want %v", branch, got, want)
		}
	}
}

func TestMergeSteps(t *testing.T) {
	t.Parallel()
	steps := func(text string) []gherkin.Step {
		var all []gherkin.Step
		for line := range strings.FieldsSeq(text) {
			all = append(all, gherkin.Step{Keyword: "* ", Text: line})
		}
		return all
	}
	for _, c := range []struct{ name, was, now, want string }{
		{"same", "a b", "a b", "a b"},
		{"one other", "a b c", "a x c", "a -b +x c"},
		{"more", "a c", "a b c d", "a +b c +d"},
		{"less", "a b c d", "b d", "-a b -c d"},
		{"all others", "a b", "x y", "-a -b +x +y"},
		{"turned round", "a b", "b a", "-a b +a"},
		{"from nothing", "", "a", "+a"},
	} {
		var got []string
		for _, s := range mergeSteps(stepViews(steps(c.now)), steps(c.was)) {
			got = append(got, map[constant]string{"": "", "added": "+", "gone": "-"}[s.Class]+s.Parts[0].Text)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
	table := func(cell string) []gherkin.Step {
		return []gherkin.Step{{Keyword: "Given ", Text: "a", Table: [][]string{{cell}}}, {Keyword: "Then ", Text: "b", DocString: &gherkin.DocString{Content: cell}}}
	}
	now := stepViews(table("2"))
	markFailing(now, 0)
	var classes []constant
	for _, s := range mergeSteps(now, table("1")) {
		classes = append(classes, s.Class)
	}
	if diff := cmp.Diff([]constant{"gone", "gone", "fail", "dim"}, classes); diff != "" {
		t.Errorf("tables and texts, and a failing step (-want +got)\n%s", diff)
	}
}
