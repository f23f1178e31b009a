package results_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results"
)

// TestBoundsOfAPush is at the edge of each: what is within is stored, one more is refused with its number, and nothing of it stays.
func TestBoundsOfAPush(t *testing.T) {
	t.Parallel()
	files := func(n, resultsEach int) map[string]string {
		all := map[string]string{}
		for i := range n {
			one := make([]said, resultsEach)
			for j := range one {
				one[j] = said{"card", 3, "passed"}
			}
			all[fmt.Sprint("r", i, ".json")] = cucumber("features/pay.feature", "Pay", one...)
		}
		return all
	}
	tested := func(n int) map[string]behavepro.SHA {
		all := map[string]behavepro.SHA{}
		for i := range n {
			all[fmt.Sprint(i, ".feature")] = behavepro.SHA{byte(i)}
		}
		return all
	}
	for _, c := range []struct {
		bounds results.Bounds
		files  map[string]string
		tested map[string]behavepro.SHA
		says   string
	}{
		{results.Bounds{Files: 3}, files(3, 1), nil, ""},
		{results.Bounds{Files: 3}, files(4, 1), nil, "more than 3 report files in one push"},
		{results.Bounds{Results: 6}, files(2, 3), nil, ""},
		{results.Bounds{Results: 5}, files(2, 3), nil, "more than 5 results in one push"},
		{results.Bounds{Tested: 2}, files(1, 1), tested(2), ""},
		{results.Bounds{Tested: 2}, files(1, 1), tested(3), "more than 2 feature files in the checkout"},
	} {
		k := newKit(t)
		k.Bounds = c.bounds
		push := catalog.Push{Repository: k.Repo.ID, Commit: behavepro.SHA{1}}
		_, _, err := k.Accept(context.Background(), results.Upload{Push: push, Tested: c.tested}, reports(c.files), clock)
		if c.says == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.bounds, err)
			}
			continue
		}
		problem, ok := errors.AsType[*behavepro.Problem](err)
		if !ok || !errors.Is(err, behavepro.ErrLimit) || problem.Msg != c.says || problem.Hint == "" {
			t.Errorf("%+v: got %v, want %q and what to do", c.bounds, err, c.says)
		}
		left, err := k.Ingest.Catalog.PushesOf(t.Context(), k.Repo.ID, push.Commit)
		if err != nil || len(left) != 0 {
			t.Errorf("%+v: %d pushes are left, %v", c.bounds, len(left), err)
		}
	}
}

// TestBoundsOfAReport: what one report holds and tells beyond its bounds is left out, which is said; what was read before counts.
func TestBoundsOfAReport(t *testing.T) {
	t.Parallel()
	one := said{"card", 3, "passed"}
	features := strings.TrimSuffix(cucumber("a.feature", "A", one, one), "]") + "," + strings.TrimPrefix(cucumber("b.feature", "B", one), "[")
	junit := `<testsuite>` + strings.Repeat(`<testcase name="card"/>`, 3) + `</testsuite>`
	held := 2 * (512 + len(one.name))                     // of the first feature
	waiting := 2*(512+64) + (128 + 1) + 2*64 + 2*(256+64) // of the run: sources, a pickle, a test case and its step, attempts and their steps
	run := `{"source":{"uri":"a.feature","data":"Feature: A\n Scenario: a\n"}}
{"source":{"uri":"b.feature","data":"Feature: B\n Scenario: b\n"}}
{"pickle":{"id":"p","uri":"a.feature","name":"a","astNodeIds":["n"],"steps":[]}}
{"testCase":{"id":"c","pickleId":"p","testSteps":[{"id":"s","pickleStepId":"x"}]}}
{"testCaseStarted":{"id":"1","testCaseId":"c","attempt":0,"timestamp":{"seconds":1,"nanos":0}}}
{"testStepFinished":{"testCaseStartedId":"1","testStepId":"s","testStepResult":{"status":"FAILED"}}}
{"testCaseStarted":{"id":"2","testCaseId":"c","attempt":1,"timestamp":{"seconds":2,"nanos":0}}}
{"testStepFinished":{"testCaseStartedId":"2","testStepId":"s","testStepResult":{"status":"FAILED"}}}
`
	for _, c := range []struct {
		what, report string
		bounds       results.Bounds
		read         int
		says         string
	}{
		{"two results wait", features, results.Bounds{Held: held}, 3, ""},
		{"a byte more than may", features, results.Bounds{Held: held - 1}, 2, fmt.Sprintf("more than %d bytes of one report wait", held-1)},
		{"a run waits", run, results.Bounds{Held: waiting}, 2, ""},
		{"a byte more of a run", run, results.Bounds{Held: waiting - 1}, 2, fmt.Sprintf("more than %d bytes of one report wait", waiting-1)},
		{"three results", junit, results.Bounds{Report: 3}, 3, ""},
		{"one more than may be", junit, results.Bounds{Report: 2}, 2, "more than 2 results in one report"},
	} {
		k := newKit(t)
		k.Bounds = c.bounds
		up := results.Upload{Push: catalog.Push{Repository: k.Repo.ID, Commit: behavepro.SHA{1}}}
		p, _, err := k.Accept(context.Background(), up, reports(map[string]string{"r": c.report}), clock)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if f := p.Files[0]; p.Counts.Read != c.read || !strings.Contains(f.Unreadable, c.says) || (c.says == "") != (f.Unreadable == "") {
			t.Errorf("%s: %d results, unreadable %q; want %d and %q", c.what, p.Counts.Read, f.Unreadable, c.read, c.says)
		}
	}
}

// TestBoundsOfTexts: names and messages are kept up to 4 KB; of a longer message that is known.
func TestBoundsOfTexts(t *testing.T) {
	t.Parallel()
	const most = 4 << 10
	step := func(message string) string {
		return `[{"uri":"a.feature","elements":[{"type":"scenario","name":"NAME","steps":[{"name":"x","result":{"status":"failed","error_message":` + message + `}}]}]}]`
	}
	half := strings.Repeat("h", most/2-1) // and a line end
	for format, report := range map[string]string{
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
			var got []results.Reported
			_, err := results.Read(t.Context(), "r", strings.NewReader(strings.NewReplacer("NAME", text, "TEXT", text, "REST", text[len(half)+1:]).Replace(report)), func(r results.Reported) error {
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
		report := `{"source":{"uri":"a.feature","data":"` + strings.ReplaceAll(head, "\n", `\n`) + strings.Repeat("x", most+more-len(head)) + `"}}
{"pickle":{"id":"p","uri":"a.feature","name":"a","astNodeIds":["n"],"steps":[]}}
{"testCase":{"id":"c","pickleId":"p","testSteps":[]}}
{"testCaseStarted":{"id":"1","testCaseId":"c"}}
`
		var got []results.Reported
		_, err := results.Read(t.Context(), "r", strings.NewReader(report), func(r results.Reported) error {
			got = append(got, r)
			return nil
		})
		if err != nil || len(got) != 1 || (got[0].Source == nil) != (more == 1) {
			t.Errorf("%d bytes: %d results, %v", most+more, len(got), err)
		}
	}
}

// TestNoRoom: a tenant that stores more than it may takes no push in, and reads as before.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	push := catalog.Push{Repository: k.Repo.ID, Commit: behavepro.SHA{1}}
	k.accept(results.Upload{Push: push}, map[string]string{"r.json": payReport})
	k.Ingest.Catalog.Bound(1)
	if err := k.Ingest.Catalog.Measure(t.Context(), clock); err != nil {
		t.Fatal(err)
	}
	_, _, err := k.Accept(context.Background(), results.Upload{Push: push}, reports(map[string]string{"s.json": payReport}), clock)
	if !errors.Is(err, behavepro.ErrLimit) || !strings.Contains(err.Error(), "--max-stored") {
		t.Errorf("got %v, want the bound and how it is moved", err)
	}
	if left, err := k.Ingest.Catalog.PushesOf(t.Context(), k.Repo.ID, push.Commit); err != nil || len(left) != 1 {
		t.Errorf("%d pushes are there, %v", len(left), err)
	}
}

// TestNesting: a report may nest to 512 levels, and no deeper; what was read before is kept.
func TestNesting(t *testing.T) {
	t.Parallel()
	for name, report := range map[string]func(levels int) string{
		"cucumber": func(n int) string { // the outer list, the feature and the result before it take levels of their own
			return `[{"uri":"a.feature","name":"A","elements":[{"type":"scenario","name":"One","steps":[{"name":"x","result":{"status":"passed"}}]}],"odd":` +
				strings.Repeat("[", n-2) + strings.Repeat("]", n-2) + "}]"
		},
		"junit": func(n int) string {
			return `<testsuite><testcase name="One"/>` + strings.Repeat("<a>", n-1) + strings.Repeat("</a>", n-1) + "</testsuite>"
		},
	} {
		for levels, want := range map[int]string{511: "", 512: "", 513: "nested deeper than 512 levels"} {
			sum, err := results.Read(t.Context(), "r", strings.NewReader(report(levels)), func(results.Reported) error { return nil })
			if err != nil || sum.Results != 1 || !strings.Contains(sum.Unreadable, want) || (want == "") != (sum.Unreadable == "") {
				t.Errorf("%s, %d levels: %d results, unreadable %q, %v; want %q", name, levels, sum.Results, sum.Unreadable, err, want)
			}
		}
	}
}
