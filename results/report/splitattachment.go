package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
)

// attached is an attachment as far as it was read.
type attached struct {
	beside bytes.Buffer // its other fields, as written
	key    string       // of the content
	large  bool         // the content goes over the bound
	found  bool
}

// attachment reads an attachment whose brace was read, and writes it with a name in the place of its content. The content comes
// last, so that what it is is known.
func (s *splitter) attachment() error {
	var a attached
	whole, err := s.fields(&a)
	if err != nil {
		return err
	}
	if err := s.out.WriteByte('{'); err != nil {
		return err
	}
	if _, err := s.out.Write(a.beside.Bytes()); err != nil {
		return err
	}
	if !whole || !a.found {
		if whole {
			return s.out.WriteByte('}')
		}
		s.stack = append(s.stack, frame{object: true})
		return nil
	}
	name, err := s.name(&a)
	if err != nil {
		return err
	}
	comma := ""
	if a.beside.Len() > 0 {
		comma = ","
	}
	_, err = fmt.Fprintf(s.out, `%s%q:%q}`, comma, a.key, name)
	return err
}

// fields reads the fields of an attachment up to its closing brace; false where it is broken or goes on for too long.
func (s *splitter) fields(a *attached) (whole bool, err error) {
	for {
		c, err := s.skipSpace()
		if err != nil {
			return false, ended(err)
		}
		switch c {
		case '}':
			return true, nil
		case ',':
			continue
		case '"':
		default:
			a.beside.WriteByte(c)
			return false, nil
		}
		if ok, err := s.field(a); !ok || err != nil {
			return false, ended(err)
		}
	}
}

func (s *splitter) skipSpace() (byte, error) {
	for {
		c, err := s.in.ReadByte()
		if err != nil || c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, err
		}
	}
}

// field reads one field whose key's quote was read.
func (s *splitter) field(a *attached) (ok bool, err error) {
	var key bytes.Buffer
	if ok, err := s.keep(&key, maxKey); !ok || err != nil {
		a.beside.WriteByte('"')
		a.beside.Write(key.Bytes())
		return false, err
	}
	name := string(key.Bytes()[:key.Len()-1])
	if c, err := s.skipSpace(); err != nil || c != ':' {
		return false, err
	}
	c, err := s.skipSpace()
	if err != nil {
		return false, err
	}
	if (name == "data" || name == "body") && c == '"' && !a.found {
		a.key, a.found = name, true
		return s.content(a)
	}
	if a.beside.Len() > 0 {
		a.beside.WriteByte(',')
	}
	a.beside.WriteByte('"')
	a.beside.Write(key.Bytes())
	a.beside.WriteByte(':')
	return s.value(a, c)
}

// keep collects the rest of a text with its closing quote.
func (s *splitter) keep(to *bytes.Buffer, limit int) (ok bool, err error) {
	for start := to.Len(); to.Len()-start < limit; {
		c, err := s.in.ReadByte()
		if err != nil {
			return false, err
		}
		if c == '"' && !escaped(to.Bytes()[start:]) {
			to.WriteByte(c)
			return true, nil
		}
		to.WriteByte(c)
	}
	return false, nil
}

// value collects the value that begins with c.
func (s *splitter) value(a *attached, c byte) (ok bool, err error) {
	depth := 0
	for {
		a.beside.WriteByte(c)
		switch c {
		case '"':
			if ok, err := s.keep(&a.beside, maxBeside); !ok || err != nil {
				return false, err
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if a.beside.Len() > maxBeside || depth > maxDepth {
			return false, nil
		}
		next, err := s.in.Peek(1)
		if err != nil {
			return false, err
		}
		if depth == 0 && (c == '"' || c == '}' || c == ']' || next[0] == ',' || next[0] == '}') {
			return true, nil
		}
		if c, err = s.in.ReadByte(); err != nil {
			return false, err
		}
	}
}

// content reads the content of an attachment, as written, into s.data.
func (s *splitter) content(a *attached) (ok bool, err error) {
	s.data = s.data[:0]
	for {
		part, err := s.in.ReadSlice('"')
		if err != nil && err != bufio.ErrBufferFull {
			return false, err
		}
		if !a.large {
			s.data = append(s.data, part...)
		}
		over := a.large
		if a.large = a.large || len(s.data) > maxEncoded; a.large && !over {
			s.data = append(s.data[:0], s.data[len(s.data)-len(part):]...)
		}
		if err == nil {
			tail := s.data
			if over {
				tail = part
			}
			if !escaped(tail[:len(tail)-1]) {
				s.data = s.data[:max(0, len(s.data)-1)]
				return true, nil
			}
		} else if over && escaped(part) {
			if _, err := s.in.ReadByte(); err != nil {
				return false, err
			}
		}
	}
}

// Names that stand in a report in the place of content.
const (
	namePrefix  = "behavepro:"
	tooLarge    = "too-large"
	notReadable = "unreadable"
)

// name stores the content that was read, and says what stands for it.
func (s *splitter) name(a *attached) (string, error) {
	if a.large {
		return namePrefix + tooLarge, nil
	}
	if bytes.HasPrefix(s.data, []byte(namePrefix)) && len(s.data) < 200 {
		return string(s.data), nil // it was split before
	}
	body, ok := s.decode(a)
	if !ok {
		return namePrefix + notReadable, nil
	}
	if len(body) > model.MaxAttachment {
		return namePrefix + tooLarge, nil
	}
	hash := hashOf(body)
	if s.sink != nil {
		if err := s.sink(hash, body); err != nil {
			return "", err
		}
	}
	return namePrefix + hash.String() + ":" + strconv.Itoa(len(body)), nil
}

// decode undoes JSON's escapes and, where the content is in it, base64.
func (s *splitter) decode(a *attached) (body []byte, ok bool) {
	text := s.data
	if bytes.IndexByte(text, '\\') >= 0 {
		var plain string
		if json.Unmarshal(append(append([]byte{'"'}, text...), '"'), &plain) != nil {
			return nil, false
		}
		text = []byte(plain)
	}
	said := a.said()
	if said.ContentEncoding == "IDENTITY" {
		return text, true
	}
	if need := base64.StdEncoding.DecodedLen(len(text)); cap(s.plain) < need {
		s.plain = make([]byte, need)
	}
	n, err := base64.StdEncoding.Decode(s.plain[:cap(s.plain)], text) // skips line ends
	if err != nil {
		n, err = base64.RawStdEncoding.Decode(s.plain[:cap(s.plain)], text)
	}
	media := said.media()
	isText := strings.HasPrefix(media, "text/") || strings.Contains(media, "json") || strings.Contains(media, "xml")
	switch {
	case err == nil && (!isText || model.IsText(s.plain[:n])):
		return s.plain[:n], true
	case said.ContentEncoding == "BASE64" || !isText:
		return nil, false
	}
	return text, true // some runners write texts as they are
}

// beside is what a report says of an attachment.
type beside struct {
	MimeType        string `json:"mime_type"`
	MediaType       string `json:"mediaType"`
	ContentEncoding string `json:"contentEncoding"`
	Media           struct {
		Type string `json:"type"`
	} `json:"media"`
}

func (b *beside) media() string { return b.MimeType + b.MediaType + b.Media.Type }

func (a *attached) said() (b beside) {
	text := make([]byte, 0, a.beside.Len()+2)
	text = append(append(append(text, '{'), a.beside.Bytes()...), '}')
	_ = json.Unmarshal(text, &b) // what cannot be read says nothing
	return b
}

// reference reads a name that Split put in the place of content. Why there is none to keep is told otherwise; "" where it was
// never split off.
func reference(name string) (ref model.AttachmentRef, why string) {
	rest, ok := strings.CutPrefix(name, namePrefix)
	if !ok {
		return ref, ""
	}
	sum, size, _ := strings.Cut(rest, ":")
	if raw, err := hex.DecodeString(sum); err == nil && len(raw) == len(ref.Hash) {
		copy(ref.Hash[:], raw)
		ref.Size, _ = strconv.Atoi(size)
		return ref, ""
	}
	return ref, rest
}

// hashOf names content.
func hashOf(content []byte) behavepro.Hash { return behavepro.Hash(sha256.Sum256(content)) }
