package results_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/behavepro/behavepro/results/report"
)

// read is what a test expects of a result.
type read = report.Reported

func TestRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, report string
		want         []read
		unreadable   string // a part of it
		runner       string
	}{
		{
			name: "a background of its own fails for its scenario",
			report: `[{"uri":"f/a.feature","name":"A","elements":[
				{"type":"background","line":2,"steps":[{"keyword":"Given ","name":"broken","line":3,"result":{"status":"failed","duration":1000,"error_message":"boom"}}]},
				{"type":"scenario","id":"a;one","name":"One","line":5,"steps":[{"keyword":"When ","name":"x","line":6,"result":{"status":"skipped"}}]},
				{"type":"scenario","id":"a;two","name":"Two","line":8,"steps":[{"keyword":"When ","name":"x","line":9,"result":{"status":"passed","duration":500}}]}]}]`,
			want: []read{
				{URI: "f/a.feature", Path: "f/a.feature", Feature: "A", Name: "One", Line: 5, Raw: "failed", Duration: 1000, Keyword: "Given", Step: "broken", Message: "boom"},
				{URI: "f/a.feature", Path: "f/a.feature", Feature: "A", Name: "Two", Line: 8, Raw: "passed", Duration: 500},
			},
		},
		{
			name: "a background after its scenario with the same id (cucumber-rs)",
			report: `[{"uri":"a.feature","name":"A","elements":[
				{"type":"scenario","id":"a/one","name":"One","line":5,"steps":[{"name":"x","result":{"status":"skipped"}}]},
				{"type":"background","id":"a/one","name":"One","line":5,"steps":[{"keyword":"Given","name":"b","result":{"status":"failed"}}]}]}]`,
			want: []read{{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "One", Line: 5, Raw: "failed", Keyword: "Given", Step: "b"}},
		},
		{
			name: "hooks: a failed one fails, a skipped one after a pass does not skip",
			report: `[{"uri":"a.feature","name":"A","elements":[
				{"type":"scenario","name":"Before","line":2,"before":[{"result":{"status":"failed","error_message":"no"}}],"steps":[{"name":"x","result":{"status":"skipped"}}]},
				{"type":"scenario","name":"After","line":4,"steps":[{"name":"x","result":{"status":"passed"}}],"after":[{"result":{"status":"skipped"}}]},
				{"type":"scenario","name":"Hidden","line":6,"steps":[{"name":"x","result":{"status":"passed"}},{"keyword":"After","hidden":true,"result":{"status":"failed"}}]},
				{"type":"scenario","name":"Of a step","line":8,"steps":[{"name":"x","result":{"status":"passed"},"after":[{"result":{"status":"failed"}}]}]}]}]`,
			want: []read{
				{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "Before", Line: 2, Raw: "failed", Keyword: "Before", Message: "no"},
				{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "After", Line: 4, Raw: "passed"},
				{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "Hidden", Line: 6, Raw: "failed", Keyword: "After"},
				{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "Of a step", Line: 8, Raw: "failed", Keyword: "hook of the step"},
			},
		},
		{
			name: "the worst word counts, missing results are none, attachments are counted",
			report: `[{"uri":"a.feature","name":"A","elements":[
				{"type":"scenario","name":"Empty","line":2},
				{"type":"scenario","name":"No result","line":3,"steps":[{"name":"x"},{"name":"y","result":null}]},
				{"type":"scenario","name":"Undefined","line":4,"steps":[{"name":"x","result":{"status":"PASSED"}},{"keyword":"When ","name":"y","result":{"status":"UNDEFINED"}},{"name":"z","result":{"status":"skipped"}}]},
				{"type":"scenario","name":"New word","line":5,"steps":[{"name":"x","result":{"status":"exploded"},"embeddings":[{"data":"AAAA"},{"data":"\"]"}]}]}]}]`,
			want: []read{
				{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "Empty", Line: 2, Raw: "none"},
				{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "No result", Line: 3, Raw: "none"},
				{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "Undefined", Line: 4, Raw: "UNDEFINED", Keyword: "When", Step: "y"},
				{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "New word", Line: 5, Raw: "exploded", Step: "x", Dropped: 2},
			},
		},
		{
			name: "the SpecFlow template: words in capitals, milliseconds, line 0, file with backslashes",
			report: `[{"uri":"Tests\\Features\\A.feature","id":"a","keyword":"Feature","name":"A","line":0,"tags":[{"name":"SHOP-1"}],"elements":[
				{"id":"a;one","keyword":"Scenario","type":"scenario","name":"One","line":0,"steps":[
				{"keyword":"Given","name":"x","line":0,"match":{"location":"GivenX"},"result":{"status":"Passed","duration":12}},
				{"keyword":"Then","name":"y","line":0,"result":{"status":"Failed","duration":3,"error_message":"at Foo()"}}]}]}]`,
			want: []read{{
				URI: `Tests\Features\A.feature`, Path: "Tests/Features/A.feature", Feature: "A", Name: "One", Raw: "Failed",
				Duration: 15 * time.Millisecond, Keyword: "Then", Step: "y", Message: "at Foo()",
			}},
			runner: "SpecFlow",
		},
		{
			name: "behave: locations, seconds, hooks that only the scenario's status shows, lists of lines",
			report: `[{"keyword":"Feature","name":"A","location":"f/a.feature:1","status":"failed","elements":[
				{"type":"background","name":"","location":"f/a.feature:2","steps":[{"name":"b","location":"f/a.feature:3"}]},
				{"type":"scenario","name":"Hook","location":"f/a.feature:5","status":"hook_error","steps":[{"name":"b","location":"f/a.feature:3"}]},
				{"type":"scenario","name":"Rows -- @1.2 Some","location":"f/a.feature:14","status":"failed","steps":[{"keyword":"Given","name":"b","result":{"status":"failed","duration":0.25,"error_message":["one","two"]}}]}]}]`,
			want: []read{
				{URI: "f/a.feature", Path: "f/a.feature", Feature: "A", Name: "Hook", Line: 5, Raw: "hook_error"},
				{URI: "f/a.feature", Path: "f/a.feature", Feature: "A", Name: "Rows -- @1.2 Some", Line: 14, Raw: "failed", Duration: 250 * time.Millisecond, Keyword: "Given", Step: "b", Message: "one\ntwo"},
			},
			runner: "behave",
		},
		{
			name: "elements before the feature's name, a BOM, two texts in one file",
			report: "\ufeff" + `[{"elements":[{"type":"scenario","name":"One","line":2,"start_timestamp":"2024-05-01T10:00:00.000Z","steps":[{"name":"x","result":{"status":"passed"}}]}],"name":"A","uri":"file:src/a%20b.feature"}]
				` + "\ufeff" + `[{"uri":"b.feature","name":"B","elements":[{"type":"scenario","name":"Two","line":3,"steps":[]}]}]`,
			want: []read{
				{URI: "file:src/a%20b.feature", Path: "src/a b.feature", Feature: "A", Name: "One", Line: 2, Raw: "passed", Start: time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)},
				{URI: "b.feature", Path: "b.feature", Feature: "B", Name: "Two", Line: 3, Raw: "none"},
			},
			runner: "cucumber-jvm",
		},
		{
			name: "cut off: what was complete stays",
			report: `[{"uri":"a.feature","name":"A","elements":[{"type":"scenario","name":"One","line":2,"steps":[{"name":"x","result":{"status":"passed"}}]},
				{"type":"scenario","name":"Tw`,
			want:       []read{{URI: "a.feature", Path: "a.feature", Feature: "A", Name: "One", Line: 2, Raw: "passed"}},
			unreadable: "cut off at line 2",
		},
		{name: "an empty list", report: `[]`},
		{name: "an empty file", report: " \n", unreadable: "empty"},
		{name: "another list", report: `[{"uri":"x"},{"a":1}]`, unreadable: "not of features"},
		{name: "other JSON", report: `{"config":{"location":1}}`, unreadable: "not recognised"},
		{name: "nested too deep", report: `[{"uri":"a","x":` + strings.Repeat("[", 600), unreadable: "deeper than 512"},
		{
			name: "JUnit: words, times, several children, control characters and bare ampersands",
			report: `<?xml version="1.0"?><!-- <testsuite> --><testsuites><testsuite name="S" timestamp="2024-05-01T10:00:00Z">
				<testcase classname="A" name="One &amp; two" time="1,234.5"/>
				<testcase classname="A" name="Fails" time="6.6e-05" status="hook_error"><error type="skipped"/><failure message="boom &#x1b;[1m A & B"><![CDATA[boom ]]]]></failure><system-out><![CDATA[<failure>]]></system-out></testcase>
				<testcase classname="A" name="Skips itself" status="passed"><error type="skipped" message="s"></error></testcase>
				<testcase classname="A" name="Nothing ran" status=""></testcase>
				<testcase classname="A" name="Ran" status="run"/>
				<testcase classname="A" name="Expected to fail"><skipped type="pytest.xfail"/></testcase>
				</testsuite></testsuites>`,
			want: []read{
				{Suite: "S", Feature: "A", Name: "One & two", Raw: "passed", Duration: 1234500 * time.Millisecond},
				{Suite: "S", Feature: "A", Name: "Fails", Raw: "hook_error", Duration: 66 * time.Microsecond, Message: "boom [1m A & B\nboom ]]"},
				{Suite: "S", Feature: "A", Name: "Skips itself", Raw: "skipped", Message: "s"},
				{Suite: "S", Feature: "A", Name: "Nothing ran", Raw: "none"},
				{Suite: "S", Feature: "A", Name: "Ran", Raw: "passed"},
				{Suite: "S", Feature: "A", Name: "Expected to fail", Raw: "xfailed"},
			},
		},
		{
			name: "JUnit: files, lines and what names hide",
			report: `<testsuite name="Suite">
				<testcase classname="C" name="Behat" file="features/a.feature" line="11"/>
				<testcase classname="dir/b" name="[2.3:41] Karate"/>
				<testcase classname="features/a.feature.spec.js" name="A › One"/>
				<testcase name="Rule: r: Scenario: s: tests/c.feature:7:3"/>
				<testcase classname="tests.test_x" name="test_rows[1-2]" file="tests/test_x.py" line="3"/></testsuite>`,
			want: []read{
				{Suite: "Suite", Feature: "C", Name: "Behat", URI: "features/a.feature", Path: "features/a.feature", Line: 11, Loose: true, Raw: "passed"},
				{Suite: "Suite", Feature: "dir/b", Name: "Karate", URI: "dir/b.feature", Path: "dir/b.feature", Line: 41, Raw: "passed"},
				{Suite: "Suite", Feature: "features/a.feature.spec.js", Name: "A › One", URI: "features/a.feature", Path: "features/a.feature", Raw: "passed"},
				{Suite: "Suite", Name: "s", Rule: "r", URI: "tests/c.feature", Path: "tests/c.feature", Line: 7, Raw: "passed"},
				{Suite: "Suite", Feature: "tests.test_x", Name: "test_rows[1-2]", Row: "1-2", Raw: "passed"},
			},
		},
		{
			name: "JUnit: attempts inside a test",
			report: `<testsuite name="S"><testcase classname="A" name="Flaky"><flakyFailure message="first">trace</flakyFailure></testcase>
				<testcase classname="A" name="Never"><failure message="1"/><rerunFailure message="2"/></testcase></testsuite>`,
			want: []read{
				{Suite: "S", Feature: "A", Name: "Flaky", Raw: "failed", Message: "first\ntrace", Retry: "t1"},
				{Suite: "S", Feature: "A", Name: "Flaky", Raw: "passed", Attempt: 1, Retry: "t1"},
				{Suite: "S", Feature: "A", Name: "Never", Raw: "failed", Message: "2", Retry: "t2"},
				{Suite: "S", Feature: "A", Name: "Never", Raw: "failed", Message: "1", Attempt: 1, Retry: "t2"},
			},
		},
		{
			name:   "JUnit: Latin-1",
			report: "<?xml version='1.0' encoding='ISO-8859-1'?><testsuite name='S'><testcase name='\xc9t\xe9'/></testsuite>",
			want:   []read{{Suite: "S", Name: "Été", Raw: "passed"}},
		},
		{
			name:       "JUnit: cut off",
			report:     `<testsuite name="S"><testcase name="One"/><testcase name="Two">`,
			want:       []read{{Suite: "S", Name: "One", Raw: "passed"}},
			unreadable: "cut off at line 1",
		},
		{
			name:       "JUnit: entities are refused",
			report:     `<!DOCTYPE x [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><testsuite><testcase name="&lol2;"/></testsuite>`,
			unreadable: "entities",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, sum := readReport(t, "r", []byte(test.report))
			ignore := cmpopts.IgnoreFields(read{}, "File", "Trust", "Kind")
			start := cmp.FilterPath(func(p cmp.Path) bool { return sum.Format == "JUnit XML" && p.Last().String() == ".Start" }, cmp.Ignore())
			if diff := cmp.Diff(test.want, got, ignore, start); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(sum.Unreadable, test.unreadable) || (sum.Unreadable == "") != (test.unreadable == "") {
				t.Errorf("unreadable: got %q, want %q", sum.Unreadable, test.unreadable)
			}
			if test.runner != "" && sum.Runner != test.runner {
				t.Errorf("runner: got %q, want %q", sum.Runner, test.runner)
			}
			if sum.Results != len(got) {
				t.Errorf("summary has %d results, %d were sent", sum.Results, len(got))
			}
			checkSameByteByByte(t, test.report, got)
			if sum.Format != "" && utf8.ValidString(test.report) {
				checkSameInUTF16(t, test.report, got)
			}
		})
	}
}

// checkSameByteByByte reads again with a window of one byte, so that everything stands on an edge.
func checkSameByteByByte(t *testing.T, body string, want []read) {
	t.Helper()
	var got []read
	_, err := report.Read(context.Background(), "r", iotest.OneByteReader(strings.NewReader(body)), func(r read) error {
		got = append(got, r)
		return nil
	})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("read byte by byte: %v (-want +got):\n%s", err, diff)
	}
}

func checkSameInUTF16(t *testing.T, report string, want []read) {
	t.Helper()
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		var wide bytes.Buffer
		for _, unit := range utf16.Encode([]rune("\ufeff" + strings.TrimPrefix(report, "\ufeff"))) {
			_ = binary.Write(&wide, order, unit)
		}
		got, _ := readReport(t, "r", wide.Bytes())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in UTF-16 (%v) (-want +got):\n%s", order, diff)
		}
	}
}

func TestReadBounds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1<<20)
	report := `[{"uri":"a.feature","name":"A","elements":[{"type":"scenario","name":"` + long + `","line":2,"steps":[
		{"name":"x","result":{"status":"failed","error_message":"` + long + `"}}]}]}]`
	got, sum := readReport(t, "r", []byte(report))
	if len(got) != 1 || sum.Unreadable != "" {
		t.Fatalf("got %d results, unreadable %q", len(got), sum.Unreadable)
	}
	if r := got[0]; len(r.Name) > 4<<10 || len(r.Message) > 4<<10 || !r.Cut || strings.ContainsRune(r.Message, '\ufffd') {
		t.Errorf("name of %d and message of %d bytes, cut %v", len(r.Name), len(r.Message), r.Cut)
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	none := func(read) error { return nil }
	if _, err := report.Read(context.Background(), "r", iotest.ErrReader(boom), none); !errors.Is(err, boom) {
		t.Errorf("got %v, want the reader's error", err)
	}
	half := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(stream)))
	if _, err := report.Read(context.Background(), "r", half, none); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("got %v, want a timeout", err)
	}
	if _, err := report.Read(context.Background(), "r", strings.NewReader(stream), func(read) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("got %v, want emit's error", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := report.Read(ctx, "r", strings.NewReader(stream), none); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}
