package pack

import (
	"fmt"

	"github.com/behavepro/behavepro"
)

// deltaSizes reads the base and result sizes at the start of a delta, and returns what follows.
func deltaSizes(delta []byte) (base, result int64, rest []byte, err error) {
	if base, delta, err = deltaSize(delta); err != nil {
		return 0, 0, nil, err
	}
	if result, delta, err = deltaSize(delta); err != nil {
		return 0, 0, nil, err
	}
	return base, result, delta, nil
}

func deltaSize(b []byte) (int64, []byte, error) {
	var n int64
	for i := 0; i < len(b) && i < 9; i++ {
		n |= int64(b[i]&0x7f) << (7 * i)
		if b[i]&0x80 == 0 {
			return n, b[i+1:], nil
		}
	}
	return 0, nil, fmt.Errorf("delta header: %w", behavepro.ErrCorrupt)
}

// applyDelta appends to dst[:0] what delta makes of base. A result over max is refused with ErrLimit.
func applyDelta(dst, base, delta []byte, max int64) ([]byte, error) {
	baseSize, size, ops, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if size > max {
		return nil, fmt.Errorf("object of %d bytes, more than %d: %w", size, max, behavepro.ErrLimit)
	}
	broken := fmt.Errorf("delta: %w", behavepro.ErrCorrupt)
	if baseSize != int64(len(base)) {
		return nil, broken
	}
	if int64(cap(dst)) < size {
		dst = make([]byte, 0, size)
	}
	dst = dst[:0]
	for len(ops) > 0 {
		op := ops[0]
		ops = ops[1:]
		if op&0x80 == 0 {
			if op == 0 || int(op) > len(ops) {
				return nil, broken
			}
			dst = append(dst, ops[:op]...)
			ops = ops[op:]
			continue
		}
		var at, n int
		for i := range 7 {
			if op>>i&1 == 0 {
				continue
			}
			if len(ops) == 0 {
				return nil, broken
			}
			if i < 4 {
				at |= int(ops[0]) << (8 * i)
			} else {
				n |= int(ops[0]) << (8 * (i - 4))
			}
			ops = ops[1:]
		}
		if n == 0 {
			n = 0x10000
		}
		if at+n > len(base) {
			return nil, broken
		}
		dst = append(dst, base[at:at+n]...)
		if int64(len(dst)) > size {
			return nil, broken
		}
	}
	if int64(len(dst)) != size {
		return nil, broken
	}
	return dst, nil
}
