package report

import (
	"bytes"
	"io"
	"slices"
)

// topKeys are the keys of the object that a JSON text begins with, as far as the head of the text shows them.
func topKeys(head []byte) []string {
	if len(head) == 0 || head[0] != '{' {
		return nil
	}
	s := newJSONScanner(&input{r: bytes.NewReader(nil), buf: head, end: len(head), err: io.EOF})
	var keys []string
	_ = s.object(func(key []byte) error { // the head is a part of the text: that it is cut off is no error
		keys = append(keys, string(key))
		return s.skip()
	})
	return keys
}

// hasKeys says whether a JSON text begins with an object that shows all of the keys.
func hasKeys(head []byte, all ...string) bool {
	keys := topKeys(head)
	return !slices.ContainsFunc(all, func(key string) bool { return !slices.Contains(keys, key) })
}

// rootElement is the name of an XML text's outermost element, without its prefix, as far as the head of the text shows it.
func rootElement(head []byte) string {
	for len(head) > 1 && head[0] == '<' {
		switch comment := bytes.HasPrefix(head, []byte("<!--")); {
		case comment:
			_, head, _ = bytes.Cut(head, []byte("-->"))
		case head[1] == '?' || head[1] == '!':
			head = head[1:]
		default:
			name, _, _ := bytes.Cut(head[1:], []byte(">"))
			if end := bytes.IndexAny(name, " \t\r\n/"); end >= 0 {
				name = name[:end]
			}
			return string(name[bytes.IndexByte(name, ':')+1:])
		}
		head = head[max(bytes.IndexByte(head, '<'), 0):] // declarations may hold others
	}
	return ""
}

// eachObject calls read for the objects at the top of a report: one, a list of them, or several texts one after the
// other.
func (s *jsonScanner) eachObject(what string, read func() error) error {
	for {
		first, ok := s.value()
		var err error
		switch {
		case !ok:
			return s.failed()
		case first == '[':
			err = s.array(read)
		case first == '{':
			err = read()
		case bytes.HasPrefix(s.buf[s.pos:s.end], utf8BOM):
			s.pos += len(utf8BOM) // of a second text
		default:
			return s.bad("%q is not the start of %s", first, what)
		}
		if err != nil {
			return err
		}
	}
}
