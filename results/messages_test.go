package results_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// stream is a run of one row that fails, then passes; its attachment comes before what it belongs to.
const stream = `{"meta":{"protocolVersion":"32.0.0","implementation":{"name":"cucumber-js","version":"12.9.0"}}}
{"testRunStarted":{"timestamp":{"seconds":1700000000,"nanos":0}}}
{"attachment":{"testCaseStartedId":"s1","body":"AAAA","mediaType":"image/png"}}
{"source":{"data":"Feature: A\r\n  Rule: R\r\n    Scenario Outline: Eat <n>\r\n      Given <n>\r\n      Examples:\r\n        | n |\r\n        | 1 |\r\n","uri":"f/a.feature"}}
{"gherkinDocument":{"uri":"f/a.feature","feature":{"name":"A","children":[{"rule":{"children":[{"scenario":{"id":"10","location":{"line":3},"steps":[{"id":"11","keyword":"Given ","text":"<n>"}],"examples":[{"id":"12","tableHeader":{"id":"13","location":{"line":6}},"tableBody":[{"id":"14","location":{"line":7}}]}]}}],"name":"R"}}]}}}
{"pickle":{"id":"20","uri":"f/a.feature","name":"Eat 1","astNodeIds":["10","14"],"steps":[{"id":"21","text":"1","astNodeIds":["11","14"]}]}}

{"testCase":{"id":"30","pickleId":"20","testSteps":[{"id":"31","hookId":"h"},{"id":"32","pickleStepId":"21"}]}}
{"testCaseStarted":{"id":"s1","testCaseId":"30","attempt":0,"timestamp":{"seconds":1700000001,"nanos":5}}}
{"testStepFinished":{"testCaseStartedId":"s1","testStepId":"31","testStepResult":{"status":"PASSED","duration":{"seconds":0,"nanos":10}}}}
{"testStepFinished":{"testCaseStartedId":"s1","testStepId":"32","testStepResult":{"status":"FAILED","message":"boom","duration":{"seconds":1,"nanos":1}}}}
{"testCaseFinished":{"testCaseStartedId":"s1","willBeRetried":true}}
{"testCaseStarted":{"id":"s2","testCaseId":"30","attempt":1,"timestamp":{"seconds":1700000003,"nanos":0}}}
{"testStepFinished":{"testCaseStartedId":"s2","testStepId":"32","testStepResult":{"status":"PASSED","duration":{"seconds":0,"nanos":7}}}}
`

const streamEnd = `{"testCaseFinished":{"testCaseStartedId":"s2"}}
{"testRunFinished":{"success":true}}
`

func streamResults(last string) []read {
	first := read{
		URI: "f/a.feature", Path: "f/a.feature", Feature: "A", Rule: "R", Name: "Eat 1", Line: 7, Outline: 3, Retry: "0.0",
		Raw: "FAILED", Duration: time.Second + 11, Start: time.Unix(1700000001, 5).UTC(), Keyword: "Given", Step: "1", Message: "boom", Dropped: 1,
	}
	second := first
	second.Raw, second.Duration, second.Start, second.Attempt = last, 7, time.Unix(1700000003, 0).UTC(), 1
	second.Keyword, second.Step, second.Message, second.Dropped = "", "", "", 0
	return []read{first, second}
}

func TestReadMessages(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(stream+streamEnd, "\n")
	backwards := ""
	for i := len(lines) - 1; i > 0; i-- {
		backwards += strings.TrimSpace(lines[i]) + "\n"
	}
	ofOther := streamResults("PASSED")
	for i := range ofOther {
		ofOther[i].Retry = "1.0"
	}
	swapped := streamResults("PASSED")
	swapped[0], swapped[1] = swapped[1], swapped[0]
	for _, test := range []struct {
		name, report string
		want         []read
		unreadable   string
	}{
		{"whole", stream + streamEnd, streamResults("PASSED"), ""},
		{"without meta", strings.Join(lines[1:], ""), streamResults("PASSED"), ""},
		{"the last line first", backwards, swapped, ""},
		{"two streams with the same ids", stream + streamEnd + stream + streamEnd, append(streamResults("PASSED"), ofOther...), ""},
		{"run cut off", stream, streamResults("unfinished"), ""},
		{"file cut off inside a line", stream + `{"testCaseFinished":{"testCa`, streamResults("unfinished"), "cut off at line 15"},
		{"a broken line between", stream + "{oops}\n" + streamEnd, streamResults("PASSED"), "line 15"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, sum := readReport(t, "r", []byte(test.report))
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(read{}, "File", "Source", "Trust", "Kind")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(sum.Unreadable, test.unreadable) || (sum.Unreadable == "") != (test.unreadable == "") {
				t.Errorf("unreadable: got %q, want %q", sum.Unreadable, test.unreadable)
			}
			if want := time.Unix(1700000000, 0).UTC(); !sum.Start.Equal(want) {
				t.Errorf("start: got %v, want %v", sum.Start, want)
			}
			lf := "Feature: A\n  Rule: R\n    Scenario Outline: Eat <n>\n      Given <n>\n      Examples:\n        | n |\n        | 1 |\n"
			for _, text := range []string{strings.ReplaceAll(lf, "\n", "\r\n"), lf, "\ufeff" + lf} {
				if blob := gitBlob([]byte(text)); !slices.Contains(got[0].Source.Blobs, blob) {
					t.Errorf("blob %s of a variant of the source is missing", blob)
				}
			}
			checkSameByteByByte(t, test.report, got)
		})
	}
}
