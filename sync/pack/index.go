package pack

import (
	"bufio"
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/behavepro/behavepro"
)

// Checksum names the pack.
func (p *Pack) Checksum() behavepro.SHA { return p.checksum }

// ErrUnresolved: the pack holds an object of a type that was not resolved, or a delta without its base.
var ErrUnresolved = errors.New("object is not resolved")

// WriteIndex writes the pack's version 2 index. All objects must have been resolved, else it is ErrUnresolved.
func (p *Pack) WriteIndex(to io.Writer) error {
	order := make([]int32, len(p.entries))
	for i := range order {
		if p.types == nil || p.types[i] == 0 {
			return fmt.Errorf("index pack: at %d: %w: %w", p.entries[i].offset, ErrUnresolved, behavepro.ErrCorrupt)
		}
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(behavepro.CompareSHA(p.shas[a], p.shas[b]), cmp.Compare(a, b))
	})
	sum := sha1.New()
	out := bufio.NewWriterSize(io.MultiWriter(to, sum), 64<<10)
	out.WriteString("\xfftOc\x00\x00\x00\x02")
	p.writeFanout(out, order)
	for _, i := range order {
		out.Write(p.shas[i][:])
	}
	if err := p.writeCRCs(out, order); err != nil {
		return err
	}
	p.writeOffsets(out, order)
	out.Write(p.checksum[:])
	if err := out.Flush(); err != nil {
		return fmt.Errorf("index pack: %w", err)
	}
	_, err := to.Write(sum.Sum(nil))
	return err
}

func (p *Pack) writeFanout(out *bufio.Writer, order []int32) {
	var fanout [256]uint32
	for _, i := range order {
		fanout[p.shas[i][0]]++
	}
	total := uint32(0)
	for _, n := range fanout {
		total += n
		writeUint32(out, total)
	}
}

func (p *Pack) writeCRCs(out *bufio.Writer, order []int32) error {
	var buf []byte
	for _, i := range order {
		end := p.size - 20
		if int(i)+1 < len(p.entries) {
			end = p.entries[i+1].offset
		}
		n := int(end - p.entries[i].offset)
		if cap(buf) < n {
			buf = make([]byte, n)
		}
		if _, err := p.data.ReadAt(buf[:n], p.entries[i].offset); err != nil {
			return fmt.Errorf("index pack: %w", err)
		}
		writeUint32(out, crc32.ChecksumIEEE(buf[:n]))
	}
	return nil
}

func (p *Pack) writeOffsets(out *bufio.Writer, order []int32) {
	var far []int64
	for _, i := range order {
		if at := p.entries[i].offset; at < 1<<31 {
			writeUint32(out, uint32(at))
		} else {
			writeUint32(out, 1<<31|uint32(len(far)))
			far = append(far, at)
		}
	}
	for _, at := range far {
		writeUint32(out, uint32(at>>32))
		writeUint32(out, uint32(at))
	}
}

func writeUint32(out *bufio.Writer, n uint32) {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	out.Write(b[:])
}
