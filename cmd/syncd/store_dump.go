package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/server"
)

func newCmdStoreDump(w *cli.Streams) *cobra.Command {
	var g given
	var canonical bool
	cmd := &cobra.Command{
		Use:   "dump --canonical",
		Short: "Print what the data folder knows, opened",
		Long: cli.Text(`
			Prints what branches and results lead to as lines of JSON: scenarios, history and results in the clear. Two folders that
			hold the same history and results print the same bytes: times, random ids, revisions, jobs and secrets are left out.
			` + whereItRuns),
		Example: cli.Examples(`
			syncd store dump --canonical
			syncd store dump --canonical --data /var/lib/behavepro | sha256sum`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !canonical {
				return cli.Usagef("there is one form of dump: give --canonical")
			}
			c, err := g.load(w.Getenv)
			if err != nil {
				return err
			}
			s, err := server.OpenData(cmd.Context(), c.Data, c.KeyFile)
			if err != nil {
				return err
			}
			return errors.Join(server.DumpStore(cmd.Context(), s, w.Out), s.Close())
		},
	}
	cmd.Flags().BoolVar(&canonical, "canonical", false, "the form that is the same for the same history and results")
	g.flags(cmd.Flags(), "data", "key")
	return cmd
}
