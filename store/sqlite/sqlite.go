// Package sqlite keeps records in one SQLite file: the embedded store. It is pure Go and needs no server.
//
// It promises that readers never wait for a writer, that writers take turns in the order they came, Durable ones first,
// and that Durable writes and all before them are on disk when Write returns. It never shares the file: one process
// opens it at a time, which store/embedded sees to.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"modernc.org/sqlite"
)

// driver is the store.Driver. The writer has a connection of its own; reads use a pool of others.
type driver struct {
	path    string
	turns   *turns
	writeDB *sql.DB
	writer  *writer
	log     *checkpointer
	readDB  *sql.DB
	reads   sync.Map // SQL → *sql.Stmt

	mu      sync.RWMutex
	kinds   map[string]*table
	tenants map[string]int64
	closed  bool
}

// Open opens the file at path, or creates it (0600).
func Open(path string) (store.Driver, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store file: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite gives its own files the same mode
	if err != nil {
		return nil, fmt.Errorf("open store file: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("open store file: %w", err)
	}
	d := &driver{path: path, turns: newTurns(), kinds: map[string]*table{}, tenants: map[string]int64{}}
	if err := d.connect(path); err != nil {
		return nil, errors.Join(fmt.Errorf("open store file %s: %w", path, kindOf(err)), d.Close())
	}
	return d, nil
}

func (d *driver) connect(path string) (err error) {
	d.writeDB, err = sql.Open("sqlite", dsn(path, "journal_mode(WAL)", "synchronous(NORMAL)", "cache_size(-32768)",
		"wal_autocheckpoint(0)", "journal_size_limit(67108864)", "temp_store(MEMORY)"))
	if err != nil {
		return err
	}
	d.writeDB.SetMaxOpenConns(1)
	conn, err := d.writeDB.Conn(context.Background())
	if err != nil {
		return err
	}
	d.writer = &writer{conn: conn, stmts: map[string]*sql.Stmt{}}
	if err := d.writer.within(store.Durable, d.loadCatalog); err != nil {
		return err
	}
	d.readDB, err = sql.Open("sqlite", dsn(path, "query_only(1)", "cache_size(-8192)"))
	if err != nil {
		return err
	}
	logDB, err := sql.Open("sqlite", dsn(path, "cache_size(-1024)"))
	if err != nil {
		return err
	}
	logDB.SetMaxOpenConns(1)
	d.log = startCheckpointer(logDB, d.turns)
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	d.readDB.SetMaxOpenConns(readers)
	d.readDB.SetMaxIdleConns(readers)
	return nil
}

func dsn(path string, pragmas ...string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path}
	u.RawQuery = url.Values{"_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}.Encode()
	return u.String()
}

// Close waits for the running write, moves what is in the log into the file and closes it.
func (d *driver) Close() error {
	d.mu.Lock()
	wasClosed := d.closed
	d.closed = true
	d.mu.Unlock()
	if wasClosed {
		return nil
	}
	var errs []error
	if d.log != nil { // before taking the turn, which it may be waiting for
		errs = append(errs, d.log.close())
	}
	if err := d.turns.take(context.Background(), true); err != nil {
		return err
	}
	defer d.turns.pass()
	d.reads.Range(func(_, stmt any) bool {
		errs = append(errs, stmt.(*sql.Stmt).Close())
		return true
	})
	if d.readDB != nil {
		errs = append(errs, d.readDB.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.close())
	}
	if d.writeDB != nil {
		errs = append(errs, d.writeDB.Close())
	}
	return errors.Join(errs...)
}

// SQLite's result codes that have a kind of ours.
const (
	codeIO      = 10
	codeCorrupt = 11
	codeFull    = 13
	codeNotADB  = 26
)

// kindOf gives SQLite's errors their kinds.
func kindOf(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case codeCorrupt, codeNotADB:
		return &behavepro.Problem{
			Msg: "the store's file is damaged", Hint: "restore it from a backup",
			Err: fmt.Errorf("%w: %w", behavepro.ErrCorrupt, err),
		}
	case codeFull:
		return &behavepro.Problem{
			Msg: "the disk of the store is full", Hint: "make room on it",
			Err: fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err),
		}
	case codeIO:
		return &behavepro.Problem{
			Msg: "the store's disk refuses to be read or written", Hint: "see whether it is full, broken or read-only",
			Err: fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err),
		}
	}
	return err
}
