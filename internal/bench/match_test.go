//go:build bench

package bench

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/results/report"
)

// writeMessages writes Cucumber Messages about the files of featureText, of the same scenarios as writeReport. One in twenty failed.
func writeMessages(t testing.TB, path string, names, n int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	b := bufio.NewWriterSize(file, 1<<20)
	b.WriteString(`{"meta":{"protocolVersion":"27.0.0","implementation":{"name":"cucumber-js","version":"12.0.0"}}}` + "\n")
	const form = "1d7c0b5e-4f7a-4b0e-9c11-%s%011d"
	id := func(kind string, n int) string { return fmt.Sprintf(form, kind, n) }
	for i := range names * n {
		f, line := i/n, 4+8*(i%n)
		var pickle, steps strings.Builder
		for s := range 5 {
			comma := []string{"", ","}[min(s, 1)]
			fmt.Fprintf(&pickle, `%s{"id":%q,"text":"a customer of Area %d with %d articles in the \"cart\"","type":"Context","astNodeIds":[%q]}`, comma, id("b", 5*i+s), f, i%n, id("c", 5*i+s))
			fmt.Fprintf(&steps, `%s{"id":%q,"pickleStepId":%q,"stepDefinitionIds":["d"],"stepMatchArgumentsLists":[{"stepMatchArguments":[]}]}`, comma, id("e", 5*i+s), id("b", 5*i+s))
		}
		fmt.Fprintf(b, `{"pickle":{"id":%q,"uri":%q,"location":{"line":%d,"column":3},"astNodeIds":[%q],"tags":[],"name":"Scenario %d of Area %d","language":"en","steps":[%s]}}`+"\n", id("a", i), pathOf(f), line, id("f", i), i%n, f, pickle.String())
		fmt.Fprintf(b, `{"testCase":{"id":%q,"pickleId":%q,"testSteps":[%s]}}`+"\n", id("1", i), id("a", i), steps.String())
		fmt.Fprintf(b, `{"testCaseStarted":{"id":%q,"testCaseId":%q,"attempt":0,"timestamp":{"seconds":1700000000,"nanos":%d}}}`+"\n", id("2", i), id("1", i), i)
		for s := range 5 {
			status := "PASSED"
			if s == 4 && i%20 == 0 {
				status = "FAILED"
			}
			fmt.Fprintf(b, `{"testStepStarted":{"testCaseStartedId":%q,"testStepId":%q,"timestamp":{"seconds":1700000000,"nanos":0}}}`+"\n", id("2", i), id("e", 5*i+s))
			fmt.Fprintf(b, `{"testStepFinished":{"testCaseStartedId":%q,"testStepId":%q,"testStepResult":{"status":%q,"duration":{"seconds":0,"nanos":1000}},"timestamp":{"seconds":1700000000,"nanos":0}}}`+"\n", id("2", i), id("e", 5*i+s), status)
		}
		fmt.Fprintf(b, `{"testCaseFinished":{"testCaseStartedId":%q,"timestamp":{"seconds":1700000000,"nanos":0},"willBeRetried":false}}`+"\n", id("2", i))
	}
	b.WriteString(`{"testRunFinished":{"success":false,"timestamp":{"seconds":1700000001,"nanos":0}}}` + "\n")
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMatching: reading a report and matching its 50,000 results with the scenarios of a commit, against jq on the same file, in turns.
func TestMatching(t *testing.T) {
	const names, n = 200, 250
	files := make([]match.File, names)
	for f := range files {
		text := featureText(fmt.Sprintf("Area %d", f), n, 0, func(i int) int { return 1 + (f*n+i)/20 })
		files[f] = match.File{Path: pathOf(f), Blob: behavepro.SHA{byte(f), 1}, Doc: gherkin.Parse(pathOf(f), []byte(text))}
	}
	for _, kind := range []string{"Cucumber JSON", "Cucumber Messages"} {
		body := filepath.Join(t.TempDir(), "report")
		if kind == "Cucumber JSON" {
			writeReport(t, body, names, n, 0, 0)
		} else {
			writeMessages(t, body, names, n)
		}
		match := func() {
			file, err := os.Open(body)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			var all []report.Reported
			if _, err := report.Read(t.Context(), "report", file, func(one report.Reported) error {
				all = append(all, one)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if c := match.Tally(match.Match(files, all, match.Options{})); c.Read != names*n || c.Matched != c.Read {
				t.Fatalf("%s: %+v", kind, c)
			}
		}
		againstJQ(t, kind+", 50,000 results read and matched", body, match)
	}
}
