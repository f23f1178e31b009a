package results_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/results/report"
)

// formatsFolder holds one feature and what each format says of one run of it. The reports are written by hand in the
// shape of their runners; runs of real runners are compared in runners_test.go.
const formatsFolder = "testdata/formats"

// eaten is what became of each scenario and row of that run, by its line.
var eaten = map[string]behavepro.Status{
	"Features/Shop/Eating.feature:6": "passed", "Features/Shop/Eating.feature:9": "failed", "Features/Shop/Eating.feature:12": "failed",
	"Features/Shop/Eating.feature:15": "failed", "Features/Shop/Eating.feature:19": "skipped", "Features/Shop/Eating.feature:28": "passed",
	"Features/Shop/Eating.feature:29": "passed", "Features/Shop/Eating.feature:33": "failed", "Features/Shop/Eating.feature:36": "passed",
}

// ownReports are the reports beside the feature, with the format that their content shows.
var ownReports = map[string]string{
	"mstest.trx": "TRX", "nunit.trx": "TRX", "nunit2.xml": "NUnit XML", "nunit3.xml": "NUnit XML", "xunit1.xml": "xUnit.net XML",
	"xunit2.xml": "xUnit.net XML", "TestExecution.json": "TestExecution JSON", "behat.json": "Behat JSON", "serenity.json": "Serenity outcome JSON",
	"Eating.karate-json.txt": "Karate JSON", "godog-events.ndjson": "godog events", "pytest-bdd.xml": "JUnit XML",
}

func ownReport(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(formatsFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestFormatsAgree: whatever the format, each scenario and row of the run has the same status.
func TestFormatsAgree(t *testing.T) {
	t.Parallel()
	files := readFeatures(t, formatsFolder)
	for name, format := range ownReports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reported, sum := readReport(t, name, ownReport(t, name))
			if sum.Format != format || sum.Unreadable != "" || sum.UnknownWords != nil {
				t.Errorf("read as %q, unreadable %q, unknown words %v", sum.Format, sum.Unreadable, sum.UnknownWords)
			}
			outcomes := match.Match(files, reported, match.Options{})
			checkAccounting(t, reported, outcomes)
			if len(outcomes) != len(eaten) {
				t.Errorf("%d results, want %d", len(outcomes), len(eaten))
			}
			for i, o := range outcomes {
				where := strings.TrimPrefix(at(files, o), "matched ")
				if want := eaten[where]; o.Status != want {
					t.Errorf("%q (%s) is %s %s, want %q: %s", reported[i].Name, reported[i].Raw, where, o.Status, want, o.Reason)
				}
				if r := reported[i]; o.Status == behavepro.Failed && strings.Contains(where, ":9") && !strings.Contains(r.Message, "Expected: 1 but was: 2") {
					t.Errorf("message: got %q", r.Message)
				}
				if r := reported[i]; r.Duration != 0 && r.Duration != 1500*time.Millisecond {
					t.Errorf("%q took %v", r.Name, r.Duration)
				}
			}
		})
	}
}

// TestReportsOfOneRunTogether: pytest-bdd from version 8 knows rules, but its JSON leaves out a step that was not found and
// a scenario that was skipped before it began. Beside its JUnit, which has them, that does not count.
func TestReportsOfOneRunTogether(t *testing.T) {
	t.Parallel()
	const feature = "Features/Shop/Eating.feature"
	alone := maps.Clone(eaten)
	delete(alone, feature+":19")
	alone[feature+":12"] = behavepro.Passed
	if diff := cmp.Diff(alone, statuses(t, formatsFolder, "pytest-bdd.json")); diff != "" {
		t.Errorf("JSON alone (-want +got):\n%s", diff)
	}
	both := []string{"pytest-bdd.xml", "pytest-bdd.json"}
	if diff := cmp.Diff(eaten, statuses(t, formatsFolder, both...)); diff != "" {
		t.Errorf("together (-want +got):\n%s", diff)
	}
	files := readFeatures(t, formatsFolder)
	for _, o := range match.Match(files, readReports(t, formatsFolder, both...), match.Options{}) {
		if o.Accounting == behavepro.RetryOf && !strings.Contains(o.Reason, "told in more detail by pytest-bdd.xml") {
			t.Errorf("%s: %s", at(files, o), o.Reason)
		}
	}
}

// TestFormatsAreCutOff: of a report that ends early everything before its end counts, and the place is told.
func TestFormatsAreCutOff(t *testing.T) {
	t.Parallel()
	for name := range ownReports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := ownReport(t, name)
			all, _ := readReport(t, name, whole)
			most := 0
			for _, part := range []int{10, 50, 90, 99} {
				cut := bytes.TrimSpace(whole[:len(whole)*part/100])
				some, sum := readReport(t, name, cut)
				if sum.Unreadable == "" && len(some) == len(all) {
					t.Errorf("of %d%% everything was read", part)
				}
				if sum.Unreadable == "" && !strings.HasSuffix(string(cut), "}") {
					t.Errorf("%d%% of it: nothing is said to be cut off", part)
				}
				if len(some) < most {
					t.Errorf("of %d%% %d results were read, of less %d", part, len(some), most)
				}
				most = len(some)
			}
			if most < len(all)-1 {
				t.Errorf("of 99%% %d results were read, want all but the last of %d", most, len(all))
			}
		})
	}
}

// TestForceFormat: what --format says is tried, and what it gives is told.
func TestForceFormat(t *testing.T) {
	t.Parallel()
	read := func(format, text string) (int, report.Summary, error) {
		n := 0
		sum, err := report.ReadAs(t.Context(), format, "r", strings.NewReader(text), func(report.Reported) error { n++; return nil })
		return n, sum, err
	}
	odd := `{"comment":"by hand","scenarioResults":[{"name":"A","line":1}]}`
	if n, sum, err := read("karate", odd); n != 1 || sum.Format != "Karate JSON" || err != nil {
		t.Errorf("forced: %d results of %q, %v", n, sum.Format, err)
	}
	if _, sum, err := read("junit", odd); !strings.Contains(sum.Unreadable, "no result of JUnit XML in it, which --format junit says it is") || err != nil {
		t.Errorf("wrongly forced: unreadable %q, %v", sum.Unreadable, err)
	}
	if _, _, err := read("cuke", odd); err == nil || !strings.Contains(err.Error(), `"cuke"`) {
		t.Errorf("an unknown word: %v", err)
	}
	for i, word := range report.FormatWords() {
		if err := report.CheckFormat(word); err != nil {
			t.Errorf("%s (%s): %v", word, report.Formats()[i], err)
		}
	}
}
