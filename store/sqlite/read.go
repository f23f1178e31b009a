package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

const (
	pageRecords = 512     // records of a page, where the query names no limit
	pageBytes   = 8 << 20 // a page ends after this many bytes, whatever its limit
	getChunk    = 32
)

var getManySQL = "SELECT key, rev, idx, body FROM %s WHERE tenant=? AND key IN (?" + strings.Repeat(",?", getChunk-1) + ")"

// query runs a prepared read.
func (d *driver) query(query string, args ...any) (*sql.Rows, error) {
	stmt, ok := d.reads.Load(query)
	if !ok {
		fresh, err := d.readDB.PrepareContext(background, query)
		if err != nil {
			return nil, kindOf(err)
		}
		var loaded bool
		if stmt, loaded = d.reads.LoadOrStore(query, fresh); loaded {
			_ = fresh.Close()
		}
	}
	rows, err := stmt.(*sql.Stmt).QueryContext(background, args...)
	return rows, kindOf(err)
}

// Get reads up to getChunk keys by one statement.
func (d *driver) Get(ctx context.Context, at store.Space, keys []string) ([]store.Raw, error) {
	t, err := d.table(at.Kind)
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	raws := make([]store.Raw, len(keys))
	for i, key := range keys {
		raws[i].Key = key
	}
	tenant, ok := d.tenant(at.Tenant)
	if !ok {
		return raws, nil
	}
	for start := 0; start < len(keys); start += getChunk {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := d.getChunk(t, tenant, raws[start:min(start+getChunk, len(raws))]); err != nil {
			return nil, fmt.Errorf("get %s: %w", at.Kind, err)
		}
	}
	return raws, nil
}

func (d *driver) getChunk(t *table, tenant int64, raws []store.Raw) error {
	query := "SELECT key, rev, idx, body FROM " + t.records + " WHERE tenant=? AND key=?"
	args := append(make([]any, 0, getChunk+1), tenant, []byte(raws[0].Key))
	if len(raws) > 1 {
		query = fmt.Sprintf(getManySQL, t.records)
		for i := 1; i < getChunk; i++ { // the last key again where there are fewer: IN takes it once
			args = append(args, []byte(raws[min(i, len(raws)-1)].Key))
		}
	}
	rows, err := d.query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	found := make(map[string]store.Raw, len(raws))
	for rows.Next() {
		raw, err := t.scan(rows.Scan, nil)
		if err != nil {
			return err
		}
		found[raw.Key] = raw
	}
	for i := range raws {
		if raw, ok := found[raws[i].Key]; ok {
			raws[i] = raw
		}
	}
	return kindOf(rows.Err())
}

// scan reads the row (key, rev, idx, body), and the index value before it where value is given.
func (t *table) scan(scan scanFunc, value *[]byte) (raw store.Raw, err error) {
	var key, idx sql.RawBytes
	if value == nil {
		err = scan(&key, &raw.Rev, &idx, &raw.Body)
	} else {
		err = scan(value, &key, &raw.Rev, &idx, &raw.Body)
	}
	if err != nil {
		return raw, err
	}
	raw.Key = string(key)
	raw.Index, err = t.decodeEntries(idx)
	return raw, err
}

// Scan reads one page. It may end before the limit, after pageBytes.
func (d *driver) Scan(ctx context.Context, at store.Space, q store.Query) (store.Page, error) {
	page, err := d.scan(ctx, at, q)
	if err != nil {
		return store.Page{}, fmt.Errorf("scan %s: %w", at.Kind, err)
	}
	return page, nil
}

func (d *driver) scan(ctx context.Context, at store.Space, q store.Query) (page store.Page, err error) {
	t, err := d.table(at.Kind)
	if err != nil {
		return page, err
	}
	if q.Limit <= 0 {
		q.Limit = pageRecords
	}
	query, args, err := t.scanSQL(q)
	if err != nil {
		return page, err
	}
	tenant, ok := d.tenant(at.Tenant)
	if !ok {
		return page, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return page, err
	}
	args[0] = tenant
	rows, err := d.query(query, args...)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	var value *[]byte
	if q.Index != "" {
		value = new([]byte)
	}
	size := 0
	for rows.Next() {
		raw, err := t.scan(rows.Scan, value)
		if err != nil {
			return page, err
		}
		page.Records = append(page.Records, raw)
		size += len(raw.Key) + len(raw.Body)
		if len(page.Records) == q.Limit || size >= pageBytes {
			page.Cursor = cursor(value, raw.Key)
			break
		}
	}
	return page, kindOf(rows.Err())
}

// A cursor is where a page ended: the length of the index value, the value, the key.
func cursor(value *[]byte, key string) string {
	if value == nil {
		return key
	}
	return string(binary.AppendUvarint(nil, uint64(len(*value)))) + string(*value) + key
}

func parseCursor(index, text string) (value, key []byte, err error) {
	if index == "" {
		return nil, []byte(text), nil
	}
	size, n := binary.Uvarint([]byte(text))
	if n <= 0 || uint64(len(text)-n) < size {
		return nil, nil, fmt.Errorf("read cursor: %w", behavepro.ErrInvalid)
	}
	rest := []byte(text[n:])
	return rest[:size], rest[size:], nil
}

// scanSQL writes the statement of a query. The first argument is left for the tenant.
func (t *table) scanSQL(q store.Query) (string, []any, error) {
	var b strings.Builder
	args := []any{nil}
	body, by := "r.body", "r.key"
	if q.KeysOnly {
		body = "NULL"
	}
	if q.Index == "" {
		fmt.Fprintf(&b, "SELECT r.key, r.rev, r.idx, %s FROM %s r WHERE r.tenant=?", body, t.records)
	} else {
		id, err := t.index(q.Index)
		if err != nil {
			return "", nil, err
		}
		by = "x.value"
		fmt.Fprintf(&b, "SELECT x.value, r.key, r.rev, r.idx, %s FROM %s x CROSS JOIN %s r ON r.id=x.id WHERE x.tenant=? AND x.idx=?",
			body, t.entries, t.records)
		args = append(args, id)
	}
	if q.From != "" {
		b.WriteString(" AND " + by + ">=?")
		args = append(args, []byte(q.From))
	}
	if q.To != "" {
		b.WriteString(" AND " + by + "<?")
		args = append(args, []byte(q.To))
	}
	if q.Cursor != "" {
		value, key, err := parseCursor(q.Index, q.Cursor)
		if err != nil {
			return "", nil, err
		}
		past := ">"
		if q.Reverse {
			past = "<"
		}
		if q.Index == "" {
			b.WriteString(" AND r.key" + past + "?")
		} else {
			b.WriteString(" AND (x.value, x.key)" + past + "(?, ?)")
			args = append(args, value)
		}
		args = append(args, key)
	}
	direction := ""
	if q.Reverse {
		direction = " DESC"
	}
	if q.Index == "" {
		fmt.Fprintf(&b, " ORDER BY r.key%s LIMIT ?", direction)
	} else {
		fmt.Fprintf(&b, " ORDER BY x.value%s, x.key%s LIMIT ?", direction, direction)
	}
	return b.String(), append(args, q.Limit), nil
}

// tables finds a kind's table, or all for "".
func (d *driver) tables(kind string) ([]*table, error) {
	if kind != "" {
		t, err := d.table(kind)
		return []*table{t}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	var all []*table
	for _, t := range d.kinds {
		all = append(all, t)
	}
	return all, nil
}
