package report

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/behavepro/behavepro"
)

// inflate puts a gzipped report into plain bytes, at most so many of them. It is called before anything is consumed.
func (in *input) inflate(most int64) {
	if !isGzip(in.head(3)) {
		return
	}
	raw := &input{r: in.r, buf: in.buf, pos: in.pos, end: in.end, err: in.err}
	*in = *newInput(&gzipReader{from: bufio.NewReader(raw), left: most, most: most})
}

// isGzip reports whether a report begins as gzip does.
func isGzip(head []byte) bool {
	return len(head) >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8
}

// Read gives what was not consumed, then what follows.
func (in *input) Read(p []byte) (int, error) {
	if in.pos == in.end && !in.fill() {
		if err := in.failed(); err != nil {
			return 0, err
		}
		return 0, io.EOF
	}
	n := copy(p, in.buf[in.pos:in.end])
	in.pos += n
	return n, nil
}

// gzipReader reads a gzip stream up to a bound. Broken bytes are malformed, as they are in a plain report.
type gzipReader struct {
	from       *bufio.Reader
	plain      *gzip.Reader
	left, most int64
	broken     error // stays
}

func (g *gzipReader) Read(p []byte) (n int, err error) {
	if g.broken != nil {
		return 0, g.broken
	}
	if g.left == 0 {
		return 0, fmt.Errorf("more than %s of one report, inflated: %w", sizeText(int(g.most)), behavepro.ErrLimit)
	}
	if g.plain == nil {
		g.plain, err = gzip.NewReader(g.from)
	}
	if err == nil {
		n, err = g.plain.Read(p[:min(int64(len(p)), g.left)])
		g.left -= int64(n)
	}
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		err = &malformed{what: "the gzip stream is cut off or broken", place: fmt.Sprintf("byte %d, inflated", g.most-g.left)}
		g.broken = err
	}
	return n, err
}
