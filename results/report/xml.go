package report

type xmlKind int

const (
	xmlEnd xmlKind = iota
	xmlStart
	xmlDone
)

// maxAttrs bounds the attributes of one element.
const maxAttrs = 64

// xmlScanner walks through the elements of an XML text. It forgives what test runners get wrong (control characters,
// invalid UTF-8, bare ampersands), expands no entity but the five of XML, and refuses texts that declare their own.
type xmlScanner struct {
	*input
	name    string // of the element that began or ended
	attrs   []xmlAttr
	values  []byte // of attrs
	empty   bool   // the element that began ends at once
	open    []string
	names   map[string]string
	text    []byte // characters collected since the last collect
	room    int    // how many more characters are collected
	cut     bool
	scratch []byte
}

type xmlAttr struct {
	name     string
	from, to int
}

func newXMLScanner(in *input) *xmlScanner {
	return &xmlScanner{input: in, names: make(map[string]string)}
}

// walk calls begin and end for each element until the report ends, or one of them fails.
func (x *xmlScanner) walk(begin, end func() error) error {
	for {
		kind, err := x.token()
		switch {
		case err != nil:
			return err
		case kind == xmlDone:
			return nil
		case kind == xmlStart:
			err = begin()
		default:
			err = end()
		}
		if err != nil {
			return err
		}
	}
}

// token moves to where the next element begins or ends.
func (x *xmlScanner) token() (xmlKind, error) {
	if x.empty {
		x.empty = false
		return xmlEnd, x.close(x.name)
	}
	for {
		if !x.characters() {
			if err := x.failed(); err != nil {
				return xmlDone, err
			}
			if len(x.open) > 0 {
				return xmlDone, x.cutOff()
			}
			return xmlDone, nil
		}
		c, ok := x.peek()
		switch {
		case !ok:
			return xmlDone, x.cutOff()
		case c == '?':
			if !x.until('?', 1, false) {
				return xmlDone, x.cutOff()
			}
		case c == '!':
			x.pos++
			if err := x.declaration(); err != nil {
				return xmlDone, err
			}
		case c == '/':
			x.pos++
			name, err := x.word()
			if err != nil {
				return xmlDone, err
			}
			if !x.skipPast('>') {
				return xmlDone, x.cutOff()
			}
			return xmlEnd, x.close(name)
		default:
			return xmlStart, x.start()
		}
	}
}

// declaration reads what follows "<!": a comment, a CDATA section or a document type.
func (x *xmlScanner) declaration() error {
	c, ok := x.peek()
	done := false
	switch {
	case !ok:
	case c == '-':
		x.pos++
		x.next()
		done = x.until('-', 2, false)
	case c == '[':
		x.pos++
		if !x.skipPast('[') {
			return x.cutOff()
		}
		done = x.until(']', 2, true)
	default:
		return x.docType()
	}
	if !done {
		return x.cutOff()
	}
	return nil
}

func (x *xmlScanner) docType() error {
	nested := 0
	for {
		c, ok := x.next()
		switch {
		case !ok:
			return x.cutOff()
		case c == '<':
			nested++
			var word [len("!ENTITY")]byte
			for i := range word {
				word[i], _ = x.peek()
				if word[i] == '>' || word[i] == '<' {
					break
				}
				x.next()
			}
			if string(word[:]) == "!ENTITY" {
				return x.bad("the file declares its own entities, which is refused,")
			}
		case c == '>' && nested == 0:
			return nil
		case c == '>':
			nested--
		}
	}
}

// word reads a name.
func (x *xmlScanner) word() (string, error) {
	x.scratch = x.scratch[:0]
	for {
		c, ok := x.peek()
		if !ok {
			return "", x.cutOff()
		}
		if c <= ' ' || c == '>' || c == '/' || c == '=' || c == '<' {
			break
		}
		if len(x.scratch) == maxKey {
			return "", x.bad("a name is too long")
		}
		x.scratch = append(x.scratch, c)
		x.pos++
	}
	if len(x.scratch) == 0 {
		return "", x.bad("a name is missing")
	}
	if name, ok := x.names[string(x.scratch)]; ok {
		return name, nil
	}
	name := string(x.scratch)
	if len(x.names) < 1000 {
		x.names[name] = name
	}
	return name, nil
}

func (x *xmlScanner) close(name string) error {
	last := len(x.open) - 1
	if last < 0 || x.open[last] != name {
		return x.bad("</%.40s> closes what it did not open", name)
	}
	x.open = x.open[:last]
	x.name = name
	return nil
}

// start reads a start tag after its '<'.
func (x *xmlScanner) start() (err error) {
	if x.name, err = x.word(); err != nil {
		return err
	}
	if len(x.open) == maxDepth {
		return x.bad("the report is nested deeper than %d levels", maxDepth)
	}
	name := x.name
	x.open = append(x.open, name)
	x.attrs, x.values = x.attrs[:0], x.values[:0]
	for {
		c, ok := x.peek()
		switch {
		case !ok:
			return x.cutOff()
		case c <= ' ':
			x.pos++
		case c == '>':
			x.pos++
			return nil
		case c == '/':
			x.pos++
			x.empty = true
			if c, _ := x.next(); c != '>' {
				return x.bad("an element is not closed well")
			}
			return nil
		default:
			if err := x.attribute(); err != nil {
				return err
			}
		}
	}
}
