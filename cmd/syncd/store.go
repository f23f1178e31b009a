package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
)

func newCmdStore(w *cli.Streams) *cobra.Command {
	return cli.NewGroup("store", "Look into a data folder", "syncd store check\nsyncd store dump --canonical", newCmdStoreCheck(w), newCmdStoreDump(w))
}

// openData opens the data folder of a server that does not run. It makes nothing: a folder without data is ErrNotFound.
func openData(ctx context.Context, c *config) (*store.Store, error) {
	if !embedded.Holds(c.data) {
		return nil, behavepro.Explain(behavepro.ErrNotFound, "there is no data in "+c.data, "name the server's data folder with --data")
	}
	return embedded.OpenDir(ctx, c.data, kinds(), embedded.Options{KeyFile: c.keyFile, Logger: slog.New(slog.DiscardHandler)})
}

const whereItRuns = "The server must not run on the folder; while it does, look into a copy: syncd backup FILE, then syncd restore FILE --data DIR."
