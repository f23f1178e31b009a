package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/server"
	"github.com/behavepro/behavepro/server/backup"
)

func newCmdBackup(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a backup, while the server runs or not",
		Long: cli.Text(`
			Writes everything that is kept, as it is at one moment, into a new file: sealed, without the key that opens it, the admin
			token and the mirrors, which are made anew. Keep a copy of the key file elsewhere: without it a backup cannot be read.
			A running server needs as much free room in its data folder as its store takes. syncd restore brings the backup back.`),
		Example: cli.Examples(`
			syncd backup behavepro-2026-03-01.tar
			syncd backup /backups/behavepro.tar --data /var/lib/behavepro`),
		Args: cli.ExactArgs(1, "the file to write"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.backup(cmd.Context(), args[0]) },
	}
	a.flags(cmd.Flags())
	return cmd
}

// backup writes the file under another name first, and reads it again before it gets its own.
func (a *admin) backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return behavepro.Explain(behavepro.ErrExists, path+" is there already", "choose another name")
	}
	part, err := os.OpenFile(path+".part", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return behavepro.Explain(
			behavepro.ErrExists,
			path+".part is there already, of a backup that runs or was broken off",
			"remove it, or choose another name",
		)
	}
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	size, err := a.fill(ctx, part)
	if err = errors.Join(err, part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	if err := errors.Join(os.Rename(part.Name(), path), backup.SyncFolder(filepath.Dir(path))); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	_, err = fmt.Fprintf(a.Out, "%s holds everything but the key, %d bytes. Keep the key file elsewhere.\n", path, size)
	return err
}

// fill writes the backup to disk, reads it again and returns its size.
func (a *admin) fill(ctx context.Context, part *os.File) (size int64, err error) {
	if err := a.backupTo(ctx, part); err != nil {
		return 0, err
	}
	if _, err = part.Seek(0, io.SeekStart); err == nil {
		_, err = backup.Read(part, io.Discard, func(string, []byte) error { return nil })
	}
	if err != nil {
		return 0, fmt.Errorf("read backup again: %w", err)
	}
	size, err = part.Seek(0, io.SeekEnd)
	if err = errors.Join(err, part.Sync()); err != nil {
		return 0, fmt.Errorf("write backup: %w", err)
	}
	return size, nil
}

// backupTo takes the backup from the server that runs on the data folder, else from the folder.
func (a *admin) backupTo(ctx context.Context, to io.Writer) error {
	c, err := a.given.load(a.Getenv)
	if err != nil {
		return err
	}
	s, err := server.OpenData(ctx, c.Data, c.KeyFile)
	if errors.Is(err, behavepro.ErrConflict) {
		return a.throughServer(&c, func(conn *client.Client) error { return conn.Backup(ctx, to) })
	}
	if err != nil {
		return err
	}
	return errors.Join(backup.Write(ctx, s, c.Data, c.Version.Version, a.Now(), func() {}, to), s.Close())
}
