package sample

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/behavepro/behavepro/gherkin"
)

// messages writes Cucumber Messages: the sources that ran, where their scenarios stand, and each attempt.
func messages(r *run) []byte {
	m := &messageWriter{at: r.started}
	m.put("meta", object{
		"protocolVersion": "27.0.0", "implementation": object{"name": "cucumber-jvm", "version": "7.20.1"}, "cpu": object{"name": "x86_64"},
		"os": object{"name": "linux"}, "runtime": object{"name": "OpenJDK"},
	})
	m.put("testRunStarted", object{"timestamp": stamp(m.at)})
	failed := false
	for i := range r.features {
		f := &r.features[i]
		if len(f.cases) == 0 {
			continue
		}
		m.put("source", object{"uri": f.path, "data": r.files[f.path], "mediaType": "text/x.cucumber.gherkin+plain"})
		m.put("gherkinDocument", object{"uri": f.path, "feature": document(f)})
		for k := range f.cases {
			failed = m.testCase(f, &f.cases[k]) || failed
		}
	}
	m.put("testRunFinished", object{"timestamp": stamp(m.at), "success": !failed})
	return m.out.Bytes()
}

type messageWriter struct {
	out bytes.Buffer
	at  time.Time
	ids int
}

func (m *messageWriter) put(kind string, body object) {
	m.out.Write(encode(object{kind: body}))
	m.out.WriteByte('\n')
}

func (m *messageWriter) id() string {
	m.ids++
	return fmt.Sprintf("id-%d", m.ids)
}

// testCase tells of a pickle and its attempts, and whether the last of them failed.
func (m *messageWriter) testCase(f *featureRun, c *testCase) (failed bool) {
	pickle, test := m.id(), m.id()
	nodes := []string{nodeID(f.path, f.feature.Scenarios[c.scenario].Line)}
	if c.example != "" {
		nodes = append(nodes, nodeID(f.path, c.line))
	}
	var pickleSteps, testSteps []object
	for i := range c.steps {
		id := fmt.Sprintf("%s-%d", pickle, i)
		pickleSteps = append(pickleSteps, object{"id": id, "text": c.steps[i].Text, "astNodeIds": []string{nodeID(f.path, c.steps[i].Line)}})
		testSteps = append(testSteps, object{"id": "test-" + id, "pickleStepId": id})
	}
	m.put(
		"pickle",
		object{"id": pickle, "uri": f.path, "name": c.name, "language": "en", "steps": pickleSteps, "tags": []object{}, "astNodeIds": nodes},
	)
	m.put("testCase", object{"id": test, "pickleId": pickle, "testSteps": testSteps})
	for n := range c.attempts {
		a := &c.attempts[n]
		started := m.id()
		m.put("testCaseStarted", object{"id": started, "testCaseId": test, "attempt": n, "timestamp": stamp(m.at)})
		for i := range c.steps {
			took := took(c, i)
			m.at = m.at.Add(took)
			result := object{"status": strings.ToUpper(a.steps[i]), "duration": object{"seconds": 0, "nanos": took.Nanoseconds()}}
			if a.steps[i] == "failed" {
				result["message"] = a.message
			}
			m.put("testStepFinished", object{
				"testCaseStartedId": started, "testStepId": testSteps[i]["id"], "testStepResult": result, "timestamp": stamp(m.at),
			})
		}
		again := n+1 < len(c.attempts)
		m.put("testCaseFinished", object{"testCaseStartedId": started, "willBeRetried": again, "timestamp": stamp(m.at)})
		failed = a.status() == "failed"
	}
	return failed
}

// document says where the scenarios and rows of a feature stand.
func document(f *featureRun) object {
	var children []object
	rules := map[int]object{}
	for i := range f.feature.Scenarios {
		s := &f.feature.Scenarios[i]
		child := object{"scenario": scenario(f.path, s)}
		if s.Rule == 0 {
			children = append(children, child)
			continue
		}
		rule, ok := rules[s.Rule]
		if !ok {
			r := &f.feature.Rules[s.Rule-1]
			rule = object{"id": nodeID(f.path, r.Line), "name": r.Name, "keyword": r.Keyword, "location": location(r.Line), "children": []object{}}
			rules[s.Rule] = rule
			children = append(children, object{"rule": rule})
		}
		rule["children"] = append(rule["children"].([]object), child)
	}
	return object{"name": f.feature.Name, "keyword": f.feature.Keyword, "location": location(f.feature.Line), "children": children}
}

func scenario(path string, s *gherkin.Scenario) object {
	examples := []object{}
	for i := range s.Examples {
		ex := &s.Examples[i]
		rows := []object{}
		for _, row := range ex.Rows {
			cells := []object{}
			for _, cell := range row.Cells {
				cells = append(cells, object{"value": cell})
			}
			rows = append(rows, object{"id": nodeID(path, row.Line), "location": location(row.Line), "cells": cells})
		}
		examples = append(
			examples,
			object{"id": nodeID(path, ex.Line), "name": ex.Name, "keyword": ex.Keyword, "location": location(ex.Line), "tableBody": rows},
		)
	}
	steps := []object{}
	for _, st := range s.Steps {
		steps = append(steps, object{"id": nodeID(path, st.Line), "keyword": st.Keyword, "text": st.Text, "location": location(st.Line)})
	}
	return object{
		"id":       nodeID(path, s.Line),
		"name":     s.Name,
		"keyword":  s.Keyword,
		"location": location(s.Line),
		"steps":    steps,
		"examples": examples,
	}
}

func nodeID(path string, line int) string { return fmt.Sprintf("%s:%d", path, line) }

func location(line int) object { return object{"line": line, "column": 1} }

func stamp(at time.Time) object {
	return object{"seconds": at.Unix(), "nanos": at.Nanosecond()}
}
