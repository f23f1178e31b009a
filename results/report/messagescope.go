package report

import (
	"strconv"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
)

// scope is what stands between two meta envelopes; ids are unique in it only.
type scope struct {
	serial    int
	described bool // has its meta
	ended     bool // has its testRunFinished
	sources   map[string]*sourceText
	features  map[string]string
	nodes     map[id]node
	pickles   map[id]pickle
	steps     map[id]pickleStep
	cases     map[id]id // to pickle
	testSteps map[id]id // to pickle step; 0 for a hook
	attempts  map[id]*attempt
	order     []*attempt
	numbers   map[id]int // of test cases
	defined   map[id]model.StepDefinition
	uses      map[id]int  // of step definitions
	used      map[id]bool // pickle steps that were counted
}

type node struct {
	line    int
	keyword string
	rule    *string
}

type pickle struct {
	uri, name     string
	line          int
	scenario, row id // row equals scenario where there is none
}

type pickleStep struct {
	text string
	node id
}

// attempt is one try of a test case.
type attempt struct {
	of                id
	number            int
	start             time.Time
	started, finished bool
	dropped           int
	attachments       []model.AttachmentRef
	steps             []stepResult
}

type stepResult struct {
	step    id
	raw     string
	message string
	cut     bool
	took    float64
}

func newScope(number int) *scope {
	return &scope{
		serial:    number,
		sources:   make(map[string]*sourceText),
		features:  make(map[string]string),
		nodes:     make(map[id]node),
		pickles:   make(map[id]pickle),
		steps:     make(map[id]pickleStep),
		cases:     make(map[id]id),
		testSteps: make(map[id]id),
		attempts:  make(map[id]*attempt),
		numbers:   make(map[id]int),
		defined:   make(map[id]model.StepDefinition),
		uses:      make(map[id]int),
		used:      make(map[id]bool),
	}
}

// attempt is the one with this id, made when it is first heard of.
func (s *scope) attempt(of id) *attempt {
	a := s.attempts[of]
	if a == nil {
		a = &attempt{}
		s.attempts[of] = a
		s.order = append(s.order, a)
	}
	return a
}

// caseNumber numbers the test cases in the order in which they were first tried.
func (s *scope) caseNumber(of id) int {
	n, ok := s.numbers[of]
	if !ok {
		n = len(s.numbers)
		s.numbers[of] = n
	}
	return n
}

// flush sends the results of the scope and opens the next.
func (m *messagesReader) flush() error {
	old := m.scope
	m.scope = newScope(old.serial + 1)
	m.held = 0
	m.define(old)
	lost := 0
	for _, a := range old.order {
		if !a.started {
			if len(a.steps) > 0 {
				lost++
			}
			m.sum.Dropped += a.dropped
			continue
		}
		if err := m.send(old.result(a)); err != nil {
			return err
		}
	}
	if lost > 0 {
		m.broken(strconv.Itoa(lost) + " test cases have steps, but their start is missing")
	}
	if len(old.order) > 0 && !old.ended {
		m.note("the stream has no end of the run: it was cut off, or the run was")
	}
	return nil
}

// result puts together what the envelopes tell of an attempt.
func (s *scope) result(a *attempt) Reported {
	p := s.pickles[s.cases[a.of]]
	r := Reported{
		URI: p.uri, Feature: s.features[p.uri], Name: p.name, Line: p.line,
		Start: a.start, Attempt: a.number, Dropped: a.dropped, Attachments: a.attachments, Trust: Sources,
		Retry: strconv.Itoa(s.serial) + "." + strconv.Itoa(s.caseNumber(a.of)),
	}
	if n, ok := s.nodes[p.scenario]; ok {
		if n.rule != nil {
			r.Rule = *n.rule
		}
		if row, ok := s.nodes[p.row]; ok && p.row != p.scenario {
			r.Line, r.Outline = row.line, n.line
		} else if r.Line == 0 {
			r.Line = n.line
		}
	}
	if src := s.sources[p.uri]; src != nil {
		r.Source = &Source{Blobs: src.blobs, Wording: src.wordings[r.Line]}
	}
	s.verdict(a).tell(&r, "", time.Nanosecond)
	if status, _ := behavepro.StatusOf(r.Raw); !a.finished && status != behavepro.Failed {
		r.Raw = unfinished
	}
	return r
}

func (s *scope) verdict(a *attempt) *verdict {
	v := &verdict{}
	for _, done := range a.steps {
		o := ran{raw: done.raw, message: done.message, cut: done.cut, took: done.took}
		of, known := s.testSteps[done.step]
		if known && of == 0 {
			o.keyword = "hook"
			v.hook(o)
			continue
		}
		step := s.steps[of]
		o.text, o.keyword = step.text, s.nodes[step.node].keyword
		v.step(o)
	}
	return v
}
