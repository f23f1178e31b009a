package results_test

import "testing"

const (
	flaky     = "features/flaky.feature:3"
	pending   = "features/statuses.feature:13"
	undefined = "features/statuses.feature:18"
	ambiguous = "features/statuses.feature:23"
	skipping  = "features/statuses.feature:27"
	tagged    = "features/statuses.feature:32"
	empty     = "features/statuses.feature:35"
	before    = "features/hooks.feature:4"
	after     = "features/hooks.feature:8"
	twin      = "features/duplicates.feature:3"
	otherTwin = "features/duplicates.feature:6"
	unnamed   = "features/duplicates.feature:9"
	french    = "features/sub dir/avec espace.feature:4"
	frenchRow = "features/sub dir/avec espace.feature:12"
)

var (
	once      = known{flaky: "failed"} // the runner tries nothing twice
	emptyPass = known{empty: "passed"} // JUnit has no word for a scenario without steps
)

var runners = []runner{
	{
		name: "cucumber-js 5", folder: "cucumber-js", npm: "cucumber-js-5", node: 6,
		without: []string{"rules.feature"}, // 5 knows no rules
		run:     [][]string{{"node_modules/.bin/cucumber-js", "--require", "steps.js", "--format", "json:out/cucumber.json", "features/**/*.feature"}},
		reports: map[string]string{"json": "out/cucumber.json"},
		differ:  once,
	},
	cucumberJS("7", 12, nil),
	cucumberJS("8", 12, known{empty: "failed"}), // its own writer of JUnit calls an empty scenario a failure
	cucumberJS("12", 20, emptyPass),
	cucumberJS("13", 22, emptyPass),
	{
		name: "playwright-bdd", folder: "playwright-bdd", npm: "playwright-bdd", node: 20,
		without: []string{"duplicates.feature"}, // it refuses two scenarios of one name
		run:     [][]string{{"node_modules/.bin/bddgen"}, {"node_modules/.bin/playwright", "test"}},
		reports: map[string]string{"json": "out/cucumber.json", "messages": "out/messages.ndjson", "junit": "out/junit.xml", "playwright": "out/playwright.xml"},
		// It has no pending and no ambiguous steps, and is told to skip scenarios with undefined ones.
		differ: known{pending: "skipped", undefined: "skipped", ambiguous: "passed"},
		lies: map[string]known{
			"junit":      emptyPass, // a flaky pass is called skipped there: the steps are believed
			"playwright": emptyPass,
		},
	},
	{
		name: "behave", folder: "behave", into: "features",
		without: []string{"rules.feature"}, // 1.2.6 knows no rules
		run:     [][]string{{"behave", "-f", "json", "-o", "out/behave.json", "--junit", "--junit-directory", "out/junit"}},
		reports: map[string]string{"json": "out/behave.json", "junit": "out/junit/*.xml"},
		lies:    map[string]known{"junit": emptyPass},
	},
	{
		name: "pytest-bdd", folder: "pytest-bdd",
		without: []string{"rules.feature"}, // 5 knows no rules
		run:     [][]string{{"/usr/bin/python3", "-m", "pytest", "-p", "no:cacheprovider", "--cucumberjson=out/cucumber.json", "--junitxml=out/junit.xml"}},
		reports: map[string]string{"json": "out/cucumber.json", "junit": "out/junit.xml"},
		// 5 knows no language but English. Of scenarios of one name it runs the last, and it makes no test of one without a name.
		differ: known{flaky: "failed", twin: "missing", unnamed: "missing", french: "missing", frenchRow: "missing"},
		lies: map[string]known{
			"json": { // see the note that the reader gives
				pending: "passed", undefined: "passed", skipping: "passed", tagged: "missing", empty: "missing", before: "missing", after: "passed",
			},
			"junit":    {empty: "passed", otherTwin: "missing"}, // which of the twins ran cannot be told by the name
			"together": {empty: "passed"},
		},
	},
	{
		name: "cucumber-ruby", folder: "cucumber-ruby", into: "features/step_definitions",
		without: []string{"rules.feature"}, // 2.4 knows no rules
		run:     [][]string{{"cucumber", "--format", "json", "--out", "out/cucumber.json", "--format", "junit", "--out", "out/junit"}},
		reports: map[string]string{"json": "out/cucumber.json", "junit": "out/junit/*.xml"},
		differ:  once,
		lies:    map[string]known{"junit": {empty: "passed", pending: "skipped", undefined: "skipped"}}, // unless --strict is given
	},
	{
		name: "godog", runs: func(t *testing.T, dir string) { runGodog(t, dir, true) },
		reports: map[string]string{"json": "out/cucumber.json", "junit": "out/junit.xml", "events": "out/events.ndjson"},
		differ:  once,
	},
	{
		name: "godog without strict", runs: func(t *testing.T, dir string) { runGodog(t, dir, false) },
		reports: map[string]string{"json": "out/cucumber.json", "junit": "out/junit.xml", "events": "out/events.ndjson"},
		differ:  known{flaky: "failed", ambiguous: "passed"}, // the first of several definitions is taken
	},
}

// cucumberJS is one of its versions, with the oldest Node.js that it takes; lies are those of its JUnit, which 7 does not write.
func cucumberJS(version string, node int, lies known) runner {
	run := []string{
		"node_modules/.bin/cucumber-js", "--require", "steps.js", "--retry", "1",
		"--format", "json:out/cucumber.json", "--format", "message:out/messages.ndjson",
	}
	r := runner{
		name: "cucumber-js " + version, folder: "cucumber-js", npm: "cucumber-js-" + version, node: node,
		reports: map[string]string{"json": "out/cucumber.json", "messages": "out/messages.ndjson"},
		lies:    map[string]known{"junit": lies},
	}
	if lies != nil {
		run = append(run, "--format", "junit:out/junit.xml")
		r.reports["junit"] = "out/junit.xml"
	}
	r.run = [][]string{append(run, "features/**/*.feature")}
	return r
}
