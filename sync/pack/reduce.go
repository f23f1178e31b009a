package pack

import (
	"bufio"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/behavepro/behavepro"
)

// Reduce writes the pack without its blobs into to and returns the reduced pack, resolved as far as p is. Deltas are
// copied as they are: their bases are of the same type and stay.
func (p *Pack) Reduce(to Storage) (*Pack, error) {
	var keep []int
	for i := range p.entries {
		if t := p.types[i]; t == Commit || t == Tree || t == Tag {
			keep = append(keep, i)
		}
	}
	sum := sha1.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(to, sum), 128<<10)
	out := &reducer{p: p, out: buffered, moved: make(map[int64]int64, len(keep))}
	small := &Pack{data: to}
	var head [12]byte
	copy(head[:], "PACK\x00\x00\x00\x02")
	binary.BigEndian.PutUint32(head[8:], uint32(len(keep)))
	out.write(head[:])
	for _, i := range keep {
		e, err := out.copyEntry(i)
		if err != nil {
			return nil, fmt.Errorf("reduce pack: %w", err)
		}
		small.entries = append(small.entries, e)
		small.shas, small.types = append(small.shas, p.shas[i]), append(small.types, p.types[i])
	}
	if err := buffered.Flush(); err != nil {
		return nil, fmt.Errorf("reduce pack: %w", err)
	}
	small.checksum = behavepro.SHA(sum.Sum(nil))
	small.size = out.at + 20
	_, err := to.Write(small.checksum[:])
	return small, err
}

type reducer struct {
	p     *Pack
	out   *bufio.Writer
	at    int64
	moved map[int64]int64 // old offset → new
	buf   []byte
}

func (r *reducer) write(b []byte) {
	n, _ := r.out.Write(b) // a bufio.Writer keeps its first error for Flush
	r.at += int64(n)
}

func (r *reducer) copyEntry(i int) (entry, error) {
	old := r.p.entries[i]
	e := old
	e.offset = r.at
	r.moved[old.offset] = r.at
	header := appendHeader(nil, old.stored, old.size)
	switch old.stored {
	case ofsDelta:
		base, ok := r.moved[old.base]
		if !ok {
			return e, fmt.Errorf("delta base at %d comes later: %w", old.base, behavepro.ErrCorrupt)
		}
		e.base = base
		header = appendOffset(header, e.offset-base)
	case refDelta:
		header = append(header, old.baseSHA[:]...)
	}
	e.header = uint16(len(header))
	r.write(header)
	end := r.p.size - 20
	if i+1 < len(r.p.entries) {
		end = r.p.entries[i+1].offset
	}
	from := old.offset + int64(old.header)
	if n := int(end - from); cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	body := r.buf[:end-from]
	if _, err := r.p.data.ReadAt(body, from); err != nil {
		return e, err
	}
	r.write(body)
	return e, nil
}

func appendHeader(b []byte, t Type, size int64) []byte {
	c := byte(t)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		b = append(b, c|0x80)
		c = byte(size & 0x7f)
	}
	return append(b, c)
}

func appendOffset(b []byte, n int64) []byte {
	var digits [10]byte
	i := len(digits) - 1
	digits[i] = byte(n & 0x7f)
	for n >>= 7; n > 0; n >>= 7 {
		n--
		i--
		digits[i] = 0x80 | byte(n&0x7f)
	}
	return append(b, digits[i:]...)
}
