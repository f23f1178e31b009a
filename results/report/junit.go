package report

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
)

// junitFormat is JUnit XML in the flavours of the Cucumber family. It names a scenario by class and test name only, in
// a dozen ways; what the names mean is for the matching to find out.
var junitFormat = format{name: "JUnit XML", word: "junit", detect: isJUnit, read: readJUnit}

func isJUnit(head []byte) bool {
	return len(head) > 0 && head[0] == '<' && bytes.Contains(head, []byte("<testsuite"))
}

func readJUnit(rd *reading) error {
	j := &junitReader{reading: rd, xmlScanner: newXMLScanner(rd.in)}
	return j.walk(func() error { j.begin(); return nil }, j.end)
}

type junitReader struct {
	*reading
	*xmlScanner
	suites []suite
	test   *testcase
	tests  int
}

type suite struct {
	name, file string
	start      time.Time
}

// testcase is one test while it is read.
type testcase struct {
	Reported
	stated       string // the status attribute
	hasStated    bool
	derived      string // the worst of the children
	earlier      []Reported
	part         string // the child being read, where it matters
	partRaw      string
	partMessage  string
	partCut      bool
	earlierChild bool
}

func (j *junitReader) begin() {
	switch j.name {
	case "testsuites", "testsuite":
		s := suite{name: j.attr("name"), file: j.attr("file")}
		s.start, _ = time.Parse(time.RFC3339Nano, j.attr("timestamp"))
		if !s.start.IsZero() && (j.sum.Start.IsZero() || s.start.Before(j.sum.Start)) {
			j.sum.Start = s.start
		}
		j.suites = append(j.suites, s)
	case "testcase":
		j.test = j.testcase()
	case "failure", "error", "skipped", "flakyFailure", "flakyError", "rerunFailure", "rerunError":
		if j.test != nil && j.test.part == "" {
			j.test.begin(j.xmlScanner)
			j.collect(maxMessage)
		}
	case "system-out":
		if j.test != nil && j.test.part == "" && j.test.derived == "skipped" && j.test.Message == "" {
			j.test.part = j.name
			j.collect(maxMessage)
		}
	case "property":
		if j.test != nil && strings.EqualFold(j.attr("name"), "attachment") {
			j.test.Dropped++
		}
	}
}

func (j *junitReader) end() error {
	switch t := j.test; {
	case j.name == "testsuite" || j.name == "testsuites":
		if len(j.suites) > 0 {
			j.suites = j.suites[:len(j.suites)-1]
		}
	case j.name == "testcase" && t != nil:
		j.test = nil
		return j.finish(t)
	case t != nil && t.part == "system-out" && j.name == t.part:
		t.part = ""
		if !j.cut && allPassed(string(j.text)) {
			t.derived = "passed"
			j.note("playwright-bdd's JUnit calls a scenario skipped that passed when it was tried again: the steps that it lists were believed")
		}
		j.collect(0)
	case t != nil && t.part == j.name && t.part != "":
		t.end(j.text, j.cut)
		j.collect(0)
	}
	return nil
}

// allPassed says whether a test's output is a list of steps, as Cucumber's JUnit formatter writes it, that all passed.
func allPassed(output string) bool {
	steps := 0
	for line := range strings.Lines(strings.TrimSpace(output)) {
		if !strings.HasSuffix(strings.TrimSpace(line), "...passed") {
			return false
		}
		steps++
	}
	return steps > 0
}

// testcase begins a test with what its attributes and suites tell.
func (j *junitReader) testcase() *testcase {
	t := &testcase{}
	var own suite
	if n := len(j.suites); n > 0 {
		own = j.suites[n-1]
	}
	t.Suite, t.Feature, t.Name = own.name, j.attr("classname"), j.attr("name")
	t.Start, t.Trust = own.start, Names
	t.Duration = duration(seconds(j.attr("time")), time.Second)
	t.stated, t.hasStated = j.lookup("status")
	if file := j.attr("file"); isFeaturePath(file) {
		t.URI = file
		t.Line, _ = strconv.Atoi(j.attr("line"))
		t.Loose = true
	} else if isFeaturePath(own.file) {
		t.URI = own.file
	}
	t.place()
	j.tests++
	return t
}

// place reads what some writers hide in names: Karate's "[2.3:41] name", the paths of Playwright and cucumber-rs, and
// pytest's parameters.
func (t *testcase) place() {
	if i := strings.Index(t.Feature, ".feature"); t.URI == "" && i > 0 {
		t.URI = t.Feature[:i+len(".feature")] // features/a.feature.spec.js
	}
	if label := between(strings.SplitAfter(t.Name, "]")[0], '[', ']'); strings.HasPrefix(t.Name, "[") && label != "" {
		if _, line := splitLine(label); line > 0 && strings.Trim(label, "0123456789.:") == "" {
			t.Line = line
			t.Name = strings.TrimSpace(t.Name[len(label)+2:])
			if t.URI == "" {
				t.URI = t.Feature + ".feature"
			}
			return
		}
	}
	if at, line := splitLine(t.Name); line > 0 && isFeaturePath(at) {
		if i := strings.LastIndex(at, ": "); i > 0 {
			t.Line, t.URI, t.Name = line, at[i+2:], at[:i]
			t.Rule, t.Name = cutNames(t.Name)
		}
	}
	if strings.HasPrefix(t.Name, "test_") {
		t.Row = between(t.Name, '[', ']')
	}
}

// cutNames reads "Rule: r: Scenario: s".
func cutNames(name string) (rule, scenario string) {
	if rest, ok := strings.CutPrefix(name, "Rule: "); ok {
		if i := strings.Index(rest, ": Scenario: "); i >= 0 {
			return rest[:i], rest[i+len(": Scenario: "):]
		}
	}
	return "", strings.TrimPrefix(name, "Scenario: ")
}

func isFeaturePath(p string) bool {
	return strings.HasSuffix(strings.ToLower(p), ".feature")
}

// begin takes up a child that tells how the test ended.
func (t *testcase) begin(x *xmlScanner) {
	t.part, t.partMessage, t.partCut = x.name, x.attr("message"), x.long("message")
	t.earlierChild = false
	kind := strings.ToLower(x.attr("type"))
	switch t.part {
	case "failure":
		t.partRaw = "failed"
	case "skipped":
		t.partRaw = "skipped"
		if strings.HasSuffix(kind, "xfail") {
			t.partRaw = "xfailed"
		}
	case "error":
		t.partRaw = "error"
	default:
		t.partRaw, t.earlierChild = "failed", true
	}
	switch kind {
	case "skipped", "undefined", "pending", "ambiguous": // godog, Behat
		t.partRaw = kind
	}
}

// end closes the child with its text.
func (t *testcase) end(body []byte, cut bool) {
	text := strings.TrimSpace(clean(body))
	message := t.partMessage
	switch {
	case message == "" || strings.HasPrefix(text, message):
		message = text
	case text != "" && len(message)+len(text) < maxMessage:
		message += "\n" + text
		cut = cut || t.partCut
	default:
		cut = t.partCut || text != "" // a text that does not fit is left out as a whole
	}
	switch {
	case t.earlierChild:
		t.earlier = append(t.earlier, Reported{Raw: t.partRaw, Message: message, Cut: cut})
	case rank(t.partRaw) > rank(t.derived):
		t.derived, t.Message, t.Cut = t.partRaw, message, cut
	}
	t.part = ""
}

// finish sends the test, and before it the attempts that surefire keeps inside it.
func (j *junitReader) finish(t *testcase) error {
	t.Raw = t.raw()
	if len(t.earlier) > 0 {
		t.Retry = "t" + strconv.Itoa(j.tests)
	}
	for i := range t.earlier {
		r := t.Reported
		r.Raw, r.Message, r.Cut = t.earlier[i].Raw, t.earlier[i].Message, t.earlier[i].Cut
		r.Attempt, r.Duration, r.Dropped = i, 0, 0
		if err := j.send(r); err != nil {
			return err
		}
	}
	t.Attempt = len(t.earlier)
	return j.send(t.Reported)
}

// send is the reading's.
func (j *junitReader) send(r Reported) error { return j.reading.send(r) }

// raw is the test's word: that of its children, made more precise by the status attribute, which godog and behave
// write. godog calls a scenario passed that skipped itself, and leaves the word empty where no step ran.
func (t *testcase) raw() string {
	stated := t.stated
	switch strings.ToLower(stated) {
	case "run", "ran", "executed", "completed", "done", "finished":
		stated, t.hasStated = "", false
	case "notrun":
		stated = "untested"
	}
	if t.derived == "" {
		switch {
		case stated != "":
			return stated
		case t.hasStated:
			return none
		}
		return "passed"
	}
	claim, known := behavepro.StatusOf(stated)
	status, _ := behavepro.StatusOf(t.derived)
	if stated != "" && known && (claim == status || claim == behavepro.Failed) {
		return stated
	}
	return t.derived
}

// seconds reads "0.5", "6.6e-05", "1,234.5" and "0,5".
func seconds(text string) float64 {
	if strings.Contains(text, ".") {
		text = strings.ReplaceAll(text, ",", "")
	} else {
		text = strings.Replace(text, ",", ".", 1)
	}
	s, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return 0
	}
	return s
}
