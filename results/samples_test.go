package results_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/results"
)

// samplesFolder holds reports of real runners beside the features they ran, where it is present.
const samplesFolder = "../../shared/reports"

// openSamples skips a test cleanly where there are no samples.
func openSamples(t *testing.T, sub string) string {
	t.Helper()
	dir := filepath.Join(samplesFolder, sub)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no samples of real runners here: %v", err)
	}
	return dir
}

func gitBlob(b []byte) behavepro.SHA {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(b))
	h.Write(b)
	return behavepro.SHA(h.Sum(nil))
}

func newFile(path string, text []byte) results.File {
	return results.File{Path: path, Blob: gitBlob(text), Doc: gherkin.Parse(path, text)}
}

// readFeatures reads the feature files below dir, as a commit whose root is dir.
func readFeatures(t testing.TB, dir string) []results.File {
	t.Helper()
	var files []results.File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".feature") {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files = append(files, newFile(filepath.ToSlash(rel), text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readReport(t testing.TB, name string, text []byte) ([]results.Reported, results.Summary) {
	t.Helper()
	var all []results.Reported
	sum, err := results.Read(context.Background(), name, bytes.NewReader(text), func(r results.Reported) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return all, sum
}

func readReports(t testing.TB, dir string, names ...string) []results.Reported {
	t.Helper()
	var all []results.Reported
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		reported, sum := readReport(t, name, text)
		if sum.Unreadable != "" || sum.UnknownWords != nil {
			t.Errorf("%s: unreadable %q, unknown words %v", name, sum.Unreadable, sum.UnknownWords)
		}
		all = append(all, reported...)
	}
	return all
}

func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s in %s: %v", pattern, dir, err)
	}
	for i, p := range paths {
		paths[i], _ = filepath.Rel(dir, p)
	}
	return paths
}

// TestSamples reads every report of every runner and finds what is behind each of its results.
func TestSamples(t *testing.T) {
	t.Parallel()
	type counts = results.Counts
	for _, test := range []struct {
		dir, reports string
		want         counts
		why          string // of what is not matched
	}{
		{"cucumber-js/generated-cucumber-js-12.9.0", "out/cucumber.json", counts{Read: 32, Matched: 32, Passed: 15, Failed: 14, Skipped: 3}, ""},
		{"cucumber-js/generated-cucumber-js-12.9.0", "out/messages.ndjson", counts{Read: 44, Matched: 32, RetryOf: 12, Passed: 15, Failed: 14, Skipped: 3}, ""},
		{"cucumber-js/generated-cucumber-js-12.9.0", "out/junit.xml", counts{Read: 32, Matched: 32, Passed: 16, Failed: 14, Skipped: 2}, "JUnit shows an empty scenario as passed"},
		{"cucumber-js/generated-cucumber-js-7.3.2", "out/cucumber.json", counts{Read: 32, Matched: 32, Passed: 15, Failed: 14, Skipped: 3}, ""},
		{"cucumber-js/generated-cucumber-js-7.3.2", "out/messages.ndjson", counts{Read: 44, Matched: 32, RetryOf: 12, Passed: 15, Failed: 14, Skipped: 3}, ""},
		{"cucumber-js/generated-cucumber-js-5.1.0", "out/cucumber.json", counts{Read: 29, Matched: 29, Passed: 13, Failed: 13, Skipped: 3}, ""},
		{"cucumber-ruby/generated-cucumber-ruby-2.4.0", "out/cucumber.json", counts{Read: 29, Matched: 29, Passed: 14, Failed: 12, Skipped: 3}, ""},
		{"cucumber-ruby/generated-cucumber-ruby-2.4.0", "out/junit/*.xml", counts{Read: 29, Matched: 29, Passed: 15, Failed: 10, Skipped: 4}, "cucumber-ruby's JUnit shows pending and undefined as skipped"},
		{"godog/generated-godog-0.15.1", "out/cucumber.json", counts{Read: 32, Matched: 32, Passed: 15, Failed: 14, Skipped: 3}, ""},
		{"godog/generated-godog-0.15.1", "out/junit.xml", counts{Read: 32, Matched: 32, Passed: 15, Failed: 14, Skipped: 3}, ""},
		{"godog/generated-godog-0.15.1", "out/events.ndjson", counts{Read: 32, Matched: 32, Passed: 15, Failed: 14, Skipped: 3}, ""},
		{"godog/generated-godog-0.15.1", "out/events-strict.ndjson", counts{Read: 32, Matched: 32, Passed: 14, Failed: 15, Skipped: 3}, ""},
		{"godog/generated-godog-0.15.1", "out/cucumber-strict.json", counts{Read: 32, Matched: 32, Passed: 14, Failed: 15, Skipped: 3}, ""},
		{"godog/generated-godog-0.15.1", "out/junit-strict.xml", counts{Read: 32, Matched: 32, Passed: 14, Failed: 15, Skipped: 3}, ""},
		{"playwright-bdd/generated-playwright-bdd-9.2.1", "out/cucumber.json", counts{Read: 28, Matched: 28, Passed: 13, Failed: 10, Skipped: 5}, ""},
		{"playwright-bdd/generated-playwright-bdd-9.2.1", "out/messages.ndjson", counts{Read: 39, Matched: 28, RetryOf: 11, Passed: 13, Failed: 10, Skipped: 5}, ""},
		{"playwright-bdd/generated-playwright-bdd-9.2.1", "out/junit.xml", counts{Read: 28, Matched: 28, Passed: 14, Failed: 10, Skipped: 4}, "an empty scenario is passed there"},
		{"playwright-bdd/generated-playwright-bdd-9.2.1", "out/playwright-junit.xml", counts{Read: 28, Matched: 28, Passed: 14, Failed: 10, Skipped: 4}, ""},
		{"behave/generated-behave-1.2.6", "out/all.json", counts{Read: 31, Matched: 29, RetryOf: 2, Passed: 14, Failed: 12, Skipped: 3}, ""},
		{"behave/generated-behave-1.2.6", "out/[b-z]*.json", counts{Read: 31, Matched: 29, RetryOf: 2, Passed: 14, Failed: 12, Skipped: 3}, ""},
		{"behave/generated-behave-1.2.6", "out/junit/*.xml", counts{Read: 29, Matched: 29, Passed: 15, Failed: 12, Skipped: 2}, ""},
		{"pytest-bdd/generated-pytest-bdd-8.1.0", "tests/out/cucumber.json", counts{Read: 27, Matched: 27, Passed: 16, Failed: 11}, ""},
		{
			"pytest-bdd/generated-pytest-bdd-8.1.0", "tests/out/junit.xml",
			counts{Read: 30, Matched: 28, Ambiguous: 2, Passed: 13, Failed: 12, Skipped: 3},
			"pytest-bdd runs only the last of several scenarios of one name, and its JUnit does not say which",
		},
	} {
		t.Run(test.dir+"/"+test.reports, func(t *testing.T) {
			t.Parallel()
			dir := openSamples(t, test.dir)
			reported := readReports(t, dir, glob(t, dir, test.reports)...)
			outcomes := results.Match(readFeatures(t, dir), reported, results.Options{})
			checkAccounting(t, reported, outcomes)
			if got := results.Tally(outcomes); got != test.want {
				t.Errorf("accounting (%s):\n got %+v\nwant %+v", test.why, got, test.want)
			}
			for i, o := range outcomes {
				if o.Accounting == behavepro.Ambiguous || o.Accounting == behavepro.Unmatched {
					t.Logf("%q is %s: %s", reported[i].Name, o.Accounting, o.Reason)
				}
			}
		})
	}
}

// TestSamplesAgree checks that two reports of one run say the same of every scenario and row, but for what is known.
func TestSamplesAgree(t *testing.T) {
	t.Parallel()
	const empty = "features/statuses.feature:41"
	for _, test := range []struct {
		dir, one, other string
		differ          map[string]string // what one and the other say
	}{
		{"cucumber-js/generated-cucumber-js-12.9.0", "out/cucumber.json", "out/messages.ndjson", nil},
		{"cucumber-js/generated-cucumber-js-7.3.2", "out/cucumber.json", "out/messages.ndjson", nil},
		{"playwright-bdd/generated-playwright-bdd-9.2.1", "out/cucumber.json", "out/messages.ndjson", nil},
		{"cucumber-js/generated-cucumber-js-12.9.0", "out/cucumber.json", "out/junit.xml", map[string]string{empty: "skipped passed"}},
		{"playwright-bdd/generated-playwright-bdd-9.2.1", "out/cucumber.json", "out/junit.xml", map[string]string{
			empty: "skipped passed",
		}},
		{"playwright-bdd/generated-playwright-bdd-9.2.1", "out/cucumber.json", "out/playwright-junit.xml", map[string]string{empty: "skipped passed"}},
		{"cucumber-ruby/generated-cucumber-ruby-2.4.0", "out/cucumber.json", "out/junit/*.xml", map[string]string{
			empty: "skipped passed", "features/statuses.feature:17": "failed skipped", "features/statuses.feature:22": "failed skipped",
		}},
		{"godog/generated-godog-0.15.1", "out/cucumber.json", "out/junit.xml", nil},
		{"godog/generated-godog-0.15.1", "out/cucumber-strict.json", "out/junit-strict.xml", nil},
		{"godog/generated-godog-0.15.1", "out/cucumber.json", "out/events.ndjson", nil},
		{"godog/generated-godog-0.15.1", "out/cucumber-strict.json", "out/events-strict.ndjson", nil},
		{"behave/generated-behave-1.2.6", "out/all.json", "out/[b-z]*.json", nil},
		{"behave/generated-behave-1.2.6", "out/all.json", "out/junit/*.xml", map[string]string{empty: "skipped passed"}},
	} {
		t.Run(test.dir+"/"+test.other, func(t *testing.T) {
			t.Parallel()
			dir := openSamples(t, test.dir)
			one, other := statuses(t, dir, test.one), statuses(t, dir, test.other)
			for where, status := range one {
				want := string(status) + " " + string(status)
				if known, ok := test.differ[where]; ok {
					want = known
				}
				if got := string(status) + " " + string(other[where]); got != want {
					t.Errorf("%s: got %q, want %q", where, got, want)
				}
			}
			if len(one) != len(other) {
				t.Errorf("%d scenarios and rows in one report, %d in the other", len(one), len(other))
			}
		})
	}
}

// TestSamplesTogether pushes JSON and JUnit of one run at once: the one that tells more of the truth counts.
func TestSamplesTogether(t *testing.T) {
	t.Parallel()
	for sub, reports := range map[string][2]string{
		"cucumber-js/generated-cucumber-js-12.9.0":      {"out/cucumber.json", "out/junit.xml"},
		"playwright-bdd/generated-playwright-bdd-9.2.1": {"out/cucumber.json", "out/junit.xml"},
		"pytest-bdd/generated-pytest-bdd-8.1.0":         {"tests/out/junit.xml", "tests/out/cucumber.json"},
	} {
		t.Run(sub, func(t *testing.T) {
			t.Parallel()
			dir := openSamples(t, sub)
			files := readFeatures(t, dir)
			for _, o := range results.Match(files, readReports(t, dir, reports[0], reports[1]), results.Options{}) {
				if o.Accounting == behavepro.RetryOf && !strings.Contains(o.Reason, "told in more detail by "+reports[0]) {
					t.Errorf("%s: %s, want it to be told by %s", at(files, o), o.Reason, reports[0])
				}
			}
		})
	}
}

// statuses are those of the matched results, by path and line.
func statuses(t *testing.T, dir, reports string) map[string]behavepro.Status {
	t.Helper()
	files := readFeatures(t, dir)
	all := make(map[string]behavepro.Status)
	reported := readReports(t, dir, glob(t, dir, reports)...)
	for i, o := range results.Match(files, reported, results.Options{}) {
		if o.Accounting != behavepro.Matched {
			continue
		}
		place := strings.TrimPrefix(at(files, o), "matched ")
		all[place] = o.Status
		own := fmt.Sprintf("%s:%d", reported[i].Path, reported[i].Line)
		if name := reported[i].Name; reported[i].Line > 0 && own != place && !isOutline(files, o, reported[i].Line) {
			t.Errorf("%q of %s is matched to %s", name, own, place)
		}
	}
	return all
}

// isOutline says whether a line is that of the outline whose row was matched, as some runners report rows.
func isOutline(files []results.File, o results.Outcome, line int) bool {
	return o.Row >= 0 && files[o.File].Doc.Feature.Scenarios[o.Scenario].Line == line
}

// TestCompatibilityKit reads the streams of Cucumber's compatibility kit.
func TestCompatibilityKit(t *testing.T) {
	t.Parallel()
	root := openSamples(t, "cck-messages/cucumber+compatibility-kit/devkit")
	streams := glob(t, root, "samples/*/*.ndjson")
	files := readFeatures(t, root)
	for _, stream := range streams {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			reported := readReports(t, root, stream)
			outcomes := results.Match(files, reported, results.Options{})
			checkAccounting(t, reported, outcomes)
			got := results.Tally(outcomes)
			text, err := os.ReadFile(filepath.Join(root, stream))
			if err != nil {
				t.Fatal(err)
			}
			if want := bytes.Count(text, []byte(`{"testCaseStarted":`)); got.Read != want {
				t.Errorf("read %d results, want %d", got.Read, want)
			}
			if strings.Contains(stream, "/markdown/") { // .feature.md is no feature of a commit
				return
			}
			if got.Matched+got.RetryOf != got.Read {
				t.Errorf("accounting: %+v, want all matched", got)
				for i, o := range outcomes {
					t.Logf("%q: %s %s", reported[i].Name, o.Accounting, o.Reason)
				}
			}
		})
	}
}
