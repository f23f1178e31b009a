package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/store"
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
			s, err := openData(cmd.Context(), &c)
			if err != nil {
				return err
			}
			return errors.Join(dumpStore(cmd.Context(), s, w.Out), s.Close())
		},
	}
	cmd.Flags().BoolVar(&canonical, "canonical", false, "the form that is the same for the same history and results")
	g.flags(cmd.Flags(), "data", "key")
	return cmd
}

// dumpStore writes the canonical dump of all tenants.
func dumpStore(ctx context.Context, s *store.Store, to io.Writer) error {
	out := bufio.NewWriterSize(to, 1<<20)
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, id := range tenants {
		scope, err := s.Tenant(ctx, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "{\"kind\":\"tenant\",\"tenant\":%q}\n", id)
		if err := catalog.Open(scope).Dump(ctx, out); err != nil {
			return errors.Join(err, out.Flush())
		}
	}
	return out.Flush()
}
