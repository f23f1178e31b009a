package report

import (
	"strings"

	"github.com/behavepro/behavepro/catalog/model"
)

// stepDefinition reads what the test code does for a step. Hooks have envelopes of their own and are none.
func (m *messagesReader) stepDefinition() error {
	var self id
	var def model.StepDefinition
	cut := false
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "pattern":
			err = m.object(func(key []byte) (err error) {
				switch string(key) {
				case "source":
					def.Pattern, cut, err = m.str(maxName)
				case "type":
					def.Type, err = m.word()
				default:
					err = m.skip()
				}
				return err
			})
		case "sourceReference":
			def.Place, def.Line, err = m.sourceReference()
		default:
			err = m.skip()
		}
		return err
	})
	if err != nil || self == 0 || def.Pattern == "" {
		return err
	}
	if cut || len(m.defined) >= m.Definitions {
		m.definitions.Cut = true
		return nil
	}
	m.defined[self] = def
	return m.hold(128 + len(def.Pattern) + len(def.Place))
}

// sourceReference reads a place in code: a file with its line, a Java method, or a line of a Java stack.
func (m *messagesReader) sourceReference() (place string, line int, err error) {
	var uri, method string
	err = m.object(func(key []byte) (err error) {
		switch string(key) {
		case "uri":
			uri, err = m.word()
		case "location":
			line, err = m.line()
		case "javaMethod", "javaStackTraceElement":
			method, err = m.javaMethod()
		default:
			err = m.skip()
		}
		return err
	})
	if method != "" {
		return method, line, err
	}
	return NormaliseURI(uri), line, err
}

// javaMethod reads a class with its method.
func (m *messagesReader) javaMethod() (string, error) {
	var class, method string
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "className":
			class, err = m.word()
		case "methodName":
			method, err = m.word()
		default:
			err = m.skip()
		}
		return err
	})
	return strings.Trim(class+"."+method, "."), err
}

// use counts a step of a scenario or row for the definitions that it was found to fit. Where its test case is told again,
// as some runners do for another attempt, it counts once.
func (m *messagesReader) use(step id, of []id) error {
	if step == 0 || len(of) == 0 || m.used[step] {
		return nil
	}
	m.used[step] = true
	for _, def := range of {
		m.uses[def]++
	}
	return m.hold(48 + 16*len(of))
}

// define hands the definitions of a scope over with their uses.
func (m *messagesReader) define(old *scope) {
	all := make([]model.StepDefinition, 0, len(old.defined))
	for self, def := range old.defined {
		def.Uses = old.uses[self]
		all = append(all, def)
	}
	m.definitions.AddAll(&model.Definitions{All: ordered(all)})
	if len(old.order) > 0 && !old.ended {
		m.definitions.Partial = true
	}
}
