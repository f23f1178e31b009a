package report

import (
	"bytes"
	"fmt"
	"io"
)

// window is how much of a report is held at once.
const window = 64 << 10

// input is a sliding window over a report. It counts bytes and lines, so that whatever goes wrong can be placed.
type input struct {
	r        io.Reader
	buf      []byte
	pos, end int
	base     int64 // offset of buf[0] in the report
	lines    int   // line ends before buf[0]
	err      error // why there is no more to read; io.EOF at the end
}

func newInput(r io.Reader) *input { return &input{r: r, buf: make([]byte, window)} }

// fill replaces a consumed window by the next bytes. It reports false at the end or when reading failed.
func (in *input) fill() bool {
	if in.err != nil {
		return false
	}
	in.lines += bytes.Count(in.buf[:in.end], newline)
	in.base += int64(in.end)
	in.pos, in.end = 0, 0
	for range 100 {
		n, err := in.r.Read(in.buf)
		in.end = n
		in.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	in.err = io.ErrNoProgress
	return false
}

var newline = []byte{'\n'}

// next consumes one byte.
func (in *input) next() (byte, bool) {
	if in.pos == in.end && !in.fill() {
		return 0, false
	}
	c := in.buf[in.pos]
	in.pos++
	return c, true
}

// peek shows the next byte without consuming it.
func (in *input) peek() (byte, bool) {
	if in.pos == in.end && !in.fill() {
		return 0, false
	}
	return in.buf[in.pos], true
}

// head returns up to n of the next bytes without consuming them. It is meant for the start of a report.
func (in *input) head(n int) []byte {
	for in.end < len(in.buf) && in.end-in.pos < n && in.err == nil {
		got, err := in.r.Read(in.buf[in.end:])
		in.end += got
		in.err = err
		if got == 0 && err == nil {
			break
		}
	}
	return in.buf[in.pos:min(in.end, in.pos+n)]
}

// skipPast consumes everything up to and including the first delim.
func (in *input) skipPast(delim byte) bool {
	for {
		if i := bytes.IndexByte(in.buf[in.pos:in.end], delim); i >= 0 {
			in.pos += i + 1
			return true
		}
		in.pos = in.end
		if !in.fill() {
			return false
		}
	}
}

// failed is the reason why reading stopped early: nil at a regular end.
func (in *input) failed() error {
	if in.err == nil || in.err == io.EOF {
		return nil
	}
	return in.err
}

// place says where in the report the input stands.
func (in *input) place() string {
	line := in.lines + bytes.Count(in.buf[:in.pos], newline) + 1
	return fmt.Sprintf("line %d, byte %d", line, in.base+int64(in.pos))
}

// malformed is what is wrong with a report's bytes, with its place. It ends up in Summary.Unreadable.
type malformed struct{ what, place string }

func (m *malformed) Error() string { return m.what + " at " + m.place }

func (in *input) bad(format string, args ...any) error {
	return &malformed{what: fmt.Sprintf(format, args...), place: in.place()}
}

// cutOff is the error for a report that ends where more was due.
func (in *input) cutOff() error {
	if err := in.failed(); err != nil {
		return err
	}
	return in.bad("the file is cut off")
}
