package main

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/server"
	"github.com/behavepro/behavepro/store"
)

func newCmdStatement(w *cli.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "statement",
		Short: "Print the data statement",
		Long: cli.Text(`
			Prints what is stored, why, for how long, and how each field is protected. It is generated from what the program
			declares; docs/data-statement.md is this text.`),
		Example: cli.Examples(`syncd statement > docs/data-statement.md`),
		Args:    cli.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := w.Out.Write(store.Statement(server.Kinds()))
			return err
		},
	}
}
