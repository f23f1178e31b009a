package report

import (
	"bytes"
	"cmp"
	"errors"
	"hash/maphash"

	"github.com/behavepro/behavepro"
)

// messagesFormat is Cucumber Messages: one envelope per line, from protocol 13 on. Envelopes come in any order, so a
// scope (what stands between two meta envelopes) is gathered before its results are sent.
var messagesFormat = format{name: "Cucumber Messages", word: "messages", detect: isMessages, read: readMessages}

var envelopes = []string{
	"meta", "source", "gherkinDocument", "pickle", "stepDefinition", "hook", "parameterType", "testRunStarted", "testCase",
	"testCaseStarted", "testStepStarted", "testStepFinished", "testCaseFinished", "testRunFinished", "attachment",
	"externalAttachment", "parseError", "undefinedParameterType", "suggestion", "testRunHookStarted", "testRunHookFinished",
}

func isMessages(head []byte) bool {
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	rest := trimSpace(head[1:])
	for _, name := range envelopes {
		if bytes.HasPrefix(rest, []byte(`"`+name+`"`)) {
			return true
		}
	}
	return false
}

func readMessages(rd *reading) error {
	m := &messagesReader{reading: rd, jsonScanner: newJSONScanner(rd.in), scope: newScope(0)}
	for {
		first, ok := m.value()
		if !ok {
			if err := m.failed(); err != nil {
				return err
			}
			return m.flush()
		}
		var err error
		if first == '{' {
			err = m.object(m.envelope)
		} else {
			err = m.bad("%q is not the start of an envelope", first)
		}
		if err == nil {
			continue
		}
		var broken *malformed
		if !errors.As(err, &broken) {
			if errors.Is(err, behavepro.ErrLimit) { // what was read counts
				err = cmp.Or(m.flush(), err)
			}
			return err
		}
		m.broken(broken.Error())
		m.depth = 0
		if !m.skipPast('\n') && m.failed() != nil {
			return m.failed()
		}
	}
}

// messagesReader gathers one scope at a time. Ids are kept as hashes.
type messagesReader struct {
	*reading
	*jsonScanner
	*scope
}

type id uint64

var idSeed = maphash.MakeSeed()

func (m *messagesReader) id() (id, error) {
	b, _, err := m.bytes(maxName)
	if err != nil || len(b) == 0 {
		return 0, err
	}
	return id(maphash.Bytes(idSeed, b) | 1), nil
}

// ids reads a list of ids, the first and the last of it.
func (m *messagesReader) ids() (first, last id, err error) {
	err = m.array(func() (err error) {
		last, err = m.id()
		if first == 0 {
			first = last
		}
		return err
	})
	return first, last, err
}

func (m *messagesReader) envelope(key []byte) error {
	switch string(key) {
	case "meta":
		return m.meta()
	case "source":
		return m.source()
	case "gherkinDocument":
		return m.document()
	case "pickle":
		return m.pickle()
	case "stepDefinition":
		return m.stepDefinition()
	case "testCase":
		return m.testCase()
	case "testCaseStarted":
		return m.caseStarted()
	case "testStepFinished":
		return m.stepFinished()
	case "testCaseFinished":
		return m.caseFinished()
	case "testRunStarted":
		return m.runStarted()
	case "testRunFinished":
		m.ended = true
	case "testRunHookFinished":
		return m.runHookFinished()
	case "attachment", "externalAttachment":
		return m.attachment()
	case "parseError":
		return m.parseError()
	}
	return m.skip()
}

func (m *messagesReader) caseStarted() error {
	var a attempt
	var self id
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "testCaseId":
			a.of, err = m.id()
		case "attempt":
			a.number, err = m.whole()
		case "timestamp":
			a.start, err = m.timestamp()
		default:
			err = m.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	// What came before its start, in a stream out of order, is kept.
	old := m.attempt(self)
	old.of, old.number, old.start, old.started = a.of, a.number, a.start, true
	return m.hold(256)
}

func (m *messagesReader) stepFinished() error {
	var of id
	var s stepResult
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "testCaseStartedId":
			of, err = m.id()
		case "testStepId":
			s.step, err = m.id()
		case "testStepResult", "testResult":
			err = m.object(func(key []byte) error { return m.stepResultField(&s, key) })
		default:
			err = m.skip()
		}
		return err
	})
	if err != nil || of == 0 {
		return err
	}
	a := m.attempt(of)
	a.steps = append(a.steps, s)
	return m.hold(64 + len(s.message))
}

func (m *messagesReader) stepResultField(s *stepResult, key []byte) (err error) {
	switch string(key) {
	case "status":
		s.raw, err = m.word()
	case "message":
		s.message, s.cut, err = m.str(maxMessage + maxStack)
	case "duration":
		s.took, err = m.duration()
	default:
		err = m.skip()
	}
	return err
}

func (m *messagesReader) caseFinished() error {
	var of id
	err := m.object(func(key []byte) (err error) {
		if string(key) == "testCaseStartedId" {
			of, err = m.id()
			return err
		}
		return m.skip()
	})
	if err == nil && of != 0 {
		m.attempt(of).finished = true
	}
	return err
}

func (m *messagesReader) attachment() error {
	var of id
	var content, name string
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "testCaseStartedId":
			of, err = m.id()
		case "body", "data":
			content, _, err = m.str(maxName)
		case "fileName":
			name, _, err = m.str(maxName)
		default:
			err = m.skip()
		}
		return err
	})
	switch {
	case err != nil:
	case of != 0 && m.attach(&m.attempt(of).attachments, content, name):
		return m.hold(100 + len(name))
	case of == 0:
		m.sum.Dropped++ // of a hook of the run
	default:
		m.attempt(of).dropped++
	}
	return err
}

func (m *messagesReader) testCase() error {
	var self, of id
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "pickleId":
			of, err = m.id()
		case "testSteps":
			err = m.array(m.testStep)
		default:
			err = m.skip()
		}
		return err
	})
	if err != nil || self == 0 {
		return err
	}
	m.cases[self] = of
	return m.hold(64)
}

func (m *messagesReader) testStep() error {
	var self, of id
	var fits []id
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "pickleStepId":
			of, err = m.id()
		case "stepDefinitionIds":
			err = m.array(func() error {
				one, err := m.id()
				fits = append(fits, one)
				return err
			})
		default:
			err = m.skip()
		}
		return err
	})
	if err != nil || self == 0 {
		return err
	}
	m.testSteps[self] = of
	if err := m.use(of, fits); err != nil {
		return err
	}
	return m.hold(64)
}
