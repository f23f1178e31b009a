package sample

import (
	"encoding/json"
	"time"
)

// formats are the writers of reports, and suffixes what their files end in.
var (
	formats  = map[string]func(*run) []byte{"cucumber": cucumberJSON, "messages": messages, "junit": junit}
	suffixes = map[string]string{"cucumber": ".json", "messages": ".ndjson", "junit": ".xml"}
)

type object map[string]any

// cucumberJSON writes what Cucumber's json formatter does, one element per attempt.
func cucumberJSON(r *run) []byte {
	features := []object{}
	at := r.started
	for i := range r.features {
		f := &r.features[i]
		elements := []object{}
		for k := range f.cases {
			c := &f.cases[k]
			for a := range c.attempts {
				elements = append(elements, cucumberElement(c, &c.attempts[a], at))
				at = at.Add(c.duration())
			}
		}
		if len(elements) > 0 {
			features = append(features, object{
				"uri": f.path, "keyword": f.feature.Keyword, "name": f.feature.Name, "line": f.feature.Line, "elements": elements,
			})
		}
	}
	return encode(features)
}

func cucumberElement(c *testCase, a *attempt, at time.Time) object {
	steps := []object{}
	for i := range c.steps {
		result := object{"status": a.steps[i]}
		if a.steps[i] != "skipped" {
			result["duration"] = took(c, i).Nanoseconds()
		}
		if a.steps[i] == "failed" {
			result["error_message"] = a.message
		}
		steps = append(steps, object{"keyword": c.steps[i].Keyword, "name": c.steps[i].Text, "line": c.steps[i].Line, "result": result})
	}
	return object{
		"type": "scenario", "keyword": "Scenario", "name": c.name, "line": c.line, "steps": steps,
		"start_timestamp": at.UTC().Format(time.RFC3339Nano),
	}
}

// encode writes what can be written as JSON.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts, numbers and lists of them only
	}
	return text
}
