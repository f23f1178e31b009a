package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/server"
	"github.com/behavepro/behavepro/server/backup"
	"github.com/behavepro/behavepro/store/embedded"
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

func runRestore(ctx context.Context, w *cli.Streams, c *config, path string) error {
	keyFile := c.KeyFile
	if keyFile == "" {
		keyFile = embedded.KeyFile(c.Data)
	}
	info, err := backup.Restore(ctx, path, c.Data, keyFile, server.Kinds())
	if err != nil {
		return err
	}
	start := "syncd serve --data " + c.Data
	if c.KeyFile != "" {
		start += " --key file://" + c.KeyFile
	}
	_, err = fmt.Fprintf(w.Out, "%s holds the backup of %s.\nStart it: %s\n", c.Data, info.Made.Format("2006-01-02 15:04 UTC"), start)
	return err
}
