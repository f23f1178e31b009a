package report_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/results/report"
)

func TestStacksAreParted(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ message, stack string }{
		"Java":       {"java.lang.AssertionError: expected 1\n  but was 2", "\tat shop.Steps.pay(Steps.java:12)\n\tat ✽.I pay(features/a.feature:3)\n\t... 12 more"},
		"JavaScript": {"AssertionError: 1 == 2\n+ expected", "    at World.<anonymous> (/w/steps.js:4:9)\n    at process (node:internal:1:2)"},
		"Ruby":       {"expected: 1\n got: 2 (RSpec::Expectations::ExpectationNotMetError)", "./features/steps.rb:12:in `/^I pay$/'\nfeatures/a.feature:3:in `I pay'"},
		".NET":       {"Expected 1", "   at Shop.Steps.Pay() in C:\\w\\Steps.cs:line 12"},
		"Go":         {"Error: not equal", "shop/steps_test.go:12"},
		"none":       {"it was 12:30 at the station\nlook at the clock: 5 past", ""},
	} {
		text, err := json.Marshal(strings.TrimSuffix(c.message+"\n"+c.stack, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		body := `[{"uri":"a.feature","elements":[{"type":"scenario","name":"One","steps":[{"name":"x","result":{"status":"failed","error_message":` + string(text) + `}}]}]}]`
		var got report.Reported
		if _, err := report.Read(context.Background(), "r", strings.NewReader(body), func(one report.Reported) error { got = one; return nil }); err != nil {
			t.Fatal(err)
		}
		if got.Message != c.message || got.Stack != c.stack {
			t.Errorf("%s: got message %q and stack %q", what, got.Message, got.Stack)
		}
	}
}
