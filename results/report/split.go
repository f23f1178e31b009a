package report

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
)

// Bounds of splitting.
const (
	maxEncoded = model.MaxAttachment/3*4 + 1<<20 // bytes of an attachment as the report writes it
	maxBeside  = 64 << 10                        // bytes of what a report says of an attachment
)

// Sink is handed the content of each attachment as it is split off; body is valid until it returns. Its error ends the reading.
type Sink func(hash behavepro.Hash, body []byte) error

// Split reads a report and gives the same report with the content of attachments taken out: in their place stands a name that
// reading understands. A report that holds none, or is of a format without any, comes as it is, a gzipped one less packed. sink may be
// nil. At most one
// attachment is held. Close ends it, and waits for that.
func Split(report io.Reader, sink Sink) io.ReadCloser {
	r, w := io.Pipe()
	s := &splitter{in: bufio.NewReaderSize(report, window), out: bufio.NewWriterSize(w, window), sink: sink}
	reader := &splitReader{PipeReader: r, done: make(chan struct{})}
	go func() {
		defer close(reader.done)
		err := s.run()
		if flushed := s.out.Flush(); err == nil {
			err = flushed
		}
		w.CloseWithError(err)
	}()
	return reader
}

type splitReader struct {
	*io.PipeReader
	done chan struct{}
}

func (r *splitReader) Close() error {
	err := r.PipeReader.Close()
	<-r.done
	return err
}

// splitter copies JSON and looks for attachments on the way. What is no JSON, or broken, is copied.
type splitter struct {
	in    *bufio.Reader
	out   *bufio.Writer
	sink  Sink
	stack []frame
	lines bool   // of Cucumber Messages
	data  []byte // of the attachment that is being read
	plain []byte // decoded
}

// frame is an object or array that is open.
type frame struct {
	object   bool
	wantsKey bool
	key      string // of the value that comes or came last; of an array, the key that it stands at
}

func (s *splitter) run() error {
	if head, _ := s.in.Peek(3); isGzip(head) {
		return s.packed()
	}
	return s.plainly()
}

// packed splits a gzipped report, and gives a gzipped one of the least effort. Where the stream is broken, so is what is given: who
// reads it says so. Its bound is beyond that of reading, which tells of it.
func (s *splitter) packed() error {
	out := s.out
	packed, err := gzip.NewWriterLevel(out, gzip.NoCompression)
	if err != nil {
		return err
	}
	s.in = bufio.NewReaderSize(&gzipReader{from: s.in, left: 2 * maxInflated, most: 2 * maxInflated}, window)
	s.out = bufio.NewWriterSize(packed, window)
	err = s.plainly()
	if flushed := s.out.Flush(); err == nil {
		err = flushed
	}
	s.out = out
	if _, broken := errors.AsType[*malformed](err); broken {
		return packed.Flush()
	}
	if err != nil {
		return err
	}
	return packed.Close()
}

func (s *splitter) plainly() error {
	head, _ := s.in.Peek(headSize)
	if !hasJSON(head) {
		_, err := io.Copy(s.out, s.in)
		return err
	}
	s.lines = isMessages(trimSpace(bytes.TrimPrefix(head, utf8BOM)))
	for {
		c, err := s.in.ReadByte()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = s.take(c)
		}
		if err != nil {
			return err
		}
	}
}

// hasJSON reports whether a report begins as JSON in UTF-8.
func hasJSON(head []byte) bool {
	head = trimSpace(bytes.TrimPrefix(head, utf8BOM))
	return len(head) > 1 && (head[0] == '{' || head[0] == '[') && head[1] != 0
}

// take copies what begins with c.
func (s *splitter) take(c byte) error {
	top := s.top()
	switch c {
	case '{', '[':
		if c == '{' && s.attaches() {
			return s.attachment()
		}
		if len(s.stack) < 2*maxDepth { // deeper is refused where it is read
			f := frame{object: c == '{', wantsKey: c == '{'}
			if c == '[' && top != nil && top.object {
				f.key = top.key
			}
			s.stack = append(s.stack, f)
		}
	case '}', ']':
		if len(s.stack) > 0 {
			s.stack = s.stack[:len(s.stack)-1]
		}
	case ',':
		if top != nil {
			top.wantsKey = top.object
		}
	case '\n':
		if next, _ := s.in.Peek(1); s.lines && len(next) > 0 && next[0] == '{' {
			s.stack = s.stack[:0] // whatever the line before left open
		}
	case '"':
		if top != nil && top.wantsKey {
			top.wantsKey = false
			key, err := s.text(nil, maxKey)
			top.key = string(key)
			return err
		}
		if err := s.out.WriteByte(c); err != nil {
			return err
		}
		return s.copyText()
	}
	return s.out.WriteByte(c)
}

func (s *splitter) top() *frame {
	if len(s.stack) == 0 {
		return nil
	}
	return &s.stack[len(s.stack)-1]
}

// attaches reports whether the object that comes is an attachment: in Cucumber JSON an element of embeddings, in Cucumber Messages
// the envelope's.
func (s *splitter) attaches() bool {
	top := s.top()
	switch {
	case top == nil:
		return false
	case top.object:
		return len(s.stack) == 1 && top.key == "attachment"
	}
	return top.key == "embeddings"
}

// copyText copies the rest of a text whose opening quote is copied.
func (s *splitter) copyText() error {
	for {
		part, err := s.in.ReadSlice('"')
		if _, werr := s.out.Write(part); werr != nil {
			return werr
		}
		switch {
		case err == bufio.ErrBufferFull:
			if err := s.evenOut(part); err != nil {
				return err
			}
		case err != nil:
			return ended(err)
		case !escaped(part[:len(part)-1]):
			return nil
		}
	}
}

// evenOut copies the byte after a part that ends in the middle of an escape.
func (s *splitter) evenOut(part []byte) error {
	if !escaped(part) {
		return nil
	}
	c, err := s.in.ReadByte()
	if err != nil {
		return ended(err)
	}
	return s.out.WriteByte(c)
}

// ended is nil where the report ends early: what is missing is told by who reads it.
func ended(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// escaped reports whether what follows a text is escaped: it ends in an odd number of backslashes.
func escaped(text []byte) bool {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// text copies the text that begins, and returns at most limit bytes of it as written.
func (s *splitter) text(buf []byte, limit int) ([]byte, error) {
	if err := s.out.WriteByte('"'); err != nil {
		return nil, err
	}
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return buf, ended(err)
		}
		if err := s.out.WriteByte(c); err != nil {
			return nil, err
		}
		if c == '"' && !escaped(buf) || len(buf) == limit {
			if c != '"' {
				return nil, s.copyText()
			}
			return buf, nil
		}
		buf = append(buf, c)
	}
}
