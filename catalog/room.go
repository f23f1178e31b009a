package catalog

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/behavepro/behavepro"
)

// MaxStored is how many bytes of records a tenant may have unless the operator says otherwise. The mirrors and the database's own
// room come on top.
const MaxStored = 100 << 30

// measureEvery is how old a measure of what is stored may be. What is written meanwhile goes over the bound.
const measureEvery = 15 * time.Minute

// room is what a tenant may store, and what it stored when last measured.
type room struct {
	most, stored, measured atomic.Int64 // bytes, bytes, Unix seconds
}

// Bound sets how many bytes the tenant may store; 0 is no bound.
func (c *Catalog) Bound(bytes int64) { c.room.most.Store(bytes) }

// Measure counts what is stored, at most every 15 minutes, and removes what takes room for nothing.
func (c *Catalog) Measure(ctx context.Context, now time.Time) error {
	if since := now.Unix() - c.room.measured.Load(); since >= 0 && since < int64(measureEvery/time.Second) {
		return nil
	}
	if _, err := c.scope.SweepParts(ctx, now); err != nil {
		return err
	}
	if c.room.most.Load() > 0 {
		stat, err := c.scope.Stat(ctx, nil)
		if err != nil {
			return fmt.Errorf("measure what is stored: %w", err)
		}
		beside, err := c.scope.StatObjects(ctx)
		if err != nil {
			return fmt.Errorf("measure what is stored: %w", err)
		}
		c.room.stored.Store(stat.Bytes + beside.Bytes)
	}
	c.room.measured.Store(now.Unix())
	return nil
}

// Room is ErrLimit where the tenant stored more than it may when it was last measured. Who asks is about to add to it; what is
// there stays, and is read as before.
func (c *Catalog) Room() error {
	most, stored := c.room.most.Load(), c.room.stored.Load()
	if most == 0 || stored <= most {
		return nil
	}
	return behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("this site stores %d MB, more than the %d MB that it may", stored>>20, most>>20),
		"remove repositories that nobody needs; the operator can allow more: --max-stored")
}
