package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Copy writes the data as it is now into a new file, on a connection of its own: readers and writers go on, and the log
// grows meanwhile. What breaks off leaves no file.
func (d *driver) Copy(ctx context.Context, path string) (err error) {
	if err := d.open(); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // SQLite fills an empty file, and leaves its mode
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	if err := file.Close(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(d.path, "cache_size(-8192)"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", path)
	if err = errors.Join(err, db.Close()); err != nil {
		return kindOf(err)
	}
	return errors.Join(syncFile(path), syncFile(filepath.Dir(path)))
}

// syncFile puts a file or folder on disk.
func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// Check asks SQLite whether pages, rows and their indexes fit together, and counts the records.
func (d *driver) Check(ctx context.Context) (damages []string, err error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	rows, err := d.readDB.QueryContext(ctx, "PRAGMA integrity_check(100)")
	if err != nil {
		return nil, kindOf(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, kindOf(err)
		}
		if text != "ok" {
			damages = append(damages, text)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("integrity check: %w", kindOf(err))
	}
	miscounted, err := d.miscounted()
	return append(damages, miscounted...), err
}
