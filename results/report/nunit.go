package report

import (
	"cmp"
	"strings"
	"time"
)

// nunitFormat is the XML of NUnit 3, and that of NUnit 2, which other runners of .NET write as well.
var nunitFormat = format{name: "NUnit XML", word: "nunit", dotnet: true, detect: isNUnit, read: readNUnit}

func isNUnit(head []byte) bool {
	root := rootElement(head)
	return root == "test-run" || root == "test-results" || root == "test-suite" || root == "test-case"
}

func readNUnit(rd *reading) error {
	n := &nunitReader{reading: rd, xmlScanner: newXMLScanner(rd.in)}
	return n.walk(func() error { n.begin(); return nil }, n.end)
}

type nunitReader struct {
	*reading
	*xmlScanner
	suites []nunitSuite
	test   *dotnetTest
}

type nunitSuite struct{ kind, name, class, title string }

func (n *nunitReader) begin() {
	switch n.name {
	case "test-run", "test-results":
		n.sum.Start = firstTime(n.attr("start-time"), n.attr("date")+" "+n.attr("time"))
	case "test-suite":
		n.suites = append(n.suites, nunitSuite{n.attr("type"), n.attr("name"), n.attr("classname"), n.attr("description")})
	case "test-case":
		n.testCase()
	case "property":
		if n.attr("name") != "Description" {
			return
		}
		if n.test != nil {
			n.test.title = n.attr("value")
		} else if last := len(n.suites) - 1; last >= 0 {
			n.suites[last].title = n.attr("value")
		}
	case "message":
		if n.test != nil {
			n.collect(maxMessage)
		}
	case "attachment":
		if n.test != nil {
			n.test.dropped++
		}
	}
}

// testCase begins a test with what its attributes and the suites around it tell.
func (n *nunitReader) testCase() {
	t := &dotnetTest{
		class: n.attr("classname"), display: n.attr("name"), title: n.attr("description"), raw: nunitWord(n.xmlScanner),
		start: firstTime(n.attr("start-time")),
	}
	t.took = duration(seconds(cmp.Or(n.attr("duration"), n.attr("time"))), time.Second)
	for i := len(n.suites) - 1; i >= 0; i-- {
		s := &n.suites[i]
		if s.kind != "TestFixture" && (t.class == "" || s.class != t.class) {
			continue
		}
		t.feature = s.title
		if t.class == "" {
			t.class = cmp.Or(s.class, s.name)
		}
		break
	}
	if t.start.IsZero() {
		t.start = n.sum.Start
	}
	// NUnit 2 puts namespace and class before the method.
	method, _, _ := strings.Cut(t.display, "(")
	if dot := strings.LastIndexByte(method, '.'); dot > 0 && !strings.Contains(method, " ") {
		if t.class == "" || !strings.Contains(t.class, ".") {
			t.class = method[:dot]
		}
		t.display = t.display[dot+1:]
	}
	n.test = t
}

// nunitWord is the word for a test: the label, where it is more precise than the result.
func nunitWord(x *xmlScanner) string {
	label, result := x.attr("label"), x.attr("result")
	switch {
	case label == "Invalid" || result == "NotRunnable":
		return "error"
	case label == "Cancelled" || result == "Cancelled":
		return "aborted"
	case label == "Error" || label == "Ignored":
		return label
	case result == "" && strings.EqualFold(x.attr("executed"), "false"):
		return "NotExecuted"
	case result != "":
		return result
	}
	switch strings.ToLower(x.attr("success")) { // the oldest NUnit 2 has no word
	case "true":
		return "success"
	case "false":
		return "failure"
	}
	return none
}

func (n *nunitReader) end() error {
	switch n.name {
	case "test-suite":
		if last := len(n.suites) - 1; last >= 0 {
			n.suites = n.suites[:last]
		}
	case "message":
		if n.test != nil && n.test.message == "" {
			n.test.message, n.test.cut = strings.TrimSpace(clean(n.text)), n.cut
		}
		n.collect(0)
	case "test-case":
		if t := n.test; t != nil {
			n.test = nil
			return n.reading.send(t.reported())
		}
	}
	return nil
}
