package report

import (
	"cmp"
	"strings"
	"time"

	"github.com/behavepro/behavepro/gherkin"
)

// godogFormat is the events of godog: a line each, with the text of the features. A scenario is named by its place.
var godogFormat = format{name: "godog events", word: "godog-events", detect: isGodogEvents, read: readGodogEvents}

func isGodogEvents(head []byte) bool {
	keys := topKeys(head)
	return len(keys) > 0 && keys[0] == "event"
}

func readGodogEvents(rd *reading) error {
	g := &godogReader{reading: rd, jsonScanner: newJSONScanner(rd.in), sources: map[string]*godogSource{}}
	rd.sum.Runner = "godog"
	err := g.eachObject("godog's events", g.event)
	if sent := g.finish("", time.Time{}); sent != nil {
		return sent
	}
	if err == nil && !g.ended {
		g.broken("the run was cut off: its end is missing")
	}
	return err
}

type godogReader struct {
	*reading
	*jsonScanner
	sources map[string]*godogSource // by path
	scene   *Reported               // the scenario that runs
	verdict verdict
	ended   bool
}

// godogSource is what is kept of a feature's text.
type godogSource struct {
	*sourceText
	feature string
	names   map[int]string // of scenarios and rows, by line
	steps   map[int]ran    // keyword and text, by line
}

// godogEvent is one line of the report.
type godogEvent struct {
	kind, location, status, source, summary string
	cut                                     bool
	at                                      time.Time
}

func (g *godogReader) event() error {
	var e godogEvent
	err := g.object(func(key []byte) (err error) {
		switch string(key) {
		case "event":
			e.kind, err = g.word()
		case "location":
			e.location, _, err = g.str(maxName)
		case "status":
			e.status, err = g.word()
		case "timestamp":
			e.at, err = g.moment()
		case "summary":
			e.summary, e.cut, err = g.str(maxMessage)
		case "source":
			e.source, e.cut, err = g.str(maxSource)
		default:
			err = g.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	switch e.kind {
	case "TestRunStarted":
		g.sum.Start, g.ended = e.at, false
	case "TestRunFinished":
		g.ended = true
	case "TestSource":
		return g.source(&e)
	case "TestCaseStarted":
		return g.begin(&e)
	case "TestStepFinished":
		g.step(&e)
	case "TestCaseFinished":
		return g.finish(cmp.Or(e.status, none), e.at)
	}
	return nil
}

func (g *godogReader) source(e *godogEvent) error {
	if e.cut {
		return nil
	}
	path, _ := splitLine(e.location)
	s := &godogSource{sourceText: newSourceText(path, []byte(e.source)), names: map[int]string{}, steps: map[int]ran{}}
	g.sources[path] = s
	f := gherkin.Parse(path, []byte(e.source)).Feature
	if f == nil {
		return nil
	}
	s.feature = f.Name
	for i := range f.Scenarios {
		scenario := &f.Scenarios[i]
		s.names[scenario.Line] = scenario.Name
		for ref, row := range gherkin.Rows(scenario) {
			s.names[row.Line] = RowName(scenario.Name, scenario.Examples[ref.Examples].Header, row.Cells)
		}
	}
	for i := range f.Scenarios {
		s.addSteps(f.Scenarios[i].Steps)
		for _, background := range f.Backgrounds(i) {
			s.addSteps(background.Steps)
		}
	}
	return g.hold(512 + 2*len(e.source))
}

func (s *godogSource) addSteps(steps []gherkin.Step) {
	for _, step := range steps {
		s.steps[step.Line] = ran{keyword: step.Keyword, text: step.Text}
	}
}

func (g *godogReader) begin(e *godogEvent) error {
	if err := g.finish("", e.at); err != nil {
		return err
	}
	r := &Reported{Trust: Sources, Start: e.at}
	r.URI, r.Line = splitLine(e.location)
	if s := g.sources[r.URI]; s != nil {
		r.Feature, r.Name = s.feature, strings.TrimSpace(s.names[r.Line])
		r.Source = &Source{Blobs: s.blobs, Wording: s.wordings[r.Line]}
	}
	g.scene, g.verdict = r, verdict{}
	return nil
}

func (g *godogReader) step(e *godogEvent) {
	o := ran{raw: e.status, message: e.summary, cut: e.cut}
	path, line := splitLine(e.location)
	if s := g.sources[path]; s != nil {
		o.keyword, o.text = s.steps[line].keyword, s.steps[line].text
	}
	g.verdict.step(o)
}

// finish sends the scenario that runs; without a word it never ended.
func (g *godogReader) finish(stated string, at time.Time) error {
	r := g.scene
	if r == nil {
		return nil
	}
	g.scene = nil
	if g.verdict.steps == 0 && stated != "" {
		stated = none // godog calls a scenario without steps undefined
	}
	g.verdict.tell(r, stated, time.Nanosecond)
	if stated == "" && rank(r.Raw) < 4 {
		r.Raw = unfinished
	}
	if took := at.Sub(r.Start); !at.IsZero() && !r.Start.IsZero() {
		r.Duration = duration(float64(took), time.Nanosecond)
	}
	return g.reading.send(*r)
}
