package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/store/embedded"
	"github.com/behavepro/behavepro/store/objects"
	"github.com/behavepro/behavepro/store/seal"
)

func newCmdRestore(w *cli.Streams) *cobra.Command {
	var g given
	cmd := &cobra.Command{
		Use:   "restore FILE --data DIR",
		Short: "Bring a backup back into an empty data folder",
		Long: cli.Text(`
			Brings a backup back into a folder that is empty or holds nothing but keys/master.key. It needs the key file that the data was
			sealed with, and uses it where it is: the server needs the same --key afterwards. The first start writes a new admin token
			and fetches the mirrors anew. The server that the backup was made of must not run on beside it.`),
		Example: cli.Examples(`
			syncd restore behavepro-2026-03-01.tar --data /var/lib/behavepro --key file:///etc/behavepro/master.key
			syncd restore backup.tar --data new`),
		Args: cli.ExactArgs(1, "the file of the backup"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := g.load(w.Getenv)
			if err != nil {
				return err
			}
			return runRestore(cmd.Context(), w, &c, args[0])
		},
	}
	g.flags(cmd.Flags(), "data", "key")
	return cmd
}

// unpacked is the folder inside the data folder in which a backup becomes one.
const unpacked = ".restore"

func runRestore(ctx context.Context, w *cli.Streams, c *config, path string) (err error) {
	from, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer from.Close()
	if err := emptyFolder(c.data); err != nil {
		return err
	}
	keyFile := c.keyFile
	if keyFile == "" {
		keyFile = embedded.KeyFile(c.data)
	}
	if _, err := seal.OpenFile(keyFile); err != nil {
		return fmt.Errorf("a backup holds no key: %w", err)
	}
	dir := filepath.Join(c.data, unpacked)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	info, err := unpack(from, dir)
	if err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	// It opens with the key, or nothing is restored.
	s, err := embedded.OpenDir(ctx, dir, kinds(), embedded.Options{KeyFile: keyFile, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	tenants, err := s.Tenants(ctx)
	for _, id := range tenants {
		_, keyErr := s.Tenant(ctx, id)
		err = errors.Join(err, keyErr)
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	for _, name := range []string{"objects", "format", "store.db"} { // a folder with a store is a whole one
		if _, err := os.Lstat(filepath.Join(dir, name)); errors.Is(err, os.ErrNotExist) && name == "objects" {
			continue
		}
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(c.data, name)); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	}
	if err := syncFolder(c.data); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	start := "syncd serve --data " + c.data
	if c.keyFile != "" {
		start += " --key file://" + c.keyFile
	}
	_, err = fmt.Fprintf(w.Out, "%s holds the backup of %s.\nStart it: %s\n", c.data, info.Made.Format("2006-01-02 15:04 UTC"), start)
	return err
}

// emptyFolder refuses a data folder that holds more than its key and what a restore left that was broken off.
func emptyFolder(dir string) error {
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
func unpack(from *os.File, dir string) (backupInfo, error) {
	db, err := os.OpenFile(embedded.Database(dir), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return backupInfo{}, err
	}
	beside := objects.NewFiles(embedded.Objects(dir))
	info, err := readBackup(from, db, func(name string, body []byte) error { return beside.Put(context.Background(), name, body) })
	return info, errors.Join(err, db.Sync(), db.Close())
}
