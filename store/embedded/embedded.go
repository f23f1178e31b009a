// Package embedded opens a data folder: the store that needs no server. It holds the folder's lock, format version, key
// file and database.
//
// It promises that one process at a time uses a folder, that a folder written by a newer version is left alone, and that
// no data is ever created beside a key that is missing. It never deletes anything.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/objects"
	"github.com/behavepro/behavepro/store/seal"
	"github.com/behavepro/behavepro/store/sqlite"
)

// Format is the version of the folder's layout that this program writes.
const Format = 1

// Options for OpenDir; the zero value is right for most.
type Options struct {
	KeyFile string       // "" means DIR/keys/master.key
	Logger  *slog.Logger // nil logs nothing
}

// KeyFile is where a folder's key is unless Options say otherwise.
func KeyFile(dir string) string { return filepath.Join(dir, "keys", "master.key") }

// Objects is the folder of what is too large for the database.
func Objects(dir string) string { return filepath.Join(dir, "objects") }

// OpenDir opens the data folder dir, or makes it (0700) with a new key. A folder that another process uses is
// ErrConflict, one of a newer format ErrUnsupported, one without its key ErrNotFound; the messages say what to do.
// Closing the store gives the folder back.
func OpenDir(ctx context.Context, dir string, kinds []*store.Kind, o Options) (*store.Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	s, err := openLocked(ctx, dir, kinds, o, unlock)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open data folder %s: %w", dir, err), unlock())
	}
	return s, nil
}

func openLocked(ctx context.Context, dir string, kinds []*store.Kind, o Options, unlock func() error) (*store.Store, error) {
	if err := checkFormat(filepath.Join(dir, "format")); err != nil {
		return nil, err
	}
	keyFile := o.KeyFile
	if keyFile == "" {
		keyFile = KeyFile(dir)
	}
	database := filepath.Join(dir, "store.db")
	openKey := seal.OpenFile
	if _, err := os.Stat(database); errors.Is(err, fs.ErrNotExist) {
		openKey = seal.CreateFile // the key is on disk before there is anything to open with it
	}
	key, err := openKey(keyFile)
	if err != nil {
		return nil, err
	}
	driver, err := sqlite.Open(database)
	if err != nil {
		return nil, err
	}
	files := objects.NewFiles(Objects(dir))
	if err := files.Forget(); err != nil {
		return nil, errors.Join(err, driver.Close())
	}
	return store.Open(ctx, store.Options{Driver: &locked{driver, unlock}, Keys: key, Kinds: kinds, Logger: o.Logger, Objects: files})
}

// locked gives the folder back when the driver is closed.
type locked struct {
	store.Driver
	unlock func() error
}

func (l *locked) Close() error { return errors.Join(l.Driver.Close(), l.unlock()) }

func checkFormat(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return os.WriteFile(path, []byte(strconv.Itoa(Format)+"\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("read format: %w", err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || version < 1 {
		return behavepro.Explain(behavepro.ErrCorrupt, path+" does not hold a format version", "restore it from a backup")
	}
	if version > Format {
		return behavepro.Explain(behavepro.ErrUnsupported,
			fmt.Sprintf("the data was written by a newer version (format %d, this program knows %d)", version, Format), "use the newer program")
	}
	return nil
}
