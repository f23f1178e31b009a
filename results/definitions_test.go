package results_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results"

	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/internal/testenv"
)

// definitionStream is a run of two steps. The step 21 fits two definitions, its test case is told again for another attempt,
// and nothing fits the step 22. A hook is no definition, and 3 has no pattern.
const definitionStream = `{"meta":{"implementation":{"name":"x"}}}
{"stepDefinition":{"id":"1","pattern":{"source":"a card","type":"CUCUMBER_EXPRESSION"},"sourceReference":{"uri":"steps\\pay.js","location":{"line":3}}}}
{"stepDefinition":{"id":"2","pattern":{"source":"^a (.*)$","type":"REGULAR_EXPRESSION"},"sourceReference":{"javaMethod":{"className":"shop.PaySteps","methodName":"any","methodParameterTypes":["java.lang.String"]}}}}
{"stepDefinition":{"id":"3","pattern":{"source":""},"sourceReference":{"uri":"steps/none.js"}}}
{"stepDefinition":{"id":"4","pattern":{"source":"cash","type":"CUCUMBER_EXPRESSION"},"sourceReference":{"javaStackTraceElement":{"className":"shop.CashSteps","methodName":"<init>","fileName":"CashSteps.java"},"location":{"line":9}}}}
{"hook":{"id":"5","sourceReference":{"uri":"steps/hooks.js","location":{"line":1}}}}
{"pickle":{"id":"20","uri":"a.feature","name":"A","steps":[{"id":"21","text":"a card"},{"id":"22","text":"gold"}]}}
{"testCase":{"id":"30","pickleId":"20","testSteps":[{"id":"31","hookId":"5","stepDefinitionIds":["4"]},{"id":"32","stepDefinitionIds":["1","2"],"pickleStepId":"21"},{"id":"33","pickleStepId":"22","stepDefinitionIds":[]}]}}
{"testCase":{"id":"40","pickleId":"20","testSteps":[{"id":"42","pickleStepId":"21","stepDefinitionIds":["1","2"]}]}}
{"testCaseStarted":{"id":"s1","testCaseId":"30"}}
{"testCaseFinished":{"testCaseStartedId":"s1"}}
`

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
		{"another format", payReport, nil, false},
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

// TestStepDefinitionsOfAPush: they are stored once for a push, are there for its copies, and say so where some are left out.
func TestStepDefinitionsOfAPush(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	k.Branch("main", map[string]behavepro.SHA{"main": commit})
	files := map[string]string{"a.ndjson": definitionStream + runEnd, "b.ndjson": definitionStream + runEnd, "c.json": payReport}
	read := func(p *catalog.Push) *model.Definitions {
		t.Helper()
		d, err := k.Ingest.Catalog.Definitions(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if p.Definitions != len(d.All) {
			t.Errorf("the push counts %d, stored are %d", p.Definitions, len(d.All))
		}
		return d
	}
	want := []string{"^a (.*)$ REGULAR shop.PaySteps.any 2", "a card CUCUMBER steps/pay.js:3 2", "cash CUCUMBER shop.CashSteps.<init>:9 0"}
	p, _ := k.accept(results.Upload{Push: catalog.Push{Commit: commit}}, files)
	k.equal("definitions", defined(read(p)), want)
	if again, repeated := k.accept(results.Upload{Push: catalog.Push{Commit: commit}}, files); !repeated {
		t.Error("the same push is not known again")
	} else {
		k.equal("definitions of the same push again", defined(read(again)), want)
	}

	projects := []behavepro.ProjectKey{"SHOP"}
	nameless := catalog.Push{Repository: catalog.ForProjects(projects), Projects: projects, Commit: commit, Build: "9"}
	under, _ := k.accept(results.Upload{Push: nameless}, files)
	k.match(under)
	own, err := k.Ingest.Catalog.Push(ctx, k.Repo.ID, commit, under.ID)
	if err != nil {
		t.Fatal(err)
	}
	k.equal("definitions of a copy", defined(read(own)), want)

	none, _ := k.accept(results.Upload{Push: catalog.Push{Commit: commit, Build: "10"}}, map[string]string{"c.json": payReport})
	k.equal("definitions of a report that tells none", defined(read(none)), []string(nil))

	k.Bounds.Definitions = 2
	cut, _ := k.accept(results.Upload{Push: catalog.Push{Commit: commit, Build: "11"}}, files)
	k.equal("within the bound", []any{len(read(cut).All), read(cut).Cut}, []any{2, true})
	k.equal("note", cut.Notes, []string{"step definitions were left out: at most 2 of a push are kept, 8 MB in all, with patterns of at most 4096 bytes"})
	if flaws, err := k.Ingest.Catalog.Check(ctx, func(f catalog.Flaw) { t.Errorf("flaw: %s", f.What) }); err != nil || flaws.Pushes == 0 {
		t.Errorf("check: %+v %v", flaws, err)
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
