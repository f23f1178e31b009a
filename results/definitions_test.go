package results_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/internal/testenv"
)

// definitionStream is a run of two steps. The step 21 fits two definitions, its test case is told again for another attempt,
// and nothing fits the step 22. A hook is no definition, and 3 has no pattern.
var definitionStream = func() string {
	text, err := os.ReadFile("testdata/definitions.ndjson")
	if err != nil {
		panic(err)
	}
	return string(text)
}()

const runEnd = `{"testRunFinished":{"success":true}}` + "\n"

// defined writes definitions as text: pattern, type, place and uses.
func defined(d *model.Definitions) []string {
	var out []string
	for i := range d.All {
		def := &d.All[i]
		out = append(out, fmt.Sprintf("%s %s %s %d", def.Pattern, strings.TrimSuffix(def.Type, "_EXPRESSION"), def.At(), def.Uses))
	}
	return out
}

func TestStepDefinitions(t *testing.T) {
	t.Parallel()
	once := []string{"^a (.*)$ REGULAR shop.PaySteps.any 1", "a card CUCUMBER steps/pay.js:3 1", "cash CUCUMBER shop.CashSteps.<init>:9 0"}
	twice := []string{"^a (.*)$ REGULAR shop.PaySteps.any 2", "a card CUCUMBER steps/pay.js:3 2", "cash CUCUMBER shop.CashSteps.<init>:9 0"}
	lines := strings.SplitAfter(definitionStream+runEnd, "\n")
	backwards := slices.Clone(lines[1:])
	slices.Reverse(backwards)
	for _, test := range []struct {
		name, report string
		want         []string
		partial      bool
	}{
		{"whole", definitionStream + runEnd, once, false},
		{"the last line first", strings.Join(backwards, ""), once, false},
		{"two streams with the same ids", strings.Repeat(definitionStream+runEnd, 2), twice, false},
		{"run cut off", definitionStream, once, true},
		{"a broken line", definitionStream + "{oops}\n" + runEnd, once, true},
		{"another format", `[{"uri":"a.feature","elements":[{"type":"scenario","name":"A","steps":[]}]}]`, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, sum := readReport(t, "r", []byte(test.report))
			if diff := cmp.Diff(test.want, defined(&sum.Definitions)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got := sum.Definitions; got.Partial != test.partial || got.Cut {
				t.Errorf("partial %v, cut %v; want partial %v", got.Partial, got.Cut, test.partial)
			}
		})
	}
}

// TestBytesOfStepDefinitions: many long patterns are as bounded as many patterns.
func TestBytesOfStepDefinitions(t *testing.T) {
	t.Parallel()
	var report strings.Builder
	long := strings.Repeat("x", 4000)
	for i := range 3000 {
		fmt.Fprintf(&report, `{"stepDefinition":{"id":"%d","pattern":{"source":"%s %04d"},"sourceReference":{"uri":"a.js"}}}`+"\n", i, long, i)
	}
	fmt.Fprintf(&report, `{"stepDefinition":{"id":"long","pattern":{"source":"%s%s"}}}`+"\n", long, long)
	_, sum := readReport(t, "r", []byte(report.String()))
	if got := len(sum.Definitions.All); got < 2000 || got > 2100 || !sum.Definitions.Cut {
		t.Errorf("%d step definitions of 4 KB were kept, cut %v; want 8 MB of them", got, sum.Definitions.Cut)
	}
}

// checkDefinitions holds what the messages of cucumber-js tell against the steps that it ran.
func checkDefinitions(t *testing.T, dir string) {
	t.Helper()
	report, err := os.ReadFile(filepath.Join(dir, "out/messages.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(filepath.Join(dir, "steps.js"))
	if err != nil {
		t.Fatal(err)
	}
	_, sum := readReport(t, "messages.ndjson", report)
	used := map[string]int{}
	for _, def := range sum.Definitions.All {
		used[def.Pattern] = def.Uses
		if def.Place != "steps.js" || def.Line < 1 {
			t.Errorf("%s: is at %s, want a line of steps.js", def.Pattern, def.At())
		}
		if def.Uses == 0 {
			t.Errorf("%s: is used by no step", def.Pattern)
		}
	}
	if used["an ambiguous step"] != 1 || used["a passing step"] < 3 {
		t.Errorf("uses: %v", used)
	}
	if want := strings.Count("\n"+string(code), "\nGiven("); len(sum.Definitions.All) != want {
		t.Errorf("%d step definitions, want %d: %q", len(sum.Definitions.All), want, defined(&sum.Definitions))
	}
}

// TestStepDefinitionsOfTheKit reads what Cucumber's compatibility kit tells of step definitions.
func TestStepDefinitionsOfTheKit(t *testing.T) {
	t.Parallel()
	root := testenv.CompatibilityKit(t)
	for stream, want := range map[string][]string{
		"samples/unused-steps/unused-steps.ndjson": {
			"a step that is not used CUCUMBER samples/unused-steps/unused-steps.ts:7 0", "a step that is used CUCUMBER samples/unused-steps/unused-steps.ts:3 1",
		},
		"samples/hooks/hooks.ndjson": {"a step fails CUCUMBER samples/hooks/hooks.ts:11 1", "a step passes CUCUMBER samples/hooks/hooks.ts:7 1"},
		"samples/retry/retry.ndjson": nil,
	} {
		report, err := os.ReadFile(filepath.Join(root, stream))
		if err != nil {
			t.Fatal(err)
		}
		_, sum := readReport(t, stream, report)
		if want == nil { // every step is used once, however often it is tried
			for _, def := range sum.Definitions.All {
				if def.Uses != 1 {
					t.Errorf("%s: %q has %d uses, want 1", stream, def.Pattern, def.Uses)
				}
			}
			continue
		}
		if diff := cmp.Diff(want, defined(&sum.Definitions)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", stream, diff)
		}
	}
}
