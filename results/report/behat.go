package report

import (
	"cmp"
	"time"
)

// behatFormat is Behat's own JSON, from 3.26 on. The line of a scenario is that of the step that ran last.
var behatFormat = format{name: "Behat JSON", word: "behat", detect: isBehat, read: readBehat}

func isBehat(head []byte) bool { return hasKeys(head, "tests", "suites") }

func readBehat(rd *reading) error {
	b := &behatReader{reading: rd, jsonScanner: newJSONScanner(rd.in)}
	rd.sum.Runner = "Behat"
	return b.eachObject("Behat JSON", func() error {
		return b.within("suites", func() error {
			return b.within("features", b.feature)
		})
	})
}

type behatReader struct {
	*reading
	*jsonScanner
	scenarios []Reported // of the feature that is read
}

// within reads an object of which only the list under one key counts.
func (s *jsonScanner) within(list string, item func() error) error {
	return s.object(func(key []byte) error {
		if string(key) == list {
			return s.array(item)
		}
		return s.skip()
	})
}

func (b *behatReader) feature() error {
	b.scenarios, b.held = b.scenarios[:0], 0
	var name, file string
	err := b.object(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			name, err = b.word()
		case "file":
			file, err = b.word()
		case "scenarios":
			err = b.array(b.scenario)
		default:
			err = b.skip()
		}
		return err
	})
	for _, r := range b.scenarios {
		r.Feature, r.URI = name, cmp.Or(r.URI, file)
		if sent := b.reading.send(r); sent != nil {
			return sent
		}
	}
	return err
}

func (b *behatReader) scenario() error {
	r := Reported{Trust: Names, Loose: true, Raw: none}
	err := b.object(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			r.Name, _, err = b.str(maxName)
		case "status":
			var word string
			if word, err = b.word(); word != "" {
				r.Raw = word
			}
		case "file":
			r.URI, err = b.word()
		case "line":
			r.Line, err = b.whole()
		case "time":
			var took float64
			took, err = b.number()
			r.Duration = duration(took, time.Second)
		case "failures":
			err = b.array(func() error { return b.failure(&r) })
		default:
			err = b.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	b.scenarios = append(b.scenarios, r)
	return b.hold(512 + len(r.Name) + len(r.Message))
}

// failure reads why a scenario failed; the first of several counts.
func (b *behatReader) failure(r *Reported) error {
	if first, ok := b.value(); ok && first != '{' {
		return b.skip()
	}
	return b.object(func(key []byte) (err error) {
		if string(key) == "message" && r.Message == "" {
			r.Message, r.Cut, err = b.str(maxMessage)
			return err
		}
		return b.skip()
	})
}
