package results_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/results/report"
)

const shop = `Feature: Shop
  Scenario: Pay
    Given a cart
  Scenario: Twin
    Given one
  Scenario: Twin
    Given two
  Scenario Outline: Eat <n>
    Given <n>
    Examples: Few
      | n |
      | 1 |
      | 2 |
  Scenario Outline: Plain
    Given <n>
    Examples:
      | n |
      | 1 |
      | 1 |
  Rule: First
    Example: Same
      Given first
  Rule: Second
    Example: Same
      Given second
`

// commit is what the tests match against.
func commit() []match.File {
	return []match.File{
		newFile("features/shop.feature", []byte(shop)),
		newFile("features/a/login.feature", []byte("Feature: Login A\n  Scenario: In\n    Given a\n  Scenario: Only A\n    Given a\n")),
		newFile("features/b/login.feature", []byte("Feature: Login B\n  Scenario: In\n    Given b\n")),
		newFile("x/same.feature", []byte("Feature: Same\n  Scenario: One\n    Given x\n  Scenario: Extra\n    Given x\n")),
		newFile("y/same.feature", []byte("Feature: Same\n  Scenario: One\n    Given y\n")),
		newFile("broken.feature", []byte("what is this\n")),
	}
}

// at says where a result ended: "matched features/shop.feature:2", or the accounting alone.
func at(files []match.File, o match.Outcome) string {
	text := string(o.Accounting)
	if o.Scenario < 0 {
		return text
	}
	s := files[o.File].Doc.Feature.Scenarios[o.Scenario]
	line := s.Line
	if o.Row >= 0 {
		line = s.Examples[o.Examples].Rows[o.Row].Line
	}
	return fmt.Sprintf("%s %s:%d", text, files[o.File].Path, line)
}

func TestMatch(t *testing.T) {
	t.Parallel()
	on := func(line int, name string) read {
		return read{URI: "features/shop.feature", Path: "features/shop.feature", Feature: "Shop", Name: name, Line: line, Raw: "passed"}
	}
	named := func(names ...string) []read {
		var all []read
		for _, name := range names {
			all = append(all, read{Feature: "Shop", Name: name, Raw: "passed"})
		}
		return all
	}
	path := func(path, feature, name string, line int) read {
		return read{URI: path, Path: path, Feature: feature, Name: name, Line: line, Raw: "passed"}
	}
	started := func(r read, second int) read {
		r.Start = time.Unix(int64(second), 0)
		return r
	}
	in := func(r read, rule string) read {
		r.Rule = rule
		return r
	}
	trusted := func(r read, trust report.Trust) read {
		r.Trust = trust
		return r
	}
	for _, test := range []struct {
		name     string
		reported []read
		want     []string
		reason   string // a part of the first one's
	}{
		{"line and name", []read{on(2, "Pay"), on(12, "Eat 1"), on(13, "Eat <n>")}, []string{"matched features/shop.feature:2", "matched features/shop.feature:12", "matched features/shop.feature:13"}, ""},
		{"twins by line", []read{on(6, "Twin"), on(4, "Twin")}, []string{"matched features/shop.feature:6", "matched features/shop.feature:4"}, ""},
		{"twins in order where lines moved", []read{on(104, "Twin"), on(106, "Twin")}, []string{"matched features/shop.feature:4", "matched features/shop.feature:6"}, ""},
		{"equal rows in order where lines moved onto each other", []read{on(3, "Pay"), on(19, "Plain"), on(20, "Plain")}, []string{"matched features/shop.feature:2", "matched features/shop.feature:18", "matched features/shop.feature:19"}, ""},
		{"one of twins where lines moved", []read{on(6, "Twin"), on(4, "Pay")}, []string{"ambiguous", "matched features/shop.feature:2"}, "features/shop.feature:4, features/shop.feature:6"},
		{"moved", []read{on(99, "Pay")}, []string{"matched features/shop.feature:2"}, ""},
		{"renamed", []read{on(2, "Buy")}, []string{"unmatched"}, `renamed since: its line in features/shop.feature is now "Pay"`},
		{"gone", []read{on(99, "Buy 100%")}, []string{"unmatched"}, `features/shop.feature has no scenario "Buy 100%" in commit 1111111`},
		{"rows by the outline's line, rendered", []read{on(8, "Eat 2"), on(8, "Eat 1")}, []string{"matched features/shop.feature:13", "matched features/shop.feature:12"}, ""},
		{"rows by the outline's line, in order", []read{on(14, "Plain"), on(14, "Plain")}, []string{"matched features/shop.feature:18", "matched features/shop.feature:19"}, ""},
		{"fewer rows than there are", []read{on(14, "Plain")}, []string{"ambiguous"}, "2 scenarios or rows match"},
		{"the outline as a whole", []read{on(8, "Eat <n>")}, []string{"matched features/shop.feature:8"}, "as a whole"},
		{"same name in two rules", []read{in(on(99, "Same"), "Second"), in(on(98, "Same"), "First")}, []string{"matched features/shop.feature:24", "matched features/shop.feature:21"}, ""},
		{"attempts in the order of the report", []read{on(2, "Pay"), on(2, "Pay")}, []string{"retry-of features/shop.feature:2", "matched features/shop.feature:2"}, "attempt 1 of 2"},
		{"attempts in the order of their starts", []read{started(on(2, "Pay"), 9), started(on(2, "Pay"), 5)}, []string{"matched features/shop.feature:2", "retry-of features/shop.feature:2"}, ""},
		{"one run in two formats", []read{trusted(on(2, "Pay"), report.Steps), trusted(on(2, "Pay"), report.Names)}, []string{"matched features/shop.feature:2", "retry-of features/shop.feature:2"}, ""},

		{"JUnit: names of cucumber", named("Pay", "First - Same", "Second - Same", "Eat <n> - Few - #1.2: Eat 2", "Plain - #1.1", "Plain - Examples - #1.2"), []string{
			"matched features/shop.feature:2", "matched features/shop.feature:21", "matched features/shop.feature:24",
			"matched features/shop.feature:13", "matched features/shop.feature:18", "matched features/shop.feature:19",
		}, ""},
		{"JUnit: names of behave", named("Eat 1 -- @1.1 Few", "Plain -- @1.2 "), []string{"matched features/shop.feature:12", "matched features/shop.feature:19"}, ""},
		{"JUnit: names of godog", named("Twin #2", "Plain #1", "Same #2"), []string{"matched features/shop.feature:6", "matched features/shop.feature:18", "matched features/shop.feature:24"}, ""},
		{"JUnit: names of cucumber-ruby", named("Eat <n> (outline example : | 2 |)"), []string{"matched features/shop.feature:13"}, ""},
		{"JUnit: names of cucumber-js 8", named("Twin", "Twin [1]", "Second: Same"), []string{"matched features/shop.feature:4", "matched features/shop.feature:6", "matched features/shop.feature:24"}, ""},
		{"JUnit: twins in order", named("Twin", "Twin"), []string{"matched features/shop.feature:4", "matched features/shop.feature:6"}, ""},
		{"JUnit: three of two twins", named("Twin", "Twin", "Twin"), []string{"ambiguous", "ambiguous", "ambiguous"}, ""},
		{"JUnit: pytest's functions", []read{{Feature: "tests.test_x", Name: "test_pay", Raw: "passed"}, {Feature: "tests.test_x", Name: "test_eat_n[2]", Row: "2", Raw: "passed"}, {Feature: "tests.test_x", Name: "test_twin", Raw: "passed"}}, []string{"matched features/shop.feature:2", "matched features/shop.feature:13", "ambiguous"}, ""},
		{"JUnit: long names under one class", []read{{Feature: "RunCucumberTest", Name: "Shop - First - Same", Raw: "passed"}}, []string{"matched features/shop.feature:21"}, ""},
		{"JUnit: a class of unit tests is no feature", []read{{Feature: "com.acme.PayTest", Name: "Pay"}, {Feature: "com.acme.PayTest", Name: "rounds"}, {Feature: "com.acme.PayTest", Name: "adds"}}, []string{"unmatched", "unmatched", "unmatched"}, `no feature in commit 1111111 is named "com.acme.PayTest"`},
		{"JUnit: behave's class", []read{{Feature: "b.login.Login B", Name: "In"}, {Feature: "x.same.Same", Name: "One"}}, []string{"matched features/b/login.feature:2", "matched x/same.feature:2"}, ""},
		{"Behat: the line of a step", []read{{URI: "features/shop.feature", Path: "features/shop.feature", Name: "Twin", Line: 7, Loose: true}}, []string{"matched features/shop.feature:6"}, ""},

		{"the longest end of the path", []read{path("/ci/build/features/b/login.feature", "", "In", 2), path("a/login.feature", "", "In", 2)}, []string{"matched features/b/login.feature:2", "matched features/a/login.feature:2"}, ""},
		{"a bare file name, by the feature's name", []read{path("login.feature", "Login B", "In", 2)}, []string{"matched features/b/login.feature:2"}, ""},
		{"a bare file name, by votes", []read{path("login.feature", "", "In", 2), path("login.feature", "", "Only A", 4)}, []string{"matched features/a/login.feature:2", "matched features/a/login.feature:4"}, ""},
		{"a bare file name, undecided", []read{path("login.feature", "", "In", 2)}, []string{"ambiguous"}, "2 files fit"},
		{"another folder, the same feature", []read{path("dist/b/login.feature", "Login B", "In", 2)}, []string{"matched features/b/login.feature:2"}, "the report says dist/b/login.feature: taken for features/b/login.feature"},
		{"another folder and another feature", []read{path("old/login.feature", "Logout", "In", 2)}, []string{"unmatched"}, "file old/login.feature is not in commit 1111111 (the nearest is features/a/login.feature)"},
		{"no such file", []read{path("gone.feature", "Shop", "Pay", 2)}, []string{"unmatched"}, "(the nearest is features/shop.feature)"},
		{"a file that cannot be parsed", []read{path("broken.feature", "", "Pay", 2)}, []string{"unmatched"}, "broken.feature could not be parsed"},
		{"no file, no feature, no name", []read{{}}, []string{"unmatched"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := commit()
			outcomes := match.Match(files, test.reported, match.Options{Commit: behavepro.SHA{0x11, 0x11, 0x11, 0x11}})
			for i, o := range outcomes {
				if got := at(files, o); got != test.want[i] {
					t.Errorf("%q: got %s, want %s (%s)", test.reported[i].Name, got, test.want[i], o.Reason)
				}
				if o.Accounting != behavepro.Matched && o.Reason == "" {
					t.Errorf("%q is %s without a reason", test.reported[i].Name, o.Accounting)
				}
			}
			if !strings.Contains(outcomes[0].Reason, test.reason) {
				t.Errorf("reason: got %q, want %q", outcomes[0].Reason, test.reason)
			}
			checkAccounting(t, test.reported, outcomes)
		})
	}
}

// TestMatchSource checks that the text in a report decides: it finds the file whatever its path is, and a scenario that
// says something else in the commit is not matched.
func TestMatchSource(t *testing.T) {
	t.Parallel()
	run := func(text, uri string) []read {
		source := strings.ReplaceAll(strings.ReplaceAll(text, "\n", `\n`), `"`, `\"`)
		report := `{"source":{"uri":"` + uri + `","data":"` + source + `"}}
{"pickle":{"id":"1","uri":"` + uri + `","name":"Pay","location":{"line":%d}}}
{"testCase":{"id":"2","pickleId":"1","testSteps":[]}}
{"testCaseStarted":{"id":"3","testCaseId":"2"}}
{"testCaseFinished":{"testCaseStartedId":"3"}}
{"testRunFinished":{}}`
		line := strings.Count(text[:strings.Index(text, "Scenario: Pay")], "\n") + 1
		got, _ := readReport(t, "r", fmt.Appendf(nil, report, line))
		return got
	}
	for _, test := range []struct {
		name, text, uri string
		want, reason    string
	}{
		{"same text, other path", shop, "nowhere/x.feature", "matched features/shop.feature:2", ""},
		{"same text with Windows line ends", strings.ReplaceAll(shop, "\n", "\r\n"), "features/shop.feature", "matched features/shop.feature:2", ""},
		{"other text, same scenario", "# new\n" + shop, "features/shop.feature", "matched features/shop.feature:2", ""},
		{"other text, other scenario", strings.Replace(shop, "a cart", "two carts", 1), "features/shop.feature", "unmatched", "from another commit: its source of features/shop.feature is blob"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := commit()
			reported := run(strings.ReplaceAll(test.text, "\r\n", `\r\n`), test.uri)
			o := match.Match(files, reported, match.Options{})[0]
			if got := at(files, o); got != test.want || !strings.Contains(o.Reason, test.reason) {
				t.Errorf("got %s (%s), want %s (%s)", got, o.Reason, test.want, test.reason)
			}
		})
	}
}

// TestMatchTested checks results of a checkout that differs from the commit.
func TestMatchTested(t *testing.T) {
	t.Parallel()
	files := commit()
	merged := strings.Replace("# merged\n"+shop, "a cart", "two carts", 1)
	opt := match.Options{Tested: []match.File{newFile("features/shop.feature", []byte(merged))}}
	var reported []read
	for _, r := range []read{{Name: "Pay", Line: 3}, {Name: "Twin", Line: 7}, {Name: "Eat 2", Line: 14}, {Name: "Gone", Line: 50}} {
		r.URI, r.Path, r.Raw = "features/shop.feature", "features/shop.feature", "passed"
		reported = append(reported, r)
	}
	want := []string{"unmatched", "matched features/shop.feature:6", "matched features/shop.feature:13", "unmatched"}
	outcomes := match.Match(files, reported, opt)
	for i, o := range outcomes {
		if got := at(files, o); got != want[i] {
			t.Errorf("%q: got %s, want %s (%s)", reported[i].Name, got, want[i], o.Reason)
		}
	}
	if reason := outcomes[0].Reason; !strings.Contains(reason, "what was tested differs") {
		t.Errorf("reason: got %q", reason)
	}
}

// checkAccounting checks what holds for whatever is reported.
func checkAccounting(t testing.TB, reported []read, outcomes []match.Outcome) {
	t.Helper()
	c := match.Tally(outcomes)
	if len(outcomes) != len(reported) || c.Read != c.Matched+c.Ambiguous+c.Unmatched+c.RetryOf+c.Waiting {
		t.Errorf("of %d results the accounting is %+v", len(reported), c)
	}
	if c.Matched != c.Passed+c.Failed+c.Skipped {
		t.Errorf("statuses do not add up: %+v", c)
	}
	matched := make(map[[4]int]bool)
	for _, o := range outcomes {
		switch o.Accounting {
		case behavepro.Matched:
			key := [4]int{o.File, o.Scenario, o.Examples, o.Row}
			if matched[key] {
				t.Errorf("%v is matched twice", key)
			}
			matched[key] = true
		case behavepro.RetryOf:
		case behavepro.Ambiguous, behavepro.Unmatched:
			if o.Scenario != -1 || o.Row != -1 {
				t.Errorf("%s with a scenario: %+v", o.Accounting, o)
			}
		default:
			t.Errorf("accounting is %q", o.Accounting)
		}
	}
	for _, o := range outcomes {
		if key := [4]int{o.File, o.Scenario, o.Examples, o.Row}; o.Accounting == behavepro.RetryOf && !matched[key] {
			t.Errorf("%v has attempts, but no match", key)
		}
	}
}

// TestAccountingAddsUp corrupts and repeats good results at random.
func TestAccountingAddsUp(t *testing.T) {
	t.Parallel()
	files := commit()
	good := []read{}
	for _, f := range files {
		if f.Doc.Feature == nil {
			continue
		}
		for _, s := range f.Doc.Feature.Scenarios {
			good = append(good, read{File: "r", URI: f.Path, Path: f.Path, Feature: f.Doc.Feature.Name, Name: s.Name, Line: s.Line, Raw: "passed"})
			for _, e := range s.Examples {
				for _, row := range e.Rows {
					good = append(good, read{File: "r", URI: f.Path, Path: f.Path, Feature: f.Doc.Feature.Name, Name: s.Name, Line: row.Line, Raw: "failed"})
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func() read { return good[random.IntN(len(good))] }
	for range 500 {
		var reported []read
		for range random.IntN(40) {
			r := pick()
			switch random.IntN(9) {
			case 0:
				r.Line = random.IntN(30)
			case 1:
				r.Name = pick().Name
			case 2:
				r.Path, r.URI, r.Line = "", "", 0
			case 3:
				r.Path = r.Path[random.IntN(len(r.Path)):]
			case 4:
				r.Feature, r.Rule = pick().Feature, "Second"
			case 5:
				r.Raw, r.Start = "", time.Unix(random.Int64N(100), 0)
			case 6:
				r.Source = &report.Source{Blobs: []behavepro.SHA{files[random.IntN(len(files))].Blob}}
			case 7:
				r.Retry, r.Attempt = fmt.Sprint(random.IntN(3)), random.IntN(3)
			}
			reported = append(reported, r)
		}
		outcomes := match.Match(files, reported, match.Options{})
		checkAccounting(t, reported, outcomes)
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	got := match.Tally(match.Await([]read{{Raw: "passed"}, {Raw: "failed"}}))
	if want := (model.Counts{Read: 2, Waiting: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
