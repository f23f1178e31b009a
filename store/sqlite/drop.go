package sqlite

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro/store"
)

// dropChunk is how many records are deleted in one turn of the writer, so that a large Drop lets others in between.
const dropChunk = 1000

// Drop deletes in chunks. Records written under the prefix while it runs may stay.
func (d *driver) Drop(ctx context.Context, at store.Space, prefix string) error {
	tables, err := d.tables(at.Kind)
	if err != nil {
		return fmt.Errorf("drop: %w", err)
	}
	tenant, ok := d.tenant(at.Tenant)
	if !ok {
		return nil
	}
	for _, t := range tables {
		for more := true; more; {
			if more, err = d.dropSome(ctx, t, tenant, prefix); err != nil {
				return fmt.Errorf("drop %s: %w", t.name, kindOf(err))
			}
		}
	}
	return nil
}

type doomed struct {
	id   int64
	key  string
	idx  []byte
	size int
}

func (d *driver) dropSome(ctx context.Context, t *table, tenant int64, prefix string) (more bool, err error) {
	if err := d.turns.take(ctx, false); err != nil {
		return false, err
	}
	defer d.turns.pass()
	if err := d.open(); err != nil {
		return false, err
	}
	w := d.writer
	err = w.within(store.Durable, func() error {
		var rows []doomed
		err := w.each("SELECT id, key, idx, "+recordBytes+" FROM "+t.records+" WHERE tenant=? AND key>=? ORDER BY key LIMIT ?",
			[]any{tenant, []byte(prefix), dropChunk}, func(scan scanFunc) error {
				var row doomed
				var key []byte
				err := scan(&row.id, &key, &row.idx, &row.size)
				if row.key = string(key); len(key) >= len(prefix) && row.key[:len(prefix)] == prefix {
					rows = append(rows, row)
				}
				return err
			})
		if err != nil {
			return err
		}
		gone := counts{}
		for _, row := range rows {
			gone.add(t, tenant, -1, -row.size)
			if err := deleteEntries(w, t, tenant, row.key, row.idx); err != nil {
				return err
			}
			if _, err := w.exec("DELETE FROM "+t.records+" WHERE id=?", row.id); err != nil {
				return err
			}
		}
		more = len(rows) == dropChunk
		return gone.write(w)
	})
	d.log.note(dropChunk << 10)
	return more, err
}
