package sqlite

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// A kind has two tables. Records are a table by row id with a unique index on (tenant, key), which takes twice to four
// times the writes per second of a WITHOUT ROWID table when keys are hashes and bodies are 100–5,000 bytes, for 1–10 %
// more room. Index entries are a WITHOUT ROWID table in the order in which they are scanned; they carry the row id of
// their record. A record keeps its own entries in idx, so that replacing it needs no search for them.
const (
	catalogDDL = `
CREATE TABLE IF NOT EXISTS tenants(id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS kinds(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS indexes(kind INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL,
	PRIMARY KEY(kind, id), UNIQUE(kind, name));` + countsDDL
	kindDDL = `
CREATE TABLE IF NOT EXISTS "%[1]s"(id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, key BLOB NOT NULL, rev INTEGER NOT NULL,
	idx BLOB, body BLOB, UNIQUE(tenant, key));
CREATE TABLE IF NOT EXISTS "%[2]s"(tenant INTEGER NOT NULL, idx INTEGER NOT NULL, value BLOB NOT NULL, key BLOB NOT NULL,
	id INTEGER NOT NULL, PRIMARY KEY(tenant, idx, value, key)) WITHOUT ROWID;`
)

// table is a declared kind in this file.
type table struct {
	id      int64
	name    string
	records string           // the records' table, quoted
	entries string           // the index entries' table, quoted
	ids     map[string]int64 // index name → number
	names   map[int64]string
	nextRow int64 // guarded by the writer's turn
}

func (t *table) index(name string) (int64, error) {
	id, ok := t.ids[name]
	if !ok {
		return 0, fmt.Errorf("kind %s has no index %q: %w", t.name, name, behavepro.ErrInvalid)
	}
	return id, nil
}

// loadCatalog reads the tenants and kinds that are in the file.
func (d *driver) loadCatalog() error {
	counted := false
	err := d.writer.each("SELECT 1 FROM sqlite_schema WHERE name='counts'", nil, func(scanFunc) error {
		counted = true
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := d.writer.conn.ExecContext(context.Background(), catalogDDL); err != nil {
		return err
	}
	err = d.writer.each("SELECT id, name FROM tenants", nil, func(scan scanFunc) error {
		var id int64
		var name []byte
		err := scan(&id, &name)
		d.tenants[string(name)] = id
		return err
	})
	if err != nil {
		return err
	}
	var found []*table
	err = d.writer.each("SELECT id, name FROM kinds", nil, func(scan scanFunc) error {
		t := &table{}
		found = append(found, t)
		return scan(&t.id, &t.name)
	})
	if err != nil {
		return err
	}
	for _, t := range found {
		if err := d.loadTable(t); err != nil {
			return err
		}
		if counted {
			continue
		}
		if err := d.countAll(t); err != nil {
			return err
		}
	}
	return nil
}

func (d *driver) loadTable(t *table) error {
	records, entries := "r_"+t.name, "x_"+t.name
	if _, err := d.writer.conn.ExecContext(context.Background(), fmt.Sprintf(kindDDL, records, entries)); err != nil {
		return err
	}
	t.records, t.entries = `"`+records+`"`, `"`+entries+`"`
	t.ids, t.names = map[string]int64{}, map[int64]string{}
	err := d.writer.each("SELECT id, name FROM indexes WHERE kind=?", []any{t.id}, func(scan scanFunc) error {
		var id int64
		var name string
		err := scan(&id, &name)
		t.ids[name], t.names[id] = id, name
		return err
	})
	if err != nil {
		return err
	}
	err = d.writer.each("SELECT COALESCE(MAX(id), 0) + 1 FROM "+t.records, nil, func(scan scanFunc) error {
		return scan(&t.nextRow)
	})
	d.kinds[t.name] = t
	return err
}

// Declare makes the tables of new kinds and numbers their indexes.
func (d *driver) Declare(ctx context.Context, kinds []*store.Kind) error {
	if err := d.turns.take(ctx, true); err != nil {
		return fmt.Errorf("declare kinds: %w", err)
	}
	defer d.turns.pass()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range kinds {
		if err := d.declare(k); err != nil {
			return fmt.Errorf("declare kind %s: %w", k.Name, kindOf(err))
		}
	}
	return nil
}

func (d *driver) declare(k *store.Kind) error {
	t := d.kinds[k.Name]
	if t == nil {
		if _, err := d.writer.exec("INSERT INTO kinds(name) VALUES(?) ON CONFLICT DO NOTHING", k.Name); err != nil {
			return err
		}
		t = &table{name: k.Name}
		err := d.writer.each("SELECT id FROM kinds WHERE name=?", []any{k.Name}, func(scan scanFunc) error { return scan(&t.id) })
		if err != nil {
			return err
		}
		if err := d.loadTable(t); err != nil {
			return err
		}
	}
	for _, x := range k.Indexes {
		if _, ok := t.ids[x.Name]; ok {
			continue
		}
		id := int64(len(t.ids) + 1)
		if _, err := d.writer.exec("INSERT INTO indexes(kind, id, name) VALUES(?, ?, ?)", t.id, id, x.Name); err != nil {
			return err
		}
		t.ids[x.Name], t.names[id] = id, x.Name
	}
	return nil
}

// open is ErrUnavailable after Close.
func (d *driver) open() error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return fmt.Errorf("use store file: closed: %w", behavepro.ErrUnavailable)
	}
	return nil
}

// table finds a declared kind.
func (d *driver) table(kind string) (*table, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	t := d.kinds[kind]
	if t == nil {
		return nil, fmt.Errorf("kind %q is not declared: %w", kind, behavepro.ErrInvalid)
	}
	return t, nil
}

// tenant returns a tenant's number; ok is false for one that has never been written to.
func (d *driver) tenant(name string) (id int64, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	id, ok = d.tenants[name]
	return id, ok
}

// ensureTenant numbers a tenant. It is called in the writer's turn, before a transaction.
func (d *driver) ensureTenant(name string) (int64, error) {
	if id, ok := d.tenant(name); ok {
		return id, nil
	}
	res, err := d.writer.exec("INSERT INTO tenants(name) VALUES(?)", []byte(name))
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, err
	}
	d.mu.Lock()
	d.tenants[name] = id
	d.mu.Unlock()
	return id, nil
}
