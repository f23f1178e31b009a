package report

import (
	"strings"
	"time"
)

// testExecutionFormat is the TestExecution.json that SpecFlow and Reqnroll write for their living documentation. It names
// a scenario by folder, feature title, scenario title and the row's values; its steps have results, but no texts.
var testExecutionFormat = format{name: "TestExecution JSON", word: "testexecution", detect: isTestExecution, read: readTestExecution}

func isTestExecution(head []byte) bool {
	return hasKeys(head, "ExecutionResults")
}

func readTestExecution(rd *reading) error {
	t := &testExecutionReader{reading: rd, jsonScanner: newJSONScanner(rd.in)}
	return t.eachObject("TestExecution JSON", func() error {
		return t.object(func(key []byte) (err error) {
			switch string(key) {
			case "ExecutionTime":
				var at string
				at, _, err = t.str(64)
				t.start = firstTime(at)
			case "ExecutionResults":
				err = t.array(t.scenario)
			default:
				err = t.skip()
			}
			return err
		})
	})
}

type testExecutionReader struct {
	*reading
	*jsonScanner
	start time.Time // when the report was begun; of the tests nothing is told
}

func (t *testExecutionReader) scenario() error {
	r := Reported{Trust: Steps, Start: t.start}
	var v verdict
	var kind, stated string
	err := t.object(func(key []byte) (err error) {
		switch string(key) {
		case "ContextType":
			kind, err = t.word()
		case "FeatureFolderPath":
			r.Suite, err = t.word()
			r.Suite = strings.Trim(strings.ReplaceAll(r.Suite, `\`, "/"), "/")
		case "FeatureTitle":
			r.Feature, err = t.word()
		case "ScenarioTitle":
			r.Name, _, err = t.str(maxName)
		case "ScenarioArguments":
			err = t.cells(&r.Cells)
		case "Status":
			stated, err = t.word()
		case "StepResults":
			err = t.array(func() error { return t.step(&v, &r) })
		case "Outputs":
			err = t.outputs(&r)
		default:
			err = t.skip()
		}
		return err
	})
	if err != nil || kind != "" && kind != "Scenario" { // of a hook of the run or a feature
		return err
	}
	v.tell(&r, stated, time.Second)
	return t.reading.send(r)
}

// cells reads the values of a row.
func (s *jsonScanner) cells(into *[]string) error {
	return s.array(func() error {
		cell, _, err := s.str(maxName)
		if len(*into) < maxCells {
			*into = append(*into, cell)
		}
		return err
	})
}

func (t *testExecutionReader) step(v *verdict, r *Reported) error {
	var o ran
	err := t.object(func(key []byte) (err error) {
		switch string(key) {
		case "Duration":
			var took string
			took, _, err = t.str(64)
			o.took = clockDuration(took).Seconds()
		case "Status":
			o.raw, err = t.word()
		case "Error":
			err = t.failure(&o)
		case "Outputs":
			err = t.outputs(r)
		default:
			err = t.skip()
		}
		return err
	})
	v.step(o)
	return err
}

// failure reads an error: a text, or an object with a message.
func (t *testExecutionReader) failure(o *ran) (err error) {
	if first, ok := t.value(); ok && first != '{' {
		o.message, o.cut, err = t.str(maxMessage)
		return err
	}
	return t.object(func(key []byte) (err error) {
		if string(key) == "Message" {
			o.message, o.cut, err = t.str(maxMessage)
			return err
		}
		return t.skip()
	})
}

// outputs counts attached files; what was printed is not kept.
func (t *testExecutionReader) outputs(r *Reported) error {
	return t.array(func() error {
		return t.object(func(key []byte) error {
			if string(key) == "AttachmentPath" {
				path, _, err := t.str(maxName)
				if path != "" {
					r.Dropped++
				}
				return err
			}
			return t.skip()
		})
	})
}
