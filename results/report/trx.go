package report

import (
	"strings"
	"time"
)

// trxFormat is the report of `dotnet test --logger trx`. It tells the results first and what was tested after them, so
// the results are held until both are known.
var trxFormat = format{name: "TRX", word: "trx", dotnet: true, detect: isTRX, read: readTRX}

func isTRX(head []byte) bool { return rootElement(head) == "TestRun" }

func readTRX(rd *reading) error {
	t := &trxReader{reading: rd, xmlScanner: newXMLScanner(rd.in), tests: map[string]*trxTest{}}
	err := t.walk(t.begin, func() error { t.end(); return nil })
	for _, one := range t.results {
		if sent := t.reading.send(t.reported(one)); sent != nil {
			return sent
		}
	}
	return err
}

type trxReader struct {
	*reading
	*xmlScanner
	results []*trxResult
	open    []*trxResult // those being read, one inside the other
	tests   map[string]*trxTest
	test    *trxTest
	key     string // of a property
}

type trxResult struct {
	dotnetTest
	testID string
}

// trxTest is a definition: the method, and the titles that MSTest keeps of it.
type trxTest struct {
	id, class, method, title, feature string
	cells                             []string
}

func (t *trxReader) begin() error {
	switch t.name {
	case "Times":
		t.sum.Start = firstTime(t.attr("start"))
	case "UnitTestResult":
		return t.beginResult()
	case "ResultFile":
		if n := len(t.open); n > 0 {
			t.open[n-1].dropped++
		}
	case "Message", "Description", "Key", "Value":
		t.collect(maxMessage)
	case "UnitTest":
		t.test = &trxTest{id: t.attr("id")}
	case "TestMethod":
		if t.test != nil {
			t.test.class, t.test.method = t.attr("className"), t.attr("name")
		}
	}
	return nil
}

func (t *trxReader) beginResult() error {
	r := &trxResult{testID: t.attr("testId")}
	r.display, r.raw = t.attr("testName"), t.attr("outcome")
	if r.raw == "" {
		r.raw = "Error" // the word that is left out
	}
	r.took, r.start = clockDuration(t.attr("duration")), firstTime(t.attr("startTime"))
	if n := len(t.open); n > 0 { // a row of its own: what holds it is no result
		t.drop(t.open[n-1])
	}
	t.open = append(t.open, r)
	t.results = append(t.results, r)
	return t.hold(512 + len(r.display))
}

// drop takes a result out that only holds those of its rows.
func (t *trxReader) drop(outer *trxResult) {
	for i := len(t.results) - 1; i >= 0; i-- {
		if t.results[i] == outer {
			t.results = append(t.results[:i], t.results[i+1:]...)
			return
		}
	}
}

func (t *trxReader) end() {
	switch t.name {
	case "UnitTestResult":
		if n := len(t.open); n > 0 {
			t.open = t.open[:n-1]
		}
	case "Message":
		if n := len(t.open); n > 0 {
			t.open[n-1].message, t.open[n-1].cut = strings.TrimSpace(clean(t.text)), t.cut
			t.held += len(t.text)
		}
	case "Description":
		if t.test != nil {
			t.test.title = strings.TrimSpace(clean(t.text))
		}
	case "Key":
		t.key = clean(t.text)
	case "Value":
		t.property(clean(t.text))
	case "UnitTest":
		if t.test != nil && len(t.tests) < maxResults {
			t.tests[t.test.id] = t.test
			t.held += 256 + len(t.test.title)
		}
		t.test = nil
		return
	default:
		return
	}
	t.collect(0)
}

func (t *trxReader) property(value string) {
	switch name, isCell := strings.CutPrefix(t.key, "Parameter:"); {
	case t.test == nil:
	case isCell && name != "" && len(t.test.cells) < maxCells:
		t.test.cells = append(t.test.cells, value)
	case t.key == "FeatureTitle":
		t.test.feature = value
	}
}

func (t *trxReader) reported(r *trxResult) Reported {
	if test := t.tests[r.testID]; test != nil {
		r.class, r.title, r.feature, r.cells = test.class, test.title, test.feature, test.cells
	}
	if r.start.Equal(time.Time{}) {
		r.start = t.sum.Start
	}
	return r.dotnetTest.reported()
}
