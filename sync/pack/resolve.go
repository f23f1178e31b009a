package pack

import (
	"bufio"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zlib"
	"golang.org/x/sync/errgroup"

	"github.com/behavepro/behavepro"
)

// Object is a resolved object. Data is valid during the visit only.
type Object struct {
	Type Type
	SHA  behavepro.SHA
	Data []byte
}

// Visit gets an object; worker is 0 to Workers()-1 and lets it keep state without locks.
type Visit func(worker int, o Object) error

// Workers is how many visits run at once.
func Workers() int { return runtime.GOMAXPROCS(0) }

// Resolve visits every object of the given types once, in no order, and remembers its SHA. Deltas are resolved from their
// bases down, so an object is inflated once. An object over maxObject bytes, and whatever is a delta against it, is not visited but
// counted in skipped.
func (p *Pack) Resolve(ctx context.Context, maxObject int64, visit Visit, types ...Type) (skipped int64, err error) {
	if p.shas == nil {
		p.shas, p.types = make([]behavepro.SHA, len(p.entries)), make([]Type, len(p.entries))
	}
	r := &resolver{p: p, max: maxObject, visit: visit}
	if err := r.children(); err != nil {
		return 0, err
	}
	var roots []int32
	for i := range p.entries {
		if slices.Contains(types, p.entries[i].stored) {
			roots = append(roots, int32(i))
		}
	}
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for w := range Workers() {
		group.Go(func() error {
			walker := &walker{resolver: r, id: w}
			for {
				i := next.Add(1) - 1
				if i >= int64(len(roots)) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := walker.root(roots[i]); err != nil {
					return err
				}
			}
		})
	}
	err = group.Wait()
	p.skipped += r.skipped.Load()
	return r.skipped.Load(), err
}

// resolver knows who is a delta of whom.
type resolver struct {
	p       *Pack
	max     int64
	visit   Visit
	skipped atomic.Int64

	first, sibling []int32 // delta children of an entry: a linked list by index, -1 at the end

	mu    sync.Mutex // guards byRef
	byRef map[behavepro.SHA][]int32
}

func (r *resolver) children() error {
	entries := r.p.entries
	r.first, r.sibling = make([]int32, len(entries)), make([]int32, len(entries))
	for i := range entries {
		r.first[i], r.sibling[i] = -1, -1
	}
	for i := range entries {
		switch entries[i].stored {
		case ofsDelta:
			at, ok := slices.BinarySearchFunc(entries, entries[i].base, func(e entry, offset int64) int {
				switch {
				case e.offset < offset:
					return -1
				case e.offset > offset:
					return 1
				}
				return 0
			})
			if !ok {
				return fmt.Errorf("delta at %d has no base at %d: %w", entries[i].offset, entries[i].base, behavepro.ErrCorrupt)
			}
			r.sibling[i], r.first[at] = r.first[at], int32(i)
		case refDelta:
			if r.byRef == nil {
				r.byRef = map[behavepro.SHA][]int32{}
			}
			r.byRef[entries[i].baseSHA] = append(r.byRef[entries[i].baseSHA], int32(i))
		}
	}
	return nil
}

// walker resolves one family of deltas at a time.
type walker struct {
	*resolver
	id     int
	br     *bufio.Reader
	z      io.ReadCloser
	delta  []byte
	levels [][]byte // a buffer for each depth
	header []byte
}

func (w *walker) root(i int32) error {
	e := &w.p.entries[i]
	if e.size > w.max {
		w.skipped.Add(1)
		return nil
	}
	data, err := w.inflate(e, w.level(0))
	if err != nil {
		return err
	}
	w.levels[0] = data
	return w.down(i, e.stored, data, 1)
}

func (w *walker) level(depth int) []byte {
	for len(w.levels) <= depth {
		w.levels = append(w.levels, nil)
	}
	return w.levels[depth]
}

// down visits an object and then its deltas.
func (w *walker) down(i int32, typ Type, data []byte, depth int) error {
	const deepest = 10_000 // Git itself makes chains of 50, and at most 4,095
	if depth > deepest {
		return fmt.Errorf("delta chain deeper than %d: %w", deepest, behavepro.ErrLimit)
	}
	sha := w.sum(typ, data)
	w.p.shas[i], w.p.types[i] = sha, typ
	if err := w.visit(w.id, Object{typ, sha, data}); err != nil {
		return err
	}
	for child := w.first[i]; child >= 0; child = w.sibling[child] {
		if err := w.child(child, typ, data, depth); err != nil {
			return err
		}
	}
	if w.byRef == nil {
		return nil
	}
	w.mu.Lock()
	refs := w.byRef[sha]
	delete(w.byRef, sha)
	w.mu.Unlock()
	for _, child := range refs {
		if err := w.child(child, typ, data, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) child(i int32, typ Type, base []byte, depth int) error {
	e := &w.p.entries[i]
	if e.size > w.max {
		w.skipped.Add(1)
		return nil
	}
	delta, err := w.inflate(e, w.delta)
	if err != nil {
		return err
	}
	w.delta = delta
	data, err := applyDelta(w.level(depth), base, delta, w.max)
	if errors.Is(err, behavepro.ErrLimit) {
		w.skipped.Add(1)
		return nil
	}
	if err != nil {
		return fmt.Errorf("object at %d of pack: %w", e.offset, err)
	}
	w.levels[depth] = data
	return w.down(i, typ, data, depth+1)
}

func (w *walker) inflate(e *entry, into []byte) ([]byte, error) {
	from := e.offset + int64(e.header)
	section := io.NewSectionReader(w.p.data, from, w.p.size-20-from)
	var err error
	if w.br == nil {
		w.br = bufio.NewReaderSize(section, 4<<10)
		w.z, err = zlib.NewReader(w.br)
	} else {
		w.br.Reset(section)
		err = w.z.(zlib.Resetter).Reset(w.br, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("inflate object at %d of pack: %w", e.offset, err)
	}
	if int64(cap(into)) < e.size {
		into = make([]byte, e.size, e.size+e.size/4)
	}
	into = into[:e.size]
	if _, err := io.ReadFull(w.z, into); err != nil {
		return nil, fmt.Errorf("inflate object at %d of pack: %w", e.offset, noEOF(err))
	}
	return into, nil
}

func (w *walker) sum(typ Type, data []byte) behavepro.SHA {
	return sumOf(typ, data, &w.header)
}

// sumOf names an object by its content; header is a buffer to use again, or nil.
func sumOf(typ Type, data []byte, header *[]byte) behavepro.SHA {
	if header == nil {
		header = new([]byte)
	}
	b := append((*header)[:0], typ.String()...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(len(data)), 10)
	b = append(b, 0)
	*header = b
	h := sha1.New()
	h.Write(b)
	h.Write(data)
	var sha behavepro.SHA
	h.Sum(sha[:0])
	return sha
}
