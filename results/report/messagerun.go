package report

import "time"

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
	seconds, nanos, err := m.seconds()
	return seconds*1e9 + nanos, err
}

// timestamp reads {seconds, nanos}; zero where it is missing or absurd.
func (m *messagesReader) timestamp() (time.Time, error) {
	seconds, nanos, err := m.seconds()
	if !(seconds >= 0 && seconds < 1e11 && nanos >= 0 && nanos < 1e9) {
		return time.Time{}, err
	}
	return time.Unix(int64(seconds), int64(nanos)).UTC(), err
}

// seconds reads {seconds, nanos}.
func (m *messagesReader) seconds() (seconds, nanos float64, err error) {
	err = m.object(func(key []byte) (err error) {
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
	return seconds, nanos, err
}
