package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/behavepro/behavepro/store"
)

// widest is the most rows of one INSERT. Runs of new records are written in rows of this and halves of it, so that few
// statements need to be prepared.
const widest = 32

// Write applies a batch in one transaction.
func (d *driver) Write(ctx context.Context, ops []store.Op, durability store.Durability) ([]store.Outcome, error) {
	if err := store.CheckBatch(ops); err != nil {
		return nil, err
	}
	if len(ops) == 0 {
		return nil, nil
	}
	rows, err := d.rows(ops)
	if err != nil {
		return nil, fmt.Errorf("write: %w", err)
	}
	if err := d.turns.take(ctx, durability == store.Durable); err != nil {
		return nil, fmt.Errorf("write: %w", err)
	}
	defer d.turns.pass()
	if err := d.open(); err != nil {
		return nil, fmt.Errorf("write: %w", err)
	}
	for i := range rows {
		if i > 0 && ops[i].At.Tenant == ops[i-1].At.Tenant {
			rows[i].tenant = rows[i-1].tenant
		} else if rows[i].tenant, err = d.ensureTenant(ops[i].At.Tenant); err != nil {
			return nil, fmt.Errorf("write: %w", kindOf(err))
		}
	}
	b := &batch{writer: d.writer, ops: ops, rows: rows, outcomes: make([]store.Outcome, len(ops)), counts: counts{}}
	if err := d.writer.within(durability, b.apply); err != nil {
		return nil, fmt.Errorf("write: %w", kindOf(err))
	}
	d.log.note(logBytes(ops))
	return b.outcomes, nil
}

// logBytes is about what a batch adds to the log: its own bytes and the pages of the indexes that it touches.
func logBytes(ops []store.Op) int {
	total := 0
	for i := range ops {
		total += ops[i].Size() + (1+len(ops[i].Index))<<10
	}
	return total
}

// row is an op made ready.
type row struct {
	table  *table
	tenant int64
	idx    []byte
	id     int64
}

func (d *driver) rows(ops []store.Op) ([]row, error) {
	rows := make([]row, len(ops))
	for i := range ops {
		var err error
		if i > 0 && ops[i].At.Kind == ops[i-1].At.Kind {
			rows[i].table = rows[i-1].table
		} else if rows[i].table, err = d.table(ops[i].At.Kind); err != nil {
			return nil, err
		}
		if rows[i].idx, err = rows[i].table.encodeEntries(ops[i].Index); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// batch is one Write in its transaction.
type batch struct {
	writer   *writer
	ops      []store.Op
	rows     []row
	outcomes []store.Outcome
	counts   counts
}

func insert(op *store.Op) bool {
	return op.Action == store.PutNew || (op.Action == store.PutIf && op.Rev == 0)
}

// apply writes the ops in order: runs of new records of one kind by multi-row statements, all else one by one.
func (b *batch) apply() error {
	for i := 0; i < len(b.ops); {
		if !insert(&b.ops[i]) {
			if err := b.change(i); err != nil {
				return err
			}
			i++
			continue
		}
		end := i + 1
		for end < len(b.ops) && insert(&b.ops[end]) && b.rows[end].table == b.rows[i].table {
			end++
		}
		if err := b.insertRun(i, end); err != nil {
			return err
		}
		i = end
	}
	return b.counts.write(b.writer)
}

// insertRun inserts the ops [from, to), all of one kind.
func (b *batch) insertRun(from, to int) error {
	t := b.rows[from].table
	var entries []any
	for from < to {
		n := widest
		for n > to-from {
			n /= 2
		}
		if err := b.insertRows(t, from, from+n); err != nil {
			return err
		}
		for i := from; i < from+n; i++ {
			if b.outcomes[i].Result != store.Done {
				continue
			}
			b.counts.add(t, b.rows[i].tenant, 1, len(b.ops[i].Key)+len(b.rows[i].idx)+len(b.ops[i].Body))
			entries = b.entryArgs(entries, i)
		}
		if len(entries) >= 5*widest {
			if err := b.insertEntries(t, entries); err != nil {
				return err
			}
			entries = entries[:0]
		}
		from += n
	}
	return b.insertEntries(t, entries)
}

func (b *batch) insertRows(t *table, from, to int) error {
	first := t.nextRow
	args := make([]any, 0, 6*(to-from))
	for i := from; i < to; i++ {
		b.rows[i].id = t.nextRow
		t.nextRow++
		args = append(args, b.rows[i].id, b.rows[i].tenant, []byte(b.ops[i].Key), 1, b.rows[i].idx, b.ops[i].Body)
		b.outcomes[i] = store.Outcome{Rev: 1}
	}
	query := "INSERT INTO " + t.records + "(id, tenant, key, rev, idx, body) VALUES(?,?,?,?,?,?)" +
		strings.Repeat(",(?,?,?,?,?,?)", to-from-1) + " ON CONFLICT DO NOTHING"
	res, err := b.writer.exec(query, args...)
	if err != nil {
		return err
	}
	if done, err := res.RowsAffected(); err != nil || done == int64(to-from) {
		return err
	}
	return b.findRefused(t, from, to, first)
}

// findRefused corrects the outcomes of rows that were not inserted because their keys exist.
func (b *batch) findRefused(t *table, from, to int, first int64) error {
	done := make([]bool, to-from)
	err := b.writer.each("SELECT id FROM "+t.records+" WHERE id>=? AND id<?", []any{first, first + int64(to-from)},
		func(scan scanFunc) error {
			var id int64
			err := scan(&id)
			done[id-first] = true
			return err
		})
	if err != nil {
		return err
	}
	for i := from; i < to; i++ {
		if done[i-from] {
			continue
		}
		now, err := b.current(i)
		if err != nil {
			return err
		}
		b.outcomes[i] = store.Outcome{Result: store.Exists, Rev: now.rev}
		if b.ops[i].Action == store.PutIf {
			b.outcomes[i].Result = store.Conflict
		}
	}
	return nil
}

// present is a record that is there; id 0 is none.
type present struct {
	id   int64
	rev  store.Revision
	idx  []byte
	size int // bytes, as they are counted
}

// current reads the record that op i is about.
func (b *batch) current(i int) (now present, err error) {
	query := "SELECT id, rev, idx, " + recordBytes + " FROM " + b.rows[i].table.records + " WHERE tenant=? AND key=?"
	err = b.writer.each(query, []any{b.rows[i].tenant, []byte(b.ops[i].Key)}, func(scan scanFunc) error {
		return scan(&now.id, &now.rev, &now.idx, &now.size)
	})
	return now, err
}

// change applies a PutIf of a record that should exist, or a DeleteIf.
func (b *batch) change(i int) error {
	op, r := &b.ops[i], &b.rows[i]
	now, err := b.current(i)
	if err != nil {
		return err
	}
	if now.id == 0 || now.rev != op.Rev {
		b.outcomes[i] = store.Outcome{Result: store.Conflict, Rev: now.rev}
		return nil
	}
	r.id = now.id
	if op.Action == store.DeleteIf {
		if err := b.deleteEntries(i, now.idx); err != nil {
			return err
		}
		b.counts.add(r.table, r.tenant, -1, -now.size)
		_, err = b.writer.exec("DELETE FROM "+r.table.records+" WHERE id=?", now.id)
		return err
	}
	b.outcomes[i] = store.Outcome{Rev: now.rev + 1}
	update := "UPDATE " + r.table.records + " SET rev=?, idx=?, body=? WHERE id=?"
	if _, err := b.writer.exec(update, now.rev+1, r.idx, op.Body, now.id); err != nil {
		return err
	}
	b.counts.add(r.table, r.tenant, 0, len(op.Key)+len(r.idx)+len(op.Body)-now.size)
	if bytes.Equal(now.idx, r.idx) {
		return nil
	}
	if err := b.deleteEntries(i, now.idx); err != nil {
		return err
	}
	return b.insertEntries(r.table, b.entryArgs(nil, i))
}

func (b *batch) deleteEntries(i int, idx []byte) error {
	return deleteEntries(b.writer, b.rows[i].table, b.rows[i].tenant, b.ops[i].Key, idx)
}

// deleteEntries removes the entries that a record's row names.
func deleteEntries(w *writer, t *table, tenant int64, key string, idx []byte) error {
	entries, err := t.decodeEntries(idx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		_, err := w.exec("DELETE FROM "+t.entries+" WHERE tenant=? AND idx=? AND value=? AND key=?",
			tenant, t.ids[e.Index], []byte(e.Value), []byte(key))
		if err != nil {
			return err
		}
	}
	return nil
}

// entryArgs appends the columns of op i's index entries.
func (b *batch) entryArgs(args []any, i int) []any {
	for _, e := range b.ops[i].Index {
		args = append(args, b.rows[i].tenant, b.rows[i].table.ids[e.Index], []byte(e.Value), []byte(b.ops[i].Key), b.rows[i].id)
	}
	return args
}

func (b *batch) insertEntries(t *table, args []any) error {
	const columns = 5
	for len(args) > 0 {
		n := widest
		for n > len(args)/columns {
			n /= 2
		}
		query := "INSERT INTO " + t.entries + "(tenant, idx, value, key, id) VALUES(?,?,?,?,?)" +
			strings.Repeat(",(?,?,?,?,?)", n-1) + " ON CONFLICT DO NOTHING"
		if _, err := b.writer.exec(query, args[:n*columns]...); err != nil {
			return err
		}
		args = args[n*columns:]
	}
	return nil
}
