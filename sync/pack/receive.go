// Package pack reads Git packs in storage order: it finds every object once, resolves deltas from their bases down on
// all cores, and writes the index and the reduced packs that a mirror needs. It holds one chain of deltas in memory per
// core, never a pack, and knows nothing of repositories or features.
//
// Formats: gitformat-pack(5). Thin packs are refused: a mirror never asks for one.
package pack

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zlib"

	"github.com/behavepro/behavepro"
)

// Type is an object type as a pack stores it.
type Type byte

const (
	Commit   Type = 1
	Tree     Type = 2
	Blob     Type = 3
	Tag      Type = 4
	ofsDelta Type = 6
	refDelta Type = 7
)

// String is Git's name of the type.
func (t Type) String() string {
	return [...]string{"", "commit", "tree", "blob", "tag", "", "", ""}[t&7]
}

// entry is one object as stored. Size is inflated, of the delta where it is one.
type entry struct {
	offset  int64
	base    int64 // ofsDelta: the offset of its base
	baseSHA behavepro.SHA
	size    int64
	header  uint16 // bytes before the zlib stream
	stored  Type
}

// Pack is a received pack and where its objects are.
type Pack struct {
	data     io.ReaderAt
	size     int64 // with the trailer
	checksum behavepro.SHA
	entries  []entry

	// Filled by Resolve, index by index of entries.
	shas    []behavepro.SHA
	types   []Type
	skipped int64
}

// Skipped is how many objects were over the bound of Resolve.
func (p *Pack) Skipped() int64 { return p.skipped }

// Len is the number of objects.
func (p *Pack) Len() int { return len(p.entries) }

// Size is the number of bytes.
func (p *Pack) Size() int64 { return p.size }

// Storage is where a pack is kept while it is read.
type Storage interface {
	io.Writer
	io.ReaderAt
}

// Memory is a Storage in memory.
type Memory struct{ buf []byte }

func (m *Memory) Write(p []byte) (int, error) { m.buf = append(m.buf, p...); return len(p), nil }

// Bytes are what was written.
func (m *Memory) Bytes() []byte { return m.buf }

// ReadAt implements io.ReaderAt.
func (m *Memory) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(m.buf)) {
		return 0, io.EOF
	}
	n := copy(p, m.buf[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// ErrStorage: what was received could not be kept, such as on a full disk.
var ErrStorage = errors.New("cannot be kept")

// Receive reads a pack from r into to and finds its objects. It calls progress now and then with the objects found so far
// and their total. A pack over maxBytes or maxObjects is refused with ErrLimit and a Problem that names the bound; what is not a
// pack, or one with a wrong checksum, is ErrCorrupt, and what to did not take is ErrStorage.
func Receive(ctx context.Context, r io.Reader, to Storage, maxBytes, maxObjects int64, progress func(done, total int64)) (*Pack, error) {
	in := &tee{ctx: ctx, r: r, to: to, sum: sha1.New(), max: maxBytes}
	br := bufio.NewReaderSize(in, 128<<10)
	var head [12]byte
	if _, err := io.ReadFull(br, head[:]); err != nil {
		return nil, fmt.Errorf("read pack header: %w", err)
	}
	if string(head[:4]) != "PACK" || binary.BigEndian.Uint32(head[4:]) != 2 {
		return nil, fmt.Errorf("read pack header %q: %w", head[:8], behavepro.ErrCorrupt)
	}
	total := int64(binary.BigEndian.Uint32(head[8:]))
	if total > maxObjects {
		return nil, behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("a pack of %d objects, more than %d", total, maxObjects), "")
	}
	p := &Pack{data: to, entries: make([]entry, 0, min(total, 1<<20))}
	scan := scanner{br: br, in: in}
	for i := range total {
		e, err := scan.next()
		if err != nil {
			return nil, fmt.Errorf("read object %d of %d of pack: %w", i+1, total, err)
		}
		p.entries = append(p.entries, e)
		if i%4096 == 0 {
			progress(i, total)
		}
	}
	progress(total, total)
	return p, scan.trailer(p)
}

// scanner finds where objects begin and end, by inflating them once.
type scanner struct {
	br *bufio.Reader
	in *tee
	z  io.ReadCloser
}

func (s *scanner) position() int64 { return s.in.n - int64(s.br.Buffered()) }

func (s *scanner) next() (entry, error) {
	e, err := readEntry(s.br, s.position())
	if err != nil {
		return e, err
	}
	e.header = uint16(s.position() - e.offset)
	return e, s.skip(e.size)
}

// readEntry reads the header of the object at an offset.
func readEntry(br *bufio.Reader, offset int64) (entry, error) {
	e := entry{offset: offset}
	b, err := br.ReadByte()
	if err != nil {
		return e, noEOF(err)
	}
	e.stored = Type(b >> 4 & 7)
	e.size = int64(b & 15)
	for shift := 4; b&0x80 != 0; shift += 7 {
		if b, err = br.ReadByte(); err != nil {
			return e, noEOF(err)
		}
		if shift > 56 {
			return e, fmt.Errorf("object size: %w", behavepro.ErrCorrupt)
		}
		e.size |= int64(b&0x7f) << shift
	}
	if e.size < 0 {
		return e, fmt.Errorf("object size: %w", behavepro.ErrCorrupt)
	}
	switch e.stored {
	case ofsDelta:
		distance, err := readOffset(br)
		if err != nil {
			return e, err
		}
		if e.base = e.offset - distance; distance <= 0 || e.base < 12 {
			return e, fmt.Errorf("delta base before the pack: %w", behavepro.ErrCorrupt)
		}
	case refDelta:
		if _, err := io.ReadFull(br, e.baseSHA[:]); err != nil {
			return e, noEOF(err)
		}
	case Commit, Tree, Blob, Tag:
	default:
		return e, fmt.Errorf("object type %d: %w", e.stored, behavepro.ErrCorrupt)
	}
	return e, nil
}

func (s *scanner) skip(size int64) error {
	if err := s.reset(); err != nil {
		return fmt.Errorf("inflate: %w", noEOF(err))
	}
	n, err := io.Copy(io.Discard, io.LimitReader(s.z, size+1))
	if err != nil {
		return fmt.Errorf("inflate: %w", noEOF(err))
	}
	if n != size {
		return fmt.Errorf("object of %d bytes inflates to another size: %w", size, behavepro.ErrCorrupt)
	}
	return nil
}

func (s *scanner) reset() (err error) {
	if s.z == nil {
		s.z, err = zlib.NewReader(s.br)
		return err
	}
	return s.z.(zlib.Resetter).Reset(s.br, nil)
}

// trailer checks the checksum of everything before it.
func (s *scanner) trailer(p *Pack) error {
	p.size = s.position() + 20
	if _, err := io.ReadFull(s.br, p.checksum[:]); err != nil {
		return fmt.Errorf("read pack checksum: %w", noEOF(err))
	}
	// What follows in the stream is not read: some servers leave it open.
	if got := s.in.checksum(p.size - 20); got != p.checksum {
		return fmt.Errorf("pack checksum is %s, want %s: %w", got, p.checksum, behavepro.ErrCorrupt)
	}
	return nil
}

// tee copies what is read into storage and hashes all of it but the newest 20 bytes, which may be the trailer.
type tee struct {
	ctx    context.Context
	r      io.Reader
	to     io.Writer
	sum    hash.Hash
	held   []byte
	n, max int64
}

func (t *tee) Read(b []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := t.r.Read(b)
	if n == 0 {
		return n, err
	}
	if t.n += int64(n); t.n > t.max {
		return 0, behavepro.Explain(behavepro.ErrLimit, "a pack larger than "+Bytes(t.max), "")
	}
	if _, werr := t.to.Write(b[:n]); werr != nil {
		return 0, fmt.Errorf("pack %w: %w", ErrStorage, werr)
	}
	t.held = append(t.held, b[:n]...)
	if keep := len(t.held) - 20; keep > 64<<10 {
		t.sum.Write(t.held[:keep])
		t.held = append(t.held[:0], t.held[keep:]...)
	}
	return n, err
}

// checksum hashes everything up to end.
func (t *tee) checksum(end int64) behavepro.SHA {
	hashed := t.n - int64(len(t.held))
	if end >= hashed && end <= t.n {
		t.sum.Write(t.held[:end-hashed])
	}
	return behavepro.SHA(t.sum.Sum(nil))
}

// Bytes is a size for people: in GB or MB (of 1,024) where it is a whole number of them.
func Bytes(n int64) string {
	switch {
	case n > 0 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GB", n>>30)
	case n > 0 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// readOffset reads the negative offset of an ofs-delta.
func readOffset(r io.ByteReader) (int64, error) {
	b, err := r.ReadByte()
	if err != nil {
		return 0, noEOF(err)
	}
	n := int64(b & 0x7f)
	for b&0x80 != 0 {
		if b, err = r.ReadByte(); err != nil {
			return 0, noEOF(err)
		}
		if n > 1<<54 {
			return 0, fmt.Errorf("delta offset: %w", behavepro.ErrCorrupt)
		}
		n = (n+1)<<7 | int64(b&0x7f)
	}
	return n, nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
