package report

import (
	"cmp"
	"strings"
	"time"
)

// xunitFormat is the XML of xUnit.net 2, and that of xUnit.net 1, which has classes where it has collections.
var xunitFormat = format{name: "xUnit.net XML", word: "xunit", dotnet: true, detect: isXUnit, read: readXUnit}

func isXUnit(head []byte) bool {
	root := rootElement(head)
	return root == "assemblies" || root == "assembly"
}

func readXUnit(rd *reading) error {
	x := &xunitReader{reading: rd, xmlScanner: newXMLScanner(rd.in)}
	return x.walk(func() error { x.begin(); return nil }, x.end)
}

type xunitReader struct {
	*reading
	*xmlScanner
	start time.Time // of the assembly
	test  *dotnetTest
}

func (x *xunitReader) begin() {
	switch x.name {
	case "assembly":
		x.start = firstTime(x.attr("start-rtf"), x.attr("run-date")+" "+x.attr("run-time"))
		if !x.start.IsZero() && (x.sum.Start.IsZero() || x.start.Before(x.sum.Start)) {
			x.sum.Start = x.start
		}
	case "test":
		t := &dotnetTest{class: x.attr("type"), display: x.attr("name"), raw: cmp.Or(x.attr("result"), none), start: x.start}
		if t.raw == "NotRun" {
			t.raw = "NotExecuted"
		}
		if t.display == "" {
			t.display = x.attr("method")
		}
		t.took = duration(seconds(x.attr("time")), time.Second)
		x.test = t
	case "trait":
		x.trait(x.attr("name"), x.attr("value"))
	case "message", "reason":
		if x.test != nil && x.room == 0 && len(x.text) == 0 {
			x.collect(maxMessage)
		}
	case "attachment":
		if x.test != nil {
			x.test.dropped++
		}
	}
}

func (x *xunitReader) trait(name, value string) {
	switch {
	case x.test == nil:
	case name == "FeatureTitle":
		x.test.feature = value
	case name == "Description":
		x.test.title = value
	}
}

func (x *xunitReader) end() error {
	switch x.name {
	case "message", "reason":
		if t := x.test; t != nil && len(x.text) > 0 && t.message == "" {
			t.message, t.cut = strings.TrimSpace(clean(x.text)), x.cut
		}
		x.collect(0)
	case "test":
		if t := x.test; t != nil {
			x.test = nil
			return x.reading.send(t.reported())
		}
	}
	return nil
}
