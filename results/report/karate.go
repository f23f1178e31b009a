package report

import (
	"cmp"
	"strings"
	"time"
)

// karateFormat is Karate's own JSON, one file per feature. Features that a scenario calls stand inside its steps and are
// no results of their own.
var karateFormat = format{name: "Karate JSON", word: "karate", detect: isKarate, read: readKarate}

func isKarate(head []byte) bool {
	return hasKeys(head, "scenarioResults") || hasKeys(head, "prefixedPath", "packageQualifiedName")
}

func readKarate(rd *reading) error {
	k := &karateReader{reading: rd, jsonScanner: newJSONScanner(rd.in)}
	rd.sum.Runner = "Karate"
	return k.eachObject("Karate JSON", k.feature)
}

type karateReader struct {
	*reading
	*jsonScanner
	scenarios []Reported // of the feature that is read
}

func (k *karateReader) feature() error {
	k.scenarios, k.held = k.scenarios[:0], 0
	var name, path, prefixed string
	err := k.object(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			name, err = k.word()
		case "relativePath":
			path, err = k.word()
		case "prefixedPath":
			prefixed, err = k.word()
		case "scenarioResults":
			err = k.array(k.scenario)
		default:
			err = k.skip()
		}
		return err
	})
	for _, r := range k.scenarios {
		r.Feature, r.URI = name, cmp.Or(path, prefixed)
		if sent := k.reading.send(r); sent != nil {
			return sent
		}
	}
	return err
}

func (k *karateReader) scenario() error {
	r := Reported{Trust: Steps}
	var v verdict
	var failed bool
	var took float64
	err := k.object(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			r.Name, _, err = k.str(maxName)
			r.Name = strings.TrimSpace(r.Name)
		case "line":
			r.Line, err = k.whole()
		case "failed":
			failed, err = k.truth()
		case "durationMillis":
			took, err = k.number()
		case "startTime":
			r.Start, err = k.moment()
		case "stepResults":
			err = k.array(func() error { return k.step(&v, &r) })
		default:
			err = k.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	stated := ""
	if failed {
		stated = "failed"
	}
	v.tell(&r, stated, time.Millisecond)
	if took > 0 {
		r.Duration = duration(took, time.Millisecond)
	}
	k.scenarios = append(k.scenarios, r)
	return k.hold(512 + len(r.Name) + len(r.Step) + len(r.Message))
}

func (k *karateReader) step(v *verdict, r *Reported) error {
	var o ran
	err := k.object(func(key []byte) (err error) {
		switch string(key) {
		case "step":
			err = k.object(func(key []byte) (err error) {
				switch string(key) {
				case "prefix":
					o.keyword, err = k.word()
				case "text":
					o.text, _, err = k.str(maxName)
				default:
					err = k.skip()
				}
				return err
			})
		case "result":
			err = k.result(&o)
		case "embeds":
			err = k.array(func() error {
				r.Dropped++
				return k.skip()
			})
		default: // callResults among them
			err = k.skip()
		}
		return err
	})
	v.step(o)
	return err
}

func (k *karateReader) result(o *ran) error {
	return k.object(func(key []byte) (err error) {
		switch string(key) {
		case "status":
			o.raw, err = k.word()
		case "millis":
			o.took, err = k.number()
		case "errorMessage":
			o.message, o.cut, err = k.str(maxMessage)
		default:
			err = k.skip()
		}
		return err
	})
}
