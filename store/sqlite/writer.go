package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/behavepro/behavepro/store"
)

// writer is the one connection that writes. Who uses it has the turn.
type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	full  bool // whether synchronous is FULL now
}

type scanFunc func(dest ...any) error

// background keeps database/sql from watching a context for each statement; a batch is bounded, and is not broken off.
var background = context.Background()

func (w *writer) prepare(query string) (*sql.Stmt, error) {
	if stmt := w.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(background, query)
	if err == nil {
		w.stmts[query] = stmt
	}
	return stmt, err
}

func (w *writer) exec(query string, args ...any) (sql.Result, error) {
	stmt, err := w.prepare(query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(background, args...)
}

// each calls f for each row of a query.
func (w *writer) each(query string, args []any, f func(scanFunc) error) error {
	stmt, err := w.prepare(query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(background, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// within runs f in a transaction of the given durability.
func (w *writer) within(d store.Durability, f func() error) error {
	if full := d == store.Durable; full != w.full {
		mode := "PRAGMA synchronous=NORMAL"
		if full {
			mode = "PRAGMA synchronous=FULL"
		}
		if _, err := w.conn.ExecContext(background, mode); err != nil {
			return err
		}
		w.full = full
	}
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		_, err = w.exec("COMMIT")
	}
	if err != nil {
		_, undo := w.exec("ROLLBACK")
		_ = undo // SQLite may have rolled back already; the first error is the one that counts
	}
	return err
}

func (w *writer) close() error {
	_, err := w.conn.ExecContext(background, "PRAGMA wal_checkpoint(TRUNCATE)")
	errs := []error{err}
	for _, stmt := range w.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}
