package pack

import (
	"bufio"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"sync"

	"github.com/klauspost/compress/zlib"

	"github.com/behavepro/behavepro"
)

// File is a kept pack with its version 2 index, for looking up single objects. Opening it reads a kilobyte, whatever its size; a
// look-up reads a few entries of the index. It is safe for use by many goroutines.
type File struct {
	path   string // of the pack
	index  *os.File
	fanout [256]uint32
	max    int64

	mu     sync.Mutex
	data   *os.File // nil until an object is read
	size   int64
	recent map[int64]stored
	weight int
}

type stored struct {
	typ  Type
	data []byte
}

const (
	fanoutAt      = 8
	namesAt       = fanoutAt + 256*4
	deepestDelta  = 10_000
	recentObjects = 16 << 20 // bytes
)

// OpenFile opens the index beside a pack. An index that cannot be one is ErrCorrupt; an object over maxObject bytes will be
// refused with ErrLimit.
func OpenFile(path string, maxObject int64) (*File, error) {
	index, err := os.Open(strings.TrimSuffix(path, ".pack") + ".idx")
	if err != nil {
		return nil, fmt.Errorf("open pack: %w", err)
	}
	f := &File{path: path, index: index, max: maxObject, recent: map[int64]stored{}}
	if err := f.readFanout(); err != nil {
		return nil, errors.Join(fmt.Errorf("open pack index: %w", err), index.Close())
	}
	return f, nil
}

func (f *File) readFanout() error {
	var head [namesAt]byte
	if _, err := f.index.ReadAt(head[:], 0); err != nil {
		return fmt.Errorf("%w: %w", behavepro.ErrCorrupt, noEOF(err))
	}
	if string(head[:fanoutAt]) != "\xfftOc\x00\x00\x00\x02" {
		return behavepro.ErrCorrupt
	}
	for i := range f.fanout {
		f.fanout[i] = binary.BigEndian.Uint32(head[fanoutAt+4*i:])
		if i > 0 && f.fanout[i] < f.fanout[i-1] {
			return behavepro.ErrCorrupt
		}
	}
	info, err := f.index.Stat()
	if err != nil {
		return err
	}
	if least := namesAt + int64(f.fanout[255])*28 + 40; info.Size() < least {
		return behavepro.ErrCorrupt
	}
	return nil
}

// CheckEnds compares the end of the pack with what its index says: ErrCorrupt where the pack was cut or is another one. It reads a
// few bytes.
func (f *File) CheckEnds() error {
	info, err := f.index.Stat()
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(); err != nil {
		return err
	}
	var is, want [20]byte
	if _, err := f.index.ReadAt(want[:], info.Size()-40); err != nil {
		return fmt.Errorf("pack index: %w: %w", behavepro.ErrCorrupt, noEOF(err))
	}
	if _, err := f.data.ReadAt(is[:], f.size-20); err != nil || is != want {
		return fmt.Errorf("pack does not end as its index says: %w", behavepro.ErrCorrupt)
	}
	return nil
}

// CheckIndex compares the index with its checksum, and reads all of it; another content is ErrCorrupt.
func (f *File) CheckIndex() error {
	info, err := f.index.Stat()
	if err != nil {
		return err
	}
	sum, want := sha1.New(), [20]byte{}
	if _, err := io.Copy(sum, io.NewSectionReader(f.index, 0, info.Size()-20)); err != nil {
		return err
	}
	if _, err := f.index.ReadAt(want[:], info.Size()-20); err != nil || [20]byte(sum.Sum(nil)) != want {
		return fmt.Errorf("pack index has another checksum: %w", behavepro.ErrCorrupt)
	}
	return nil
}

// Close closes the files.
func (f *File) Close() error {
	err := f.index.Close()
	if f.data != nil {
		err = errors.Join(err, f.data.Close())
	}
	return err
}

// Has reports whether the pack holds an object.
func (f *File) Has(sha behavepro.SHA) bool {
	_, ok, err := f.find(sha)
	return ok && err == nil
}

// find looks an object's offset up.
func (f *File) find(sha behavepro.SHA) (offset int64, ok bool, err error) {
	from, to := 0, int(f.fanout[sha[0]])
	if sha[0] > 0 {
		from = int(f.fanout[sha[0]-1])
	}
	var name behavepro.SHA
	at := from + sort.Search(to-from, func(i int) bool {
		if err == nil {
			_, err = f.index.ReadAt(name[:], namesAt+20*int64(from+i))
		}
		return err != nil || behavepro.CompareSHA(name, sha) >= 0
	})
	if err != nil || at == to {
		return 0, false, err
	}
	if _, err = f.index.ReadAt(name[:], namesAt+20*int64(at)); err != nil || name != sha {
		return 0, false, err
	}
	offset, err = f.offset(int64(at))
	return offset, err == nil, err
}

func (f *File) offset(at int64) (int64, error) {
	n := int64(f.fanout[255])
	offsets := namesAt + 24*n
	var b [8]byte
	if _, err := f.index.ReadAt(b[:4], offsets+4*at); err != nil {
		return 0, err
	}
	near := binary.BigEndian.Uint32(b[:])
	if near>>31 == 0 {
		return int64(near), nil
	}
	if _, err := f.index.ReadAt(b[:], offsets+4*n+8*int64(near&(1<<31-1))); err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b[:])), nil
}

// Read returns an object and its type; one that the pack does not hold is ErrNotFound. Its content is checked against its
// name. The data must not be changed.
func (f *File) Read(sha behavepro.SHA) (Type, []byte, error) {
	offset, ok, err := f.find(sha)
	if err != nil {
		return 0, nil, fmt.Errorf("look up %s: %w", sha, err)
	}
	if !ok {
		return 0, nil, behavepro.ErrNotFound
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(); err != nil {
		return 0, nil, err
	}
	o, err := f.at(offset, 0)
	if err != nil {
		return 0, nil, fmt.Errorf("read %s: %w", sha, err)
	}
	if sumOf(o.typ, o.data, nil) != sha {
		return 0, nil, fmt.Errorf("read %s: its content has another name: %w", sha, behavepro.ErrCorrupt)
	}
	return o.typ, o.data, nil
}

func (f *File) open() error {
	if f.data != nil {
		return nil
	}
	data, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("open pack: %w", err)
	}
	info, err := data.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("open pack: %w", err), data.Close())
	}
	f.data, f.size = data, info.Size()
	return nil
}

// at reads the object at an offset, through the deltas that it is made of.
func (f *File) at(offset int64, depth int) (stored, error) {
	if o, ok := f.recent[offset]; ok {
		return o, nil
	}
	if depth > deepestDelta {
		return stored{}, fmt.Errorf("delta chain deeper than %d: %w", deepestDelta, behavepro.ErrLimit)
	}
	e, data, err := f.inflate(offset)
	if err != nil {
		return stored{}, err
	}
	o := stored{e.stored, data}
	if e.stored == ofsDelta || e.stored == refDelta {
		if e.stored == refDelta {
			at, ok, err := f.find(e.baseSHA)
			if err != nil || !ok {
				return o, errors.Join(fmt.Errorf("delta has no base: %w", behavepro.ErrCorrupt), err)
			}
			e.base = at
		}
		base, err := f.at(e.base, depth+1)
		if err != nil {
			return o, err
		}
		o.typ = base.typ
		if o.data, err = applyDelta(nil, base.data, data, f.max); err != nil {
			return o, err
		}
	}
	if f.weight += len(o.data); f.weight > recentObjects {
		clear(f.recent)
		f.weight = len(o.data)
	}
	f.recent[offset] = o
	return o, nil
}

func (f *File) inflate(offset int64) (entry, []byte, error) {
	if offset < 12 || offset >= f.size-20 {
		return entry{}, nil, fmt.Errorf("object at %d of a pack of %d bytes: %w", offset, f.size, behavepro.ErrCorrupt)
	}
	br := bufio.NewReaderSize(io.NewSectionReader(f.data, offset, f.size-20-offset), 4<<10)
	e, err := readEntry(br, offset)
	if err != nil {
		return e, nil, err
	}
	if e.size > f.max {
		return e, nil, fmt.Errorf("object of %d bytes, more than %d: %w", e.size, f.max, behavepro.ErrLimit)
	}
	z, err := zlib.NewReader(br)
	if err != nil {
		return e, nil, fmt.Errorf("inflate object at %d of pack: %w: %w", offset, behavepro.ErrCorrupt, err)
	}
	data := make([]byte, e.size)
	if _, err := io.ReadFull(z, data); err != nil {
		return e, nil, fmt.Errorf("inflate object at %d of pack: %w: %w", offset, behavepro.ErrCorrupt, noEOF(err))
	}
	return e, data, nil
}
