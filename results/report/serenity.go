package report

import (
	"cmp"
	"strings"
	"time"
)

// serenityFormat is the outcomes that Serenity BDD writes, one file per scenario. An outline is one outcome with a table
// of its rows; each row is a result.
var serenityFormat = format{name: "Serenity outcome JSON", word: "serenity", detect: isSerenity, read: readSerenity}

func isSerenity(head []byte) bool {
	return hasKeys(head, "name", "testSteps") || hasKeys(head, "userStory", "result") || hasKeys(head, "userStory", "testSteps")
}

func readSerenity(rd *reading) error {
	s := &serenityReader{reading: rd, jsonScanner: newJSONScanner(rd.in)}
	rd.sum.Runner = "Serenity"
	return s.eachObject("a Serenity outcome", s.outcome)
}

type serenityReader struct {
	*reading
	*jsonScanner
}

// serenityStep is a step of an outcome; for an outline it is a row.
type serenityStep struct {
	ran
	start time.Time
}

// serenityOutcome is an outcome while it is read.
type serenityOutcome struct {
	Reported
	title string
	steps []serenityStep
	rows  []serenityRow
}

type serenityRow struct {
	cells []string
	raw   string
}

func (s *serenityReader) outcome() error {
	s.held = 0
	o := serenityOutcome{Reported: Reported{Trust: Steps, Raw: none}}
	err := s.object(func(key []byte) error { return s.field(&o, key) })
	if o.Name == "" {
		o.Name = o.title
	}
	if err != nil && o.Name == "" && o.Feature == "" {
		return err
	}
	if len(o.rows) == 0 {
		o.fail(o.steps)
		if err != nil && o.Raw == none { // cut off before its result
			o.Raw = unfinished
		}
		if sent := s.reading.send(o.Reported); sent != nil {
			return sent
		}
		return err
	}
	for i, row := range o.rows {
		r := o
		r.Cells, r.Raw, r.Duration, r.Message, r.Dropped = row.cells, row.raw, 0, "", 0
		if i < len(o.steps) {
			step := o.steps[i : i+1]
			r.Duration = duration(step[0].took, time.Millisecond)
			r.Raw = cmp.Or(r.Raw, step[0].raw)
			if !step[0].start.IsZero() {
				r.Start = step[0].start
			}
			r.fail(step)
		}
		r.Raw = cmp.Or(r.Raw, none)
		if sent := s.reading.send(r.Reported); sent != nil {
			return sent
		}
	}
	return err
}

// fail names the step that was worst.
func (o *serenityOutcome) fail(steps []serenityStep) {
	worst := ran{}
	for _, step := range steps {
		if rank(step.raw) > rank(worst.raw) {
			worst = step.ran
		}
	}
	if rank(worst.raw) < 4 {
		return
	}
	o.Step = worst.text
	if o.Message == "" {
		o.Message, o.Cut = worst.message, worst.cut
	}
}

func (s *serenityReader) field(o *serenityOutcome, key []byte) (err error) {
	switch string(key) {
	case "name":
		o.Name, _, err = s.str(maxName)
	case "title":
		o.title, _, err = s.str(maxName)
	case "userStory":
		err = s.story(o)
	case "result":
		var word string
		if word, err = s.word(); word != "" {
			o.Raw = word
		}
	case "duration":
		var took float64
		took, err = s.number()
		o.Duration = duration(took, time.Millisecond)
	case "startTime":
		o.Start, err = s.moment()
	case "testFailureMessage":
		o.Message, o.Cut, err = s.str(maxMessage)
	case "dataTable":
		err = s.within("rows", func() error { return s.row(o) })
	case "testSteps":
		err = s.array(func() error { return s.step(o) })
	default:
		err = s.skip()
	}
	return err
}

func (s *serenityReader) story(o *serenityOutcome) error {
	return s.object(func(key []byte) (err error) {
		switch string(key) {
		case "storyName":
			o.Feature, err = s.word()
		case "path":
			var path string
			if path, err = s.word(); isFeaturePath(path) {
				o.URI = path
			}
		default:
			err = s.skip()
		}
		return err
	})
}

func (s *serenityReader) row(o *serenityOutcome) error {
	var row serenityRow
	err := s.object(func(key []byte) (err error) {
		switch string(key) {
		case "values":
			err = s.cells(&row.cells)
		case "result":
			row.raw, err = s.word()
		default:
			err = s.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	o.rows = append(o.rows, row)
	return s.hold(256)
}

func (s *serenityReader) step(o *serenityOutcome) error {
	var step serenityStep
	err := s.object(func(key []byte) (err error) {
		switch string(key) {
		case "description":
			step.text, _, err = s.str(maxName)
		case "result":
			step.raw, err = s.word()
		case "duration":
			step.took, err = s.number()
		case "startTime":
			step.start, err = s.moment()
		case "exception":
			err = s.object(func(key []byte) (err error) {
				if string(key) == "message" {
					step.message, step.cut, err = s.str(maxMessage)
					return err
				}
				return s.skip()
			})
		case "screenshots":
			err = s.array(func() error {
				o.Dropped++
				return s.skip()
			})
		default:
			err = s.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	o.steps = append(o.steps, step)
	return s.hold(256 + len(step.text) + len(step.message))
}

// moment reads a time: milliseconds, or a text with a zone's name after it.
func (s *jsonScanner) moment() (time.Time, error) {
	if first, ok := s.value(); ok && first == '"' {
		text, _, err := s.str(128)
		text, _, _ = strings.Cut(text, "[")
		return firstTime(text), err
	}
	n, err := s.number()
	if n <= 0 || n > 1e14 {
		return time.Time{}, err
	}
	return time.UnixMilli(int64(n)).UTC(), err
}
