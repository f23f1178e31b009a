package sample

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// junit writes what Cucumber's junit formatter does: names only, and the last attempt.
func junit(r *run) []byte {
	type message struct {
		Text string `xml:",cdata"`
	}
	type test struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Time    string   `xml:"time,attr"`
		Failure *message `xml:"failure"`
		Skipped *message `xml:"skipped"`
	}
	type suite struct {
		XMLName xml.Name `xml:"testsuite"`
		Name    string   `xml:"name,attr"`
		Start   string   `xml:"timestamp,attr"`
		Tests   []test   `xml:"testcase"`
	}
	s := suite{Name: "Cucumber", Start: r.started.UTC().Format(time.RFC3339)}
	for i := range r.features {
		f := &r.features[i]
		for k := range f.cases {
			c := &f.cases[k]
			t := test{Class: f.feature.Name, Name: c.longName(f), Time: fmt.Sprintf("%.3f", c.duration().Seconds())}
			last := &c.attempts[len(c.attempts)-1]
			switch last.status() {
			case "failed":
				t.Failure = &message{last.message}
			case "skipped":
				t.Skipped = &message{}
			}
			s.Tests = append(s.Tests, t)
		}
	}
	text, err := xml.Marshal(s)
	if err != nil {
		panic(err) // texts only
	}
	return append([]byte(xml.Header), text...)
}

// longName is "Rule - Scenario - Examples - #1.2: rendered".
func (c *testCase) longName(f *featureRun) string {
	parts := []string{f.feature.Scenarios[c.scenario].Name}
	if c.rule != "" {
		parts = []string{c.rule, parts[0]}
	}
	if c.example != "" {
		parts = append(parts, strings.TrimPrefix(c.example, " - "))
	}
	return strings.Join(parts, " - ")
}
