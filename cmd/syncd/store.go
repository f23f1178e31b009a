package main

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdStore(w *cli.Streams) *cobra.Command {
	return cli.NewGroup("store", "Look into a data folder", `
		syncd store check
		syncd store dump --canonical`,
		newCmdStoreCheck(w), newCmdStoreDump(w))
}

const whereItRuns = "The server must not run on the folder; while it does, look into a copy: " +
	"syncd backup FILE, then syncd restore FILE --data DIR."
