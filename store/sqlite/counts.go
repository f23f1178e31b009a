package sqlite

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro/store"
)

// How many records of a kind a tenant has, and their bytes, is kept in a table that each write changes in its own
// transaction: to count them would read the whole file.
const (
	countsDDL = `
CREATE TABLE IF NOT EXISTS counts(tenant INTEGER NOT NULL, kind INTEGER NOT NULL, records INTEGER NOT NULL, bytes INTEGER NOT NULL,
	PRIMARY KEY(tenant, kind)) WITHOUT ROWID;`
	countSQL = `INSERT INTO counts(tenant, kind, records, bytes) VALUES(?, ?, ?, ?)
ON CONFLICT DO UPDATE SET records = records + excluded.records, bytes = bytes + excluded.bytes`
	recordBytes = "LENGTH(key) + COALESCE(LENGTH(idx), 0) + COALESCE(LENGTH(body), 0)"
)

// counted is whose records are counted together.
type counted struct{ tenant, kind int64 }

// counts is what a transaction adds.
type counts map[counted]*store.Stat

func (c counts) add(t *table, tenant, records int64, bytes int) {
	if c[counted{tenant, t.id}] == nil {
		c[counted{tenant, t.id}] = &store.Stat{}
	}
	s := c[counted{tenant, t.id}]
	s.Records += records
	s.Bytes += int64(bytes)
}

func (c counts) write(w *writer) error {
	for of, s := range c {
		if _, err := w.exec(countSQL, of.tenant, of.kind, s.Records, s.Bytes); err != nil {
			return fmt.Errorf("count records: %w", err)
		}
	}
	return nil
}

// countAll counts what was written before there were counts.
func (d *driver) countAll(t *table) error {
	_, err := d.writer.exec(
		"INSERT INTO counts(tenant, kind, records, bytes) SELECT tenant, ?, COUNT(*), SUM("+recordBytes+") FROM "+t.records+
			" GROUP BY tenant ON CONFLICT DO NOTHING",
		t.id,
	)
	return err
}

// Stat reads the counts.
func (d *driver) Stat(ctx context.Context, at store.Space) (store.Stat, error) {
	var total store.Stat
	query, args := "SELECT COALESCE(SUM(records), 0), COALESCE(SUM(bytes), 0) FROM counts WHERE 1", []any(nil)
	if at.Kind != "" {
		t, err := d.table(at.Kind)
		if err != nil {
			return total, fmt.Errorf("stat: %w", err)
		}
		query, args = query+" AND kind=?", append(args, t.id)
	}
	if at.Tenant != "" {
		tenant, ok := d.tenant(at.Tenant)
		if !ok {
			return total, d.open()
		}
		query, args = query+" AND tenant=?", append(args, tenant)
	}
	if err := ctx.Err(); err != nil {
		return total, err
	}
	rows, err := d.query(query, args...)
	if err != nil {
		return total, fmt.Errorf("stat: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&total.Records, &total.Bytes); err != nil {
			return total, fmt.Errorf("stat: %w", kindOf(err))
		}
	}
	return total, kindOf(rows.Err())
}

// miscounted names the kinds whose counts are wrong.
func (d *driver) miscounted() (damages []string, err error) {
	tables, err := d.tables("")
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		var records, bytes int64
		err := d.readDB.QueryRowContext(background,
			"SELECT (SELECT COALESCE(SUM(records), 0) FROM counts WHERE kind=?1) - (SELECT COUNT(*) FROM "+t.records+"),"+
				" (SELECT COALESCE(SUM(bytes), 0) FROM counts WHERE kind=?1) - (SELECT COALESCE(SUM("+recordBytes+"), 0) FROM "+t.records+")", t.id).
			Scan(&records, &bytes)
		if err != nil {
			return nil, fmt.Errorf("count records of kind %s: %w", t.name, kindOf(err))
		}
		if records != 0 || bytes != 0 {
			damages = append(damages, fmt.Sprintf("kind %s: the count is off by %d records and %d bytes", t.name, records, bytes))
		}
	}
	return damages, nil
}
