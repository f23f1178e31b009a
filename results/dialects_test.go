package results_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/match"
)

const cart = `Feature: Cart

  Background:
    Given a table

  Scenario: Fine
    When it works

  @SHOP-1
  Scenario: Broken
    When it breaks

  Scenario Outline: Eat <n>
    When it eats <n>

    Examples:
      | n |
      | 1 |
      | 2 |

  Rule: Second
    Scenario: Fine
      When it works
`

// dialect is how a runner writes Cucumber JSON, as far as the dialects differ.
type dialect struct {
	name, uri  string // of the runner, of the feature
	background string // "own": an element before each scenario; "after": behind it, with its id; "bare": once, without results; "" inline
	line       string // of a row: "" its own, "outline", "none" for any line
	template   bool   // rows bear the outline's name
	suffix     bool   // rows bear behave's "-- @1.2 "
	words      [2]string
	took       string // 1.5 seconds
	tags       string // of an element
	untyped    bool   // no "type", as the oldest cucumber-js
	located    bool   // "location" in place of uri and line
	keyword    bool   // before a step's text
	prefix     bool   // the rule's name before a scenario's
	hidden     bool   // hooks are hidden steps; else they are lists of their own
	keysLast   bool   // the feature's name and URI after its elements
}

var (
	lower    = [2]string{"passed", "failed"}
	dialects = []dialect{
		{name: "cucumber-jvm 1", uri: `shop\\cart.feature`, background: "own", words: lower, took: "1500000000", tags: `[{"name":"@SHOP-1","line":9}]`},
		{name: "cucumber-jvm 4", uri: "classpath:shop/cart.feature", background: "own", words: lower, took: "1500000000", tags: `[{"name":"@SHOP-1","location":{"line":9,"column":3},"type":"Tag"}]`},
		{name: "cucumber-jvm 7", uri: "file:features/shop/cart.feature", background: "own", words: lower, took: "1500000000", tags: `[{"name":"@SHOP-1"}]`},
		{name: "cucumber-jvm 7.31", uri: "file:///C:/build%20agent/features/shop/cart.feature", background: "own", words: lower, took: "1500000000", tags: `[]`},
		{name: "cucumber-js 3", uri: "features/shop/cart.feature", words: lower, took: "1500", untyped: true, hidden: true, tags: `[]`},
		{name: "cucumber-js 7", uri: "features/shop/cart.feature", words: lower, took: "1500000000", hidden: true, line: "outline", tags: `[]`},
		{name: "cucumber-js 13", uri: "features/shop/cart.feature", words: lower, took: "1500000000", hidden: true, keysLast: true, tags: `[]`},
		{name: "cucumber-ruby 2", uri: "features/shop/cart.feature", background: "own", template: true, words: lower, took: "1500000000", tags: `[]`},
		{name: "godog", uri: "features/shop/cart.feature", words: lower, took: "1500000000", tags: `null`},
		{name: "cypress on Windows", uri: `features\\shop\\cart.feature`, words: lower, took: "1500000000", hidden: true, tags: `[]`},
		{name: "cypress 4", uri: "cart.feature", words: lower, took: "1500000000", hidden: true, tags: `[]`},
		{name: "playwright-bdd", uri: "[project one]:features/shop/cart.feature", words: lower, took: "1500000000", hidden: true, tags: `[]`},
		{name: "pytest-bdd 5", uri: "shop/cart.feature", template: true, line: "outline", words: lower, took: "1500000000", tags: `[{"name":"SHOP-1"}]`},
		{name: "Karate", uri: "target/test-classes/shop/cart.feature", background: "own", words: lower, took: "1500000000", tags: `[]`},
		{name: "radish", uri: "/github/radish/features/shop/cart.feature", keyword: true, words: lower, took: "1500000000.25", tags: `["@SHOP-1"]`},
		{name: "cucumber-rs", uri: "features/shop/cart.feature", background: "after", prefix: true, words: lower, took: "1500000000", tags: `[{"name":"SHOP-1","line":9}]`},
		{name: "behave", uri: "features/shop/cart.feature", background: "bare", suffix: true, located: true, words: lower, took: "1.5", tags: `["SHOP-1"]`},
		{name: "SpecFlow template", uri: `Tests\\features\\shop\\cart.feature`, line: "none", words: [2]string{"Passed", "Failed"}, took: "1500", tags: `[{"name":"SHOP-1"}]`},
	}
)

// scene is a scenario or row of the cart.
type scene struct {
	name, rendered, rule string
	line, outline        int
	fails                bool
}

var cartScenes = []scene{
	{"Fine", "Fine", "", 6, 6, false},
	{"Broken", "Broken", "", 10, 10, true},
	{"Eat <n>", "Eat 1", "", 18, 13, false},
	{"Eat <n>", "Eat 2", "", 19, 13, true},
	{"Fine", "Fine", "Second", 22, 22, false},
}

func (d *dialect) write() string {
	var elements []string
	at := func(line int) string {
		if d.located {
			return fmt.Sprintf(`"location":"%s:%d"`, d.uri, line)
		}
		return fmt.Sprintf(`"line":%d`, line)
	}
	step := func(keyword, text, word, took string) string {
		if d.keyword {
			text = keyword + text
		}
		return fmt.Sprintf(`{"keyword":%q,"name":%q,%s,"match":{"location":"x:1"},"result":{"status":%q,"duration":%s}}`, keyword, text, at(4), word, took)
	}
	element := func(kind, id, name string, line int, rest string) {
		typed := fmt.Sprintf(`"type":%q,`, kind)
		if d.untyped {
			typed = ""
		}
		quoted, _ := json.Marshal(name)
		elements = append(elements, fmt.Sprintf(`{%s"id":%q,"keyword":"Scenario","name":%s,%s,"tags":%s,%s}`, typed, id, quoted, at(line), d.tags, rest))
	}
	for i, s := range cartScenes {
		id, name, line := fmt.Sprintf("cart;s%d", i), s.rendered, s.line
		switch {
		case d.template:
			name = s.name
		case d.suffix && s.outline != s.line:
			name = fmt.Sprintf("%s -- @1.%d ", s.rendered, s.line-17)
		case d.prefix && s.rule != "":
			name = s.rule + " " + name
		}
		switch d.line {
		case "outline":
			line = s.outline
		case "none":
			line = 0
		}
		given := step("Given ", "a table", d.words[0], "0")
		word, steps := d.words[0], given+","
		if s.fails {
			word = d.words[1]
		}
		switch d.background {
		case "own":
			element("background", "", "", 3, `"steps":[`+given+`]`)
			steps = ""
		case "after":
			steps = ""
		case "bare":
			if i == 0 {
				element("background", "", "", 3, `"steps":[{"keyword":"Given","name":"a table","location":"x:4"}]`)
			}
		}
		hook := fmt.Sprintf(`{"match":{"location":"x:2"},"result":{"status":%q,"duration":0}}`, d.words[0])
		before, hooks := "", `"before":[`+hook+`],"after":[`+hook+`],`
		if d.hidden {
			before, hooks = fmt.Sprintf(`{"keyword":"Before","hidden":true,"result":{"status":%q}},`, d.words[0]), ""
		}
		element("scenario", id, name, line, hooks+`"steps":[`+before+steps+step("When ", "it works", word, d.took)+`]`)
		if d.background == "after" {
			element("background", id, name, line, `"steps":[`+given+`]`)
		}
	}
	where := fmt.Sprintf(`"uri":"%s","line":1`, d.uri)
	if d.located {
		where = at(1)
	}
	head, body := `"keyword":"Feature","name":"Cart",`+where, `"elements":[`+strings.Join(elements, ",")+`]`
	if d.keysLast {
		head, body = body, head
	}
	return `[{` + head + `,` + body + `}]`
}

// TestDialects: whatever a runner calls and counts, the cart's scenarios have the same results.
func TestDialects(t *testing.T) {
	t.Parallel()
	files := []match.File{newFile("features/shop/cart.feature", []byte(cart)), newFile("features/other.feature", []byte("Feature: Other\n"))}
	for _, d := range dialects {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			reported, sum := readReport(t, "r", []byte(d.write()))
			if sum.Format != "Cucumber JSON" || sum.Unreadable != "" || sum.UnknownWords != nil {
				t.Fatalf("%+v\n%s", sum, d.write())
			}
			got, want := map[string]behavepro.Status{}, map[string]behavepro.Status{}
			for _, s := range cartScenes {
				place := fmt.Sprintf("matched features/shop/cart.feature:%d", s.line)
				if want[place] = behavepro.Passed; s.fails {
					want[place] = behavepro.Failed
				}
			}
			outcomes := match.Match(files, reported, match.Options{})
			checkAccounting(t, reported, outcomes)
			for i, o := range outcomes {
				got[at(files, o)] = o.Status
				if took := reported[i].Duration.Round(time.Millisecond); took != 1500*time.Millisecond {
					t.Errorf("%q took %v", reported[i].Name, took)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
