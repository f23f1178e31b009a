package results

import (
	"bytes"
	"hash/maphash"
	"time"
)

// messagesFormat is Cucumber Messages: one envelope per line, from protocol 13 on. Envelopes come in any order, so a
// scope (what stands between two meta envelopes) is gathered before its results are sent.
var messagesFormat = format{name: "Cucumber Messages", detect: isMessages, read: readMessages}

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
		err := m.bad("%q is not the start of an envelope", first)
		if first == '{' {
			err = m.object(m.envelope)
		}
		if err == nil {
			continue
		}
		broken, ok := err.(*malformed) //nolint:errorlint // made here, never wrapped
		if !ok {
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

func (m *messagesReader) meta() error {
	if m.described || m.ended {
		if err := m.flush(); err != nil {
			return err
		}
	}
	m.described = true
	var name, version string
	err := m.object(func(key []byte) error {
		if string(key) != "implementation" {
			return m.skip()
		}
		return m.object(func(key []byte) (err error) {
			switch string(key) {
			case "name":
				name, err = m.word()
			case "version":
				version, err = m.word()
			default:
				err = m.skip()
			}
			return err
		})
	})
	if m.sum.Runner == "" && name != "" {
		m.sum.Runner = name
		if version != "" {
			m.sum.Runner += " " + version
		}
	}
	return err
}

func (m *messagesReader) runStarted() error {
	if m.ended {
		if err := m.flush(); err != nil {
			return err
		}
	}
	return m.object(func(key []byte) error {
		if string(key) != "timestamp" {
			return m.skip()
		}
		at, err := m.timestamp()
		if !at.IsZero() && (m.sum.Start.IsZero() || at.Before(m.sum.Start)) {
			m.sum.Start = at
		}
		return err
	})
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
	return nil
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
	if err == nil && of != 0 {
		a := m.attempt(of)
		a.steps = append(a.steps, s)
	}
	return err
}

func (m *messagesReader) stepResultField(s *stepResult, key []byte) (err error) {
	switch string(key) {
	case "status":
		s.raw, err = m.word()
	case "message":
		s.message, s.cut, err = m.str(maxMessage)
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
	err := m.object(func(key []byte) (err error) {
		if string(key) == "testCaseStartedId" {
			of, err = m.id()
			return err
		}
		return m.skip()
	})
	switch {
	case err != nil:
	case of == 0:
		m.sum.Dropped++ // of a hook of the run
	default:
		m.attempt(of).dropped++
	}
	return err
}

func (m *messagesReader) runHookFinished() error {
	var s stepResult
	err := m.object(func(key []byte) error {
		if string(key) != "result" {
			return m.skip()
		}
		return m.object(func(key []byte) error { return m.stepResultField(&s, key) })
	})
	if err == nil && rank(s.raw) >= 4 {
		m.note("a hook of the whole run failed; no scenario's result shows it")
	}
	return err
}

func (m *messagesReader) parseError() error {
	var uri, message string
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "source":
			err = m.object(func(key []byte) (err error) {
				if string(key) == "uri" {
					uri, err = m.word()
					return err
				}
				return m.skip()
			})
		case "message":
			message, _, err = m.str(200)
		default:
			err = m.skip()
		}
		return err
	})
	if err == nil && len(m.sum.Notes) < 20 {
		m.note("the runner could not read " + uri + ": " + message)
	}
	return err
}

// duration reads {seconds, nanos} as nanoseconds.
func (m *messagesReader) duration() (float64, error) {
	var seconds, nanos float64
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "seconds":
			seconds, err = m.number()
		case "nanos":
			nanos, err = m.number()
		default:
			err = m.skip()
		}
		return err
	})
	return seconds*1e9 + nanos, err
}

// timestamp reads {seconds, nanos}; zero where it is missing or absurd.
func (m *messagesReader) timestamp() (time.Time, error) {
	var seconds, nanos float64
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "seconds":
			seconds, err = m.number()
		case "nanos":
			nanos, err = m.number()
		default:
			err = m.skip()
		}
		return err
	})
	if !(seconds >= 0 && seconds < 1e11 && nanos >= 0 && nanos < 1e9) {
		return time.Time{}, err
	}
	return time.Unix(int64(seconds), int64(nanos)).UTC(), err
}
