package results_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/results/report"
)

// bigJSON is a report of n scenarios with ten steps; attached puts a picture of 20 kB into every second.
func bigJSON(n int, attached bool) []byte {
	var b bytes.Buffer
	step := func(i, s int) {
		fmt.Fprintf(&b, `{"arguments":[],"keyword":"Given ","line":%d,"name":"the customer puts \"article %d\" into the cart",`, i*13+s, s)
		fmt.Fprintf(&b, `"match":{"location":"features/steps/cart.js:12"},"result":{"status":"passed","duration":%d}`, 1000*s)
		if attached && s == 9 && i%2 == 0 {
			fmt.Fprintf(&b, `,"embeddings":[{"mime_type":"image/png","data":"%s"}]`, strings.Repeat("QUJD", 5000))
		}
		b.WriteString("},")
	}
	b.WriteString("[\n")
	for f := range n / 50 {
		b.WriteString(`{"description":"","elements":[`)
		for i := range 50 {
			fmt.Fprintf(&b, `{"description":"","id":"f%d;s%d","keyword":"Scenario","line":%d,"name":"Scenario number %d","steps":[`, f, i, i*13+3, i)
			for s := range 10 {
				step(i, s)
			}
			b.Truncate(b.Len() - 1)
			b.WriteString(`],"tags":[{"name":"@SHOP-1","line":2}],"type":"scenario"},`)
		}
		b.Truncate(b.Len() - 1)
		fmt.Fprintf(&b, `],"id":"f%d","line":1,"keyword":"Feature","name":"Feature %d","tags":[],"uri":"features/f%d.feature"},`, f, f, f)
	}
	b.Truncate(b.Len() - 1)
	b.WriteString("]\n")
	return b.Bytes()
}

func bigMessages(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"meta":{"implementation":{"name":"cucumber-js","version":"12"}}}` + "\n")
	for i := range n {
		fmt.Fprintf(&b, `{"pickle":{"id":"00000000-0000-0000-0000-p%09d","uri":"features/f%d.feature","location":{"line":%d,"column":3},"astNodeIds":["n%d"],"tags":[],"name":"Scenario number %d","language":"en","steps":[`, i, i/50, i%50*13+3, i, i)
		for s := range 10 {
			if s > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":"00000000-0000-0000-0000-q%09d","text":"the customer puts \"article %d\" into the cart","type":"Context","astNodeIds":["x%d"]}`, i*10+s, s, s)
		}
		fmt.Fprintf(&b, "]}}\n"+`{"testCase":{"id":"00000000-0000-0000-0000-c%09d","pickleId":"00000000-0000-0000-0000-p%09d","testSteps":[`, i, i)
		for s := range 10 {
			if s > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":"00000000-0000-0000-0000-t%09d","pickleStepId":"00000000-0000-0000-0000-q%09d","stepDefinitionIds":["d1"],"stepMatchArgumentsLists":[{"stepMatchArguments":[]}]}`, i*10+s, i*10+s)
		}
		fmt.Fprintf(&b, "]}}\n"+`{"testCaseStarted":{"id":"00000000-0000-0000-0000-s%09d","testCaseId":"00000000-0000-0000-0000-c%09d","attempt":0,"timestamp":{"seconds":1700000000,"nanos":%d}}}`+"\n", i, i, i)
		for s := range 10 {
			fmt.Fprintf(&b, `{"testStepStarted":{"testCaseStartedId":"00000000-0000-0000-0000-s%09d","testStepId":"00000000-0000-0000-0000-t%09d","timestamp":{"seconds":1700000000,"nanos":0}}}`+"\n", i, i*10+s)
			fmt.Fprintf(&b, `{"testStepFinished":{"testCaseStartedId":"00000000-0000-0000-0000-s%09d","testStepId":"00000000-0000-0000-0000-t%09d","testStepResult":{"status":"PASSED","duration":{"seconds":0,"nanos":1000}},"timestamp":{"seconds":1700000000,"nanos":0}}}`+"\n", i, i*10+s)
		}
		fmt.Fprintf(&b, `{"testCaseFinished":{"testCaseStartedId":"00000000-0000-0000-0000-s%09d","timestamp":{"seconds":1700000000,"nanos":0},"willBeRetried":false}}`+"\n", i)
	}
	return b.Bytes()
}

func bigJUnit(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0"?><testsuites>`)
	for i := range n {
		fmt.Fprintf(&b, `<testsuite name="Feature %d"><testcase classname="Feature %d" name="Scenario number %d" time="0.1"><system-out><![CDATA[`, i/50, i/50, i)
		for s := range 10 {
			fmt.Fprintf(&b, "Given the customer puts article %d into the cart.....passed\n", s)
		}
		b.WriteString("]]></system-out></testcase></testsuite>\n")
	}
	b.WriteString("</testsuites>")
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	for _, bench := range []struct {
		name   string
		report []byte
	}{
		{"json", bigJSON(5000, false)},
		{"json-attachments", bigJSON(5000, true)},
		{"messages", bigMessages(5000)},
		{"junit", bigJUnit(20000)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.report)))
			b.ReportAllocs()
			for b.Loop() {
				sum, err := report.Read(context.Background(), "r", bytes.NewReader(bench.report), func(read) error { return nil })
				if err != nil || sum.Unreadable != "" || sum.Results < 5000 {
					b.Fatalf("%v %+v", err, sum)
				}
			}
		})
	}
}

// bigCommit has 5,000 scenarios in 100 files, every tenth an outline of ten rows.
func bigCommit() ([]match.File, []read) {
	var files []match.File
	var reported []read
	for f := range 100 {
		var text strings.Builder
		path, feature := fmt.Sprintf("features/area/f%d.feature", f), fmt.Sprintf("Feature %d", f)
		line := 1
		put := func(format string, args ...any) {
			fmt.Fprintf(&text, format+"\n", args...)
			line++
		}
		add := func(name string, at int) {
			reported = append(reported, read{File: "r", Path: path, URI: path, Feature: feature, Name: name, Line: at, Raw: "passed"})
		}
		put("Feature: %s", feature)
		for s := range 50 {
			if s%10 != 0 {
				add(fmt.Sprintf("Scenario %d", s), line)
				put("Scenario: Scenario %d", s)
				put("  Given a step")
				continue
			}
			put("Scenario Outline: Outline %d <n>", s)
			put("  Given <n>")
			put("  Examples:")
			put("  | n |")
			for n := range 12 {
				add(fmt.Sprintf("Outline %d %d", s, n), line)
				put("  | %d |", n)
			}
		}
		files = append(files, newFile(path, []byte(text.String())))
	}
	return files, reported
}

func BenchmarkMatch(b *testing.B) {
	files, reported := bigCommit()
	nameless := make([]read, len(reported))
	for i, r := range reported {
		nameless[i] = read{File: "r", Feature: r.Feature, Name: r.Name, Raw: r.Raw}
	}
	classless := make([]read, len(reported))
	for i, r := range reported {
		classless[i] = read{File: "r", Feature: "RunCucumberTest", Name: r.Feature + " - " + r.Name, Raw: r.Raw}
	}
	for name, all := range map[string][]read{"path": reported, "names": nameless, "nothing": classless} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if c := match.Tally(match.Match(files, all, match.Options{})); c.Matched != len(all) {
					b.Fatalf("%+v", c)
				}
			}
		})
	}
}

// TestMatchIsFast holds the promise of well under a second with a wide margin for a busy machine.
func TestMatchIsFast(t *testing.T) {
	files, reported := bigCommit()
	for i := range reported { // the worst case: nothing but names over all files
		reported[i] = read{File: "r", Feature: "RunCucumberTest", Name: reported[i].Feature + " - " + reported[i].Name, Raw: "passed"}
	}
	began := time.Now()
	outcomes := match.Match(files, reported, match.Options{Commit: behavepro.SHA{1}})
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("%d results took %v", len(outcomes), took)
	}
	if c := match.Tally(outcomes); c.Matched != len(reported) {
		t.Errorf("%+v", c)
	}
}
