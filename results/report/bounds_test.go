package report_test

import (
	"strings"
	"testing"

	"github.com/behavepro/behavepro/results/report"
)

// TestBoundsOfTexts: names and messages are kept up to 4 KB; of a longer message that is known.
func TestBoundsOfTexts(t *testing.T) {
	t.Parallel()
	const most = 4 << 10
	step := func(message string) string {
		return `[{"uri":"a.feature","elements":[{"type":"scenario","name":"NAME","steps":[{"name":"x","result":{"status":"failed","error_message":` + message + `}}]}]}]`
	}
	half := strings.Repeat("h", most/2-1) // and a line end
	for format, body := range map[string]string{
		"Cucumber JSON":        step(`"TEXT"`),
		"lines of behave":      step(`["TEXT"]`),
		"two lines of behave":  step(`["` + half + `","REST"]`),
		"JUnit, an attribute":  `<testsuite><testcase name="NAME"><failure message="TEXT"/></testcase></testsuite>`,
		"JUnit, a text":        `<testsuite><testcase name="NAME"><failure>TEXT</failure></testcase></testsuite>`,
		"JUnit, both together": `<testsuite><testcase name="NAME"><failure message="` + half + `">REST</failure></testcase></testsuite>`,
		"Cucumber Messages": `{"pickle":{"id":"p","uri":"a.feature","name":"NAME","astNodeIds":["n"],"steps":[]}}
{"testCase":{"id":"c","pickleId":"p","testSteps":[{"id":"s","pickleStepId":"x"}]}}
{"testCaseStarted":{"id":"1","testCaseId":"c"}}
{"testStepFinished":{"testCaseStartedId":"1","testStepId":"s","testStepResult":{"status":"FAILED","message":"TEXT"}}}
`,
	} {
		for more := range 2 {
			text := strings.Repeat("t", most+more)
			var got []report.Reported
			_, err := report.Read(t.Context(), "r", strings.NewReader(strings.NewReplacer("NAME", text, "TEXT", text, "REST", text[len(half)+1:]).Replace(body)), func(r report.Reported) error {
				got = append(got, r)
				return nil
			})
			if err != nil || len(got) != 1 {
				t.Errorf("%s: %d results, %v", format, len(got), err)
				continue
			}
			if r := got[0]; len(r.Name) != most || r.Cut != (more == 1) || len(r.Message) > most || more == 0 && len(r.Message) != most {
				t.Errorf("%s, %d bytes: name of %d, message of %d bytes, cut %v", format, len(text), len(r.Name), len(r.Message), r.Cut)
			}
		}
	}
}

// TestBoundOfSources: the text of a feature in a report is used up to 8 MB.
func TestBoundOfSources(t *testing.T) {
	t.Parallel()
	const head, most = "Feature: A\n Scenario: a\n#", 8 << 20
	for more := range 2 {
		body := `{"source":{"uri":"a.feature","data":"` + strings.ReplaceAll(head, "\n", `\n`) + strings.Repeat("x", most+more-len(head)) + `"}}
{"pickle":{"id":"p","uri":"a.feature","name":"a","astNodeIds":["n"],"steps":[]}}
{"testCase":{"id":"c","pickleId":"p","testSteps":[]}}
{"testCaseStarted":{"id":"1","testCaseId":"c"}}
`
		var got []report.Reported
		_, err := report.Read(t.Context(), "r", strings.NewReader(body), func(r report.Reported) error {
			got = append(got, r)
			return nil
		})
		if err != nil || len(got) != 1 || (got[0].Source == nil) != (more == 1) {
			t.Errorf("%d bytes: %d results, %v", most+more, len(got), err)
		}
	}
}

// TestNesting: a report may nest to 512 levels, and no deeper; what was read before is kept.
func TestNesting(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]func(levels int) string{
		"cucumber": func(n int) string { // the outer list, the feature and the result before it take levels of their own
			return `[{"uri":"a.feature","name":"A","elements":[{"type":"scenario","name":"One","steps":[{"name":"x","result":{"status":"passed"}}]}],"odd":` +
				strings.Repeat("[", n-2) + strings.Repeat("]", n-2) + "}]"
		},
		"junit": func(n int) string {
			return `<testsuite><testcase name="One"/>` + strings.Repeat("<a>", n-1) + strings.Repeat("</a>", n-1) + "</testsuite>"
		},
	} {
		for levels, want := range map[int]string{511: "", 512: "", 513: "nested deeper than 512 levels"} {
			sum, err := report.Read(t.Context(), "r", strings.NewReader(body(levels)), func(report.Reported) error { return nil })
			if err != nil || sum.Results != 1 || !strings.Contains(sum.Unreadable, want) || (want == "") != (sum.Unreadable == "") {
				t.Errorf("%s, %d levels: %d results, unreadable %q, %v; want %q", name, levels, sum.Results, sum.Unreadable, err, want)
			}
		}
	}
}
