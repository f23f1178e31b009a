package sample

import (
	"crypto/sha1"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// run is one job's run of all features.
type run struct {
	started  time.Time
	files    files
	features []featureRun
}

type featureRun struct {
	path    string
	feature *gherkin.Feature
	cases   []testCase
}

// testCase is a scenario or row as a runner ran it.
type testCase struct {
	scenario int    // in the feature
	rule     string // its name
	example  string // "Examples name - #1.2", "" for a plain scenario
	name     string // rendered
	line     int
	tags     []gherkin.Tag
	steps    []gherkin.Step // rendered, those of backgrounds first
	attempts []attempt
}

// attempt is one try: a status per step.
type attempt struct {
	steps   []string
	message string // of the failed step
}

// status is the status of the whole.
func (a *attempt) status() string {
	for _, s := range []string{"failed", "skipped"} {
		if slices.Contains(a.steps, s) {
			return s
		}
	}
	return "passed"
}

// runFeature runs a feature for one job. used is told which rules said something.
func runFeature(path string, doc *gherkin.Document, params string, rules []rule, used []bool) featureRun {
	f := doc.Feature
	out := featureRun{path: path, feature: f}
	for i := range f.Scenarios {
		s := &f.Scenarios[i]
		base := testCase{scenario: i, name: s.Name, line: s.Line, tags: slices.Concat(f.Tags, s.Tags)}
		var steps []gherkin.Step
		if f.Background != nil {
			steps = append(steps, f.Background.Steps...)
		}
		if s.Rule > 0 {
			r := &f.Rules[s.Rule-1]
			base.rule, base.tags = r.Name, slices.Concat(f.Tags, r.Tags, s.Tags)
			if r.Background != nil {
				steps = append(steps, r.Background.Steps...)
			}
		}
		base.steps = append(steps, s.Steps...)
		out.cases = append(out.cases, cases(base, s)...)
	}
	out.cases = slices.DeleteFunc(out.cases, func(c testCase) bool { return !c.wanted(path, params, rules, used) })
	for i := range out.cases {
		out.cases[i].run(f.Scenarios[out.cases[i].scenario].Name, params, rules, used)
	}
	order(out.cases)
	return out
}

// cases are the rows of an outline, or the scenario itself.
func cases(base testCase, s *gherkin.Scenario) []testCase {
	if len(s.Examples) == 0 {
		return []testCase{base}
	}
	var rows []testCase
	for t := range s.Examples {
		ex := &s.Examples[t]
		for n := range ex.Rows {
			c := base
			var pairs []string
			for i, cell := range ex.Rows[n].Cells {
				pairs = append(pairs, "<"+ex.Header[i]+">", cell)
			}
			render := strings.NewReplacer(pairs...).Replace
			c.name, c.line, c.tags = render(s.Name), ex.Rows[n].Line, slices.Concat(base.tags, ex.Tags)
			c.example = fmt.Sprintf("%s - #%d.%d", ex.Name, t+1, n+1)
			if c.name != s.Name {
				c.example += ": " + c.name
			}
			c.steps = slices.Clone(base.steps)
			for i := range c.steps {
				c.steps[i] = rendered(c.steps[i], render)
			}
			rows = append(rows, c)
		}
	}
	return rows
}

func rendered(s gherkin.Step, render func(string) string) gherkin.Step {
	s.Text = render(s.Text)
	table := make([][]string, len(s.Table))
	for i, row := range s.Table {
		for _, cell := range row {
			table[i] = append(table[i], render(cell))
		}
	}
	s.Table = table
	return s
}

func (c *testCase) tagged(name string) bool {
	return slices.ContainsFunc(c.tags, func(t gherkin.Tag) bool { return t.Name == name })
}

// wanted reports whether a job runs a case at all: what people test by hand it never does.
func (c *testCase) wanted(path, params string, rules []rule, used []bool) bool {
	wanted := !c.tagged("@manual")
	for i, r := range rules {
		if r.params != "" && r.params != "*" && !slices.Contains(strings.Fields(params), r.params) {
			continue
		}
		switch r.verb {
		case "only":
			used[i] = true
			wanted = wanted && c.tagged(r.name)
		case "without":
			used[i] = used[i] || strings.HasPrefix(path, r.name)
			wanted = wanted && !strings.HasPrefix(path, r.name)
		}
	}
	return wanted
}

// run decides how a case ends. template is its scenario's name.
func (c *testCase) run(template, params string, rules []rule, used []bool) {
	passed := attempt{steps: slices.Repeat([]string{"passed"}, len(c.steps))}
	c.attempts = []attempt{passed}
	if c.tagged("@wip") {
		c.attempts = []attempt{{steps: slices.Repeat([]string{"skipped"}, len(c.steps))}}
		return
	}
	for i, r := range rules {
		about := r.name == c.name || r.name == template
		if !about || r.params != "*" && !slices.Contains(strings.Fields(params), r.params) {
			continue
		}
		at := slices.IndexFunc(c.steps, func(s gherkin.Step) bool { return strings.HasPrefix(s.Text, r.step) })
		if at < 0 {
			continue
		}
		used[i] = true
		failed := attempt{steps: slices.Clone(passed.steps), message: r.message}
		failed.steps[at] = "failed"
		for k := at + 1; k < len(failed.steps); k++ {
			failed.steps[k] = "skipped"
		}
		c.attempts = []attempt{failed}
		if r.verb == "flaky" {
			c.attempts = append(c.attempts, passed)
		}
	}
}

// took is how long a step took: some time, but always the same.
func took(c *testCase, step int) time.Duration {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", c.name, step)
	return time.Duration(3+h.Sum32()%180) * time.Millisecond
}

// duration is how long a case took.
func (c *testCase) duration() (d time.Duration) {
	for i := range c.steps {
		d += took(c, i)
	}
	return d
}

func blobSHA(text string) behavepro.SHA {
	return behavepro.SHA(sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(text), text)))
}
