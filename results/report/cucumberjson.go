package report

import (
	"bytes"
	"strings"
	"time"
)

// cucumberFormat is the JSON of the Cucumber family: cucumber-js, cucumber-jvm, cucumber-ruby, godog, behave, pytest-bdd,
// cypress, playwright-bdd, Karate, radish, cucumber-rs, and the template with which Behave Pro's predecessor read
// SpecFlow. It is one array of features, or several texts one after the other.
var cucumberFormat = format{name: "Cucumber JSON", word: "cucumber-json", detect: isCucumberJSON, read: readCucumberJSON}

func isCucumberJSON(head []byte) bool {
	if len(head) == 0 || head[0] != '[' && head[0] != '{' {
		return false
	}
	if head[0] == '[' {
		rest := trimSpace(head[1:])
		if len(rest) == 0 || rest[0] == ']' {
			return true
		}
		if rest[0] != '{' {
			return false
		}
	}
	for _, key := range []string{`"elements"`, `"uri"`, `"keyword"`, `"location"`} {
		if bytes.Contains(head, []byte(key)) {
			return true
		}
		if head[0] == '{' { // one feature alone; many other files are objects with a keyword or a location
			return false
		}
	}
	return false
}

func readCucumberJSON(rd *reading) error {
	c := &cucumberReader{reading: rd, jsonScanner: newJSONScanner(rd.in)}
	for {
		first, ok := c.value()
		switch {
		case !ok:
			if c.objects > 0 && !c.features {
				c.broken("it is a list, but not of features: nothing in it has elements")
			}
			return c.failed()
		case first == '[':
			if err := c.array(c.feature); err != nil {
				return err
			}
		case first == '{':
			if err := c.feature(); err != nil {
				return err
			}
		case c.base == 0 && c.pos == 0 || !bytes.HasPrefix(c.buf[c.pos:c.end], utf8BOM):
			return c.bad("%q is not the start of a list of features", first)
		default:
			c.pos += len(utf8BOM) // of a second text
		}
	}
}

// cucumberReader reads features. Their elements are held until the feature ends, for some runners name it last.
type cucumberReader struct {
	*reading
	*jsonScanner
	results    []Reported
	background verdict // waits for its scenario
	waits      bool
	bgLine     int
	objects    int  // read at the top
	features   bool // one of them had elements
	lastID     string
	unstated   bool // the last scenario is behave's and has no status
}

func (c *cucumberReader) feature() error {
	c.results, c.held = c.results[:0], 0
	c.objects++
	c.waits, c.lastID, c.unstated = false, "", false
	var uri, location, name string
	err := c.object(func(key []byte) (err error) {
		switch string(key) {
		case "uri":
			uri, err = c.word()
		case "location":
			location, err = c.word()
		case "name":
			name, err = c.word()
		case "elements":
			c.features = true
			err = c.array(c.element)
		default:
			err = c.skip()
		}
		return err
	})
	if uri == "" {
		uri, _ = splitLine(location)
	}
	// A cut file keeps the results of its last feature, too.
	for i := range c.results {
		r := c.results[i]
		if uri != "" {
			r.URI = uri
		}
		r.Feature = name
		if sent := c.send(r); sent != nil {
			return sent
		}
	}
	if c.waits {
		c.orphan()
	}
	return err
}

// send is the reading's, for both embedded types have a failed method of their own.
func (c *cucumberReader) send(r Reported) error { return c.reading.send(r) }

func (c *cucumberReader) orphan() {
	c.waits = false
	c.note("a background ran without its scenario being in the report (cucumber-ruby leaves empty scenarios out)")
}

// element is one scenario, row or background while it is read.
type element struct {
	Reported
	verdict
	kind, keyword, id, stated string
	located, typed            bool // behave's location; a type, which the oldest cucumber-js left out
	capital                   bool // words such as "Passed"
}

func (c *cucumberReader) element() error {
	var e element
	err := c.object(func(key []byte) error { return c.elementField(&e, key) })
	if err != nil {
		return err
	}
	if e.kind == "background" || e.kind == "" && e.keyword == "Background" {
		c.addBackground(&e)
		return nil
	}
	if c.waits {
		e.verdict.merge(c.background)
		c.waits = false
	}
	e.tell(&e.Reported, e.stated, e.unit())
	c.guess(&e)
	c.lastID, c.unstated = e.id, e.located && e.stated == ""
	c.results = append(c.results, e.Reported)
	return c.hold(512 + len(e.Name) + len(e.Step) + len(e.Message))
}

// addBackground keeps a background that is an element of its own for the scenario it belongs to: the next one, or for
// cucumber-rs, which repeats the id, the one before. One without any result only describes (behave).
func (c *cucumberReader) addBackground(e *element) {
	if e.located && e.stated != "" && c.unstated && len(c.results) > 0 {
		last := &c.results[len(c.results)-1]
		last.Raw, c.unstated = believed(last.Raw, e.stated), false
		c.note("behave 1.3 writes the status of a rule's last scenario on the background of the next rule: it was taken from there")
	}
	switch {
	case e.done == 0 && rank(e.worst.raw) <= 3:
	case e.id != "" && e.id == c.lastID && len(c.results) > 0 && c.results[len(c.results)-1].Line == e.Line:
		last := &c.results[len(c.results)-1]
		if e.worst.raw != "" && rank(e.worst.raw) > rank(last.Raw) {
			took := last.Duration
			e.tell(last, "", e.unit())
			last.Duration += took
		}
	case c.waits && e.Line != c.bgLine: // of the feature, then of the rule
		e.verdict.merge(c.background)
		c.background = e.verdict
	default:
		if c.waits {
			c.orphan()
		}
		c.background = e.verdict
		c.waits = true
	}
	c.bgLine = e.Line
}

var hookWords = map[string]string{"before": "Before", "after": "After", "around": "Around"}

func (c *cucumberReader) elementField(e *element, key []byte) (err error) {
	switch string(key) {
	case "id":
		e.id, _, err = c.str(maxName)
	case "name":
		e.Name, _, err = c.str(maxName)
		e.Name = strings.TrimSpace(e.Name)
	case "keyword":
		e.keyword, err = c.word()
	case "type":
		e.kind, err = c.word()
		e.typed = true
	case "line":
		e.Line, err = c.whole()
	case "location":
		var at string
		if at, _, err = c.str(maxName); err == nil && at != "" {
			e.URI, e.Line = splitLine(at)
			e.located = true
		}
	case "status":
		e.stated, err = c.word()
	case "start_timestamp":
		var at string
		at, _, err = c.str(64)
		e.Start, _ = time.Parse(time.RFC3339Nano, at)
	case "steps":
		err = c.array(func() error { return c.step(e) })
	case "before", "after", "around":
		word := hookWords[string(key)]
		err = c.array(func() error { return c.hook(e, word) })
	default:
		err = c.skip()
	}
	return err
}

// unit is that of the element's durations: nanoseconds, but for behave, the SpecFlow template and the oldest cucumber-js.
func (e *element) unit() time.Duration {
	switch {
	case e.located:
		return time.Second
	case e.capital, !e.typed:
		return time.Millisecond
	}
	return time.Nanosecond
}

const pytestBDD = "pytest-bdd"

// guess names the runner by the first traits it shows, and says what that means for the element.
func (c *cucumberReader) guess(e *element) {
	switch {
	case c.sum.Runner != "":
	case e.located:
		c.sum.Runner = "behave"
	case strings.HasPrefix(e.id, "test_") && !strings.Contains(e.id, ";"):
		c.sum.Runner = pytestBDD
		c.note("pytest-bdd's Cucumber JSON leaves out undefined steps, skipped scenarios and failures of hooks: " +
			"its --junitxml report tells more of the truth")
	case e.capital:
		c.sum.Runner = "SpecFlow"
	case !e.Start.IsZero():
		c.sum.Runner = "cucumber-jvm"
	}
	e.Trust = Steps
	if e.id != "" && c.sum.Runner == pytestBDD {
		e.Row, e.Trust = between(e.id, '[', ']'), Hides
	}
}

// between is what stands between the first open and the end of s, where s ends in end.
func between(s string, open, end byte) string {
	i := strings.IndexByte(s, open)
	if i < 0 || s[len(s)-1] != end {
		return ""
	}
	return s[i+1 : len(s)-1]
}
