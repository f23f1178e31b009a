package store

import (
	"fmt"

	"github.com/behavepro/behavepro"
)

// Size is what an op counts against MaxBatchBytes: its key, its index values and its body, in bytes.
func (o *Op) Size() int {
	n := len(o.Key) + len(o.Body)
	for _, e := range o.Index {
		n += len(e.Value) + len(o.Key)
	}
	return n
}

// CheckBatch is the check that every driver makes before it writes anything: a batch over MaxBatchOps or MaxBatchBytes
// and a body over MaxBody are ErrLimit; an empty key is ErrInvalid.
func CheckBatch(ops []Op) error {
	if len(ops) > MaxBatchOps {
		return fmt.Errorf("write batch of %d changes, more than %d: %w", len(ops), MaxBatchOps, behavepro.ErrLimit)
	}
	total := 0
	for i := range ops {
		op := &ops[i]
		if op.Key == "" {
			return fmt.Errorf("write %s: empty key: %w", op.At.Kind, behavepro.ErrInvalid)
		}
		if len(op.Body) > MaxBody {
			return fmt.Errorf("write %s: body of %d bytes, more than %d: %w", op.At.Kind, len(op.Body), MaxBody, behavepro.ErrLimit)
		}
		total += op.Size()
	}
	if total > MaxBatchBytes {
		return fmt.Errorf("write batch of %d bytes, more than %d: %w", total, MaxBatchBytes, behavepro.ErrLimit)
	}
	return nil
}
