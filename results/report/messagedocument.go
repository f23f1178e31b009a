package report

// document reads where the scenarios and rows of a gherkinDocument stand.
func (m *messagesReader) document() error {
	var uri, name string
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "uri":
			uri, err = m.word()
		case "feature":
			err = m.object(func(key []byte) (err error) {
				switch string(key) {
				case "name":
					name, err = m.word()
				case "children":
					err = m.children(nil)
				default:
					err = m.skip()
				}
				return err
			})
		default:
			err = m.skip()
		}
		return err
	})
	if err == nil {
		m.features[uri] = name
	}
	return err
}

// children reads the children of a feature or, with its name, of a rule.
func (m *messagesReader) children(rule *string) error {
	return m.array(func() error {
		return m.object(func(key []byte) error {
			switch string(key) {
			case "scenario":
				return m.astNode(rule)
			case "background":
				return m.astNode(nil)
			case "rule":
				name := new(string) // the children may come before the name
				return m.object(func(key []byte) (err error) {
					switch string(key) {
					case "name":
						*name, err = m.word()
					case "children":
						err = m.children(name)
					default:
						err = m.skip()
					}
					return err
				})
			}
			return m.skip()
		})
	})
}

// astNode reads a scenario, background, row or step: its id, line, and the nodes in it.
func (m *messagesReader) astNode(rule *string) error {
	var self id
	n := node{rule: rule}
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "keyword":
			n.keyword, err = m.word()
		case "location":
			n.line, err = m.line()
		case "steps", "tableBody":
			err = m.array(func() error { return m.astNode(nil) })
		case "examples":
			err = m.array(func() error { return m.astNode(nil) })
		default:
			err = m.skip()
		}
		return err
	})
	if err != nil || self == 0 {
		return err
	}
	m.nodes[self] = n
	return m.hold(64)
}

// line reads a location.
func (m *messagesReader) line() (line int, err error) {
	err = m.object(func(key []byte) (err error) {
		if string(key) == "line" {
			line, err = m.whole()
			return err
		}
		return m.skip()
	})
	return line, err
}

func (m *messagesReader) pickle() error {
	var self id
	var p pickle
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "uri":
			p.uri, err = m.word()
		case "name":
			p.name, _, err = m.str(maxName)
		case "location":
			p.line, err = m.line()
		case "astNodeIds":
			p.scenario, p.row, err = m.ids()
		case "steps":
			err = m.array(m.pickleStep)
		default:
			err = m.skip()
		}
		return err
	})
	if err != nil || self == 0 {
		return err
	}
	m.pickles[self] = p
	return m.hold(128 + len(p.name))
}

func (m *messagesReader) pickleStep() error {
	var self id
	var s pickleStep
	err := m.object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			self, err = m.id()
		case "text":
			s.text, err = m.word()
		case "astNodeIds":
			s.node, _, err = m.ids()
		default:
			err = m.skip()
		}
		return err
	})
	if err != nil || self == 0 {
		return err
	}
	m.steps[self] = s
	return m.hold(64 + len(s.text))
}
