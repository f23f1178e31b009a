package gate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/gate"
)

// one writes a scenario as "passed", "failed flaky", "quarantined" or rows as "passed | failed stale".
func one(line int, text string) gate.Scenario {
	s := gate.Scenario{Repository: "shop", Path: "a.feature", Name: text, Line: line}
	parts := strings.Split(text, "|")
	if len(parts) == 1 {
		s.State, s.Quarantined = state(text)
		return s
	}
	for i, part := range parts {
		r := gate.Row{Line: line + i + 1}
		r.State, r.Quarantined = state(part)
		s.Rows = append(s.Rows, r)
	}
	return s
}

func state(text string) (s gate.State, quarantined bool) {
	for word := range strings.FieldsSeq(text) {
		switch word {
		case "stale":
			s.Stale = true
		case "flaky":
			s.Flaky = true
		case "quarantined":
			quarantined = true
		default:
			s.Status = behavepro.Status(word)
		}
	}
	return s, quarantined
}

func TestDecide(t *testing.T) {
	t.Parallel()
	waiting := []gate.Doubt{{Rule: gate.Waiting, Text: "a push waits"}}
	for name, c := range map[string]struct {
		scenarios string // one group, divided by ;
		doubts    []gate.Doubt
		opt       gate.Options
		want      string // verdict, proven/asked, reasons as rule@line, left out
	}{
		"all passed":                          {"passed; passed", nil, gate.Options{}, "open 2/2 [] 0"},
		"one failed":                          {"passed; failed", nil, gate.Options{}, "closed 1/2 [failed@20] 0"},
		"skipped is not passed":               {"skipped", nil, gate.Options{}, "closed 0/1 [skipped@10] 0"},
		"not run":                             {"notRun", nil, gate.Options{}, "closed 0/1 [not-run@10] 0"},
		"a status that is not known fails":    {"new", nil, gate.Options{}, "closed 0/1 [failed@10] 0"},
		"stale":                               {"passed stale", nil, gate.Options{}, "closed 0/1 [stale@10] 0"},
		"flaky":                               {"passed flaky", nil, gate.Options{}, "closed 0/1 [flaky@10] 0"},
		"flaky is allowed":                    {"passed flaky", nil, gate.Options{AllowFlaky: true}, "open 1/1 [] 0"},
		"flaky that failed last is a failure": {"failed flaky", nil, gate.Options{AllowFlaky: true}, "closed 0/1 [failed@10] 0"},
		"several reasons":                     {"failed stale flaky", nil, gate.Options{}, "closed 0/1 [failed@10 stale@10 flaky@10] 0"},
		"a row":                               {"passed | failed | passed", nil, gate.Options{}, "closed 0/1 [failed@12] 0"},
		"all rows":                            {"passed | passed", nil, gate.Options{}, "open 1/1 [] 0"},
		"nothing":                             {"", nil, gate.Options{}, "closed 0/0 [nothing@0] 0"},
		"nothing is allowed":                  {"", nil, gate.Options{AllowEmpty: true}, "open 0/0 [] 0"},
		"quarantine is left out":              {"passed; failed quarantined", nil, gate.Options{}, "open 1/2 [] 1"},
		"a row in quarantine":                 {"passed | failed quarantined", nil, gate.Options{}, "open 1/1 [] 1"},
		"all rows in quarantine":              {"failed quarantined | failed quarantined", nil, gate.Options{}, "closed 0/1 [nothing@0] 1"},
		"quarantine alone proves nothing":     {"passed quarantined", nil, gate.Options{}, "closed 0/1 [nothing@0] 1"},
		"a doubt beside a pass":               {"passed", waiting, gate.Options{}, "undecided 1/1 [waiting@0] 0"},
		"a doubt beside a failure":            {"failed", waiting, gate.Options{}, "undecided 0/1 [waiting@0 failed@10] 0"},
		"a doubt beside nothing":              {"", waiting, gate.Options{}, "undecided 0/0 [waiting@0 nothing@0] 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := gate.Group{Name: "SHOP-1"}
			for i, text := range strings.Split(c.scenarios, ";") {
				if text != "" {
					g.Scenarios = append(g.Scenarios, one(10*(i+1), text))
				}
			}
			d := gate.Decide([]gate.Group{g}, c.doubts, c.opt)
			reasons := []string{}
			for _, r := range d.Reasons {
				line := r.Row
				if line == 0 && r.Scenario != nil {
					line = r.Scenario.Line
				}
				reasons = append(reasons, fmt.Sprintf("%s@%d", r.Rule, line))
				if r.Text == "" {
					t.Errorf("%s has no text", r.Rule)
				}
			}
			if got := fmt.Sprintf("%s %d/%d %v %d", d.Verdict, d.Proven, d.Asked, reasons, len(d.LeftOut)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestEveryGroupCounts: one issue without scenarios closes the gate, whatever another has.
func TestEveryGroupCounts(t *testing.T) {
	t.Parallel()
	d := gate.Decide([]gate.Group{{Name: "SHOP-1", Scenarios: []gate.Scenario{one(1, "passed")}}, {Name: "SHOP-2"}}, nil, gate.Options{})
	if d.Verdict != gate.Closed || len(d.Reasons) != 1 || d.Reasons[0].Group != "SHOP-2" {
		t.Errorf("got %+v", d)
	}
}
