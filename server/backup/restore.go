package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
	"github.com/behavepro/behavepro/store/objects"
	"github.com/behavepro/behavepro/store/seal"
)

// unpacked is the folder inside the data folder in which a backup becomes one.
const unpacked = ".restore"

// Restore makes a data folder of the backup in the file at path. dir must be empty but for its keys; keyFile is the key that the data
// was sealed with. Without the right key, or from a damaged backup, nothing is restored.
func Restore(ctx context.Context, path, dir, keyFile string, kinds []*store.Kind) (info Info, err error) {
	from, err := os.Open(path)
	if err != nil {
		return info, fmt.Errorf("open backup: %w", err)
	}
	defer from.Close()
	if err := checkEmpty(dir); err != nil {
		return info, err
	}
	if _, err := seal.OpenFile(keyFile); err != nil {
		return info, fmt.Errorf("a backup holds no key: %w", err)
	}
	tmp := filepath.Join(dir, unpacked)
	if err := errors.Join(os.RemoveAll(tmp), os.MkdirAll(tmp, 0o700)); err != nil {
		return info, fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	info, err = unpack(from, tmp)
	if err == nil {
		err = opens(ctx, tmp, keyFile, kinds)
	}
	if err != nil {
		return info, fmt.Errorf("restore %s: %w", path, err)
	}
	if err := publish(tmp, dir); err != nil {
		return info, fmt.Errorf("restore: %w", err)
	}
	return info, nil
}

// opens reports whether the key opens the store in a folder, every tenant of it included.
func opens(ctx context.Context, dir, keyFile string, kinds []*store.Kind) error {
	s, err := embedded.OpenDir(ctx, dir, kinds, embedded.Options{KeyFile: keyFile, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	tenants, err := s.Tenants(ctx)
	for _, id := range tenants {
		_, keyErr := s.Tenant(ctx, id)
		err = errors.Join(err, keyErr)
	}
	return errors.Join(err, s.Close())
}

// publish moves a store into its data folder, the database last: a folder that has one is complete.
func publish(from, dir string) error {
	for _, name := range []string{"objects", "format", "store.db"} {
		if _, err := os.Lstat(filepath.Join(from, name)); errors.Is(err, os.ErrNotExist) && name == "objects" {
			continue
		}
		if err := os.Rename(filepath.Join(from, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return SyncFolder(dir)
}

// SyncFolder makes the names in a folder durable.
func SyncFolder(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// checkEmpty refuses a data folder that holds more than its key and what a restore left that was broken off.
func checkEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	for _, e := range entries {
		switch e.Name() {
		case "keys", "format", unpacked:
			continue
		}
		return behavepro.Explain(behavepro.ErrExists, fmt.Sprintf("%s is not empty: it holds %s", dir, e.Name()),
			"restore into a new folder, and move the old one away")
	}
	return nil
}

// unpack writes a backup's store into a folder.
func unpack(from *os.File, dir string) (Info, error) {
	db, err := os.OpenFile(embedded.Database(dir), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Info{}, err
	}
	beside := objects.NewFiles(embedded.Objects(dir))
	info, err := Read(from, db, func(name string, body []byte) error { return beside.Put(context.Background(), name, body) })
	return info, errors.Join(err, db.Sync(), db.Close())
}
