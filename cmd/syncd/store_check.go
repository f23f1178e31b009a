package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/server"
	"github.com/behavepro/behavepro/store"
)

func newCmdStoreCheck(w *cli.Streams) *cobra.Command {
	var g given
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look for damage in a data folder",
		Long: cli.Text(`
			Opens every record, verifies that content has the hash it is named by, and follows every reference from the branches and
			results. It prints what is damaged and what to do, and changes nothing.
			` + whereItRuns),
		Example: cli.Examples(`
			syncd store check
			syncd store check --data /var/lib/behavepro`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.load(w.Getenv)
			if err != nil {
				return err
			}
			s, err := server.OpenData(cmd.Context(), c.Data, c.KeyFile)
			if err != nil {
				return err
			}
			return errors.Join(runCheck(cmd.Context(), w, s), s.Close())
		},
	}
	g.flags(cmd.Flags(), "data", "key")
	return cmd
}

func runCheck(ctx context.Context, w *cli.Streams, s *store.Store) error {
	flaws := 0
	records, done, err := server.CheckStore(ctx, s, func(f catalog.Flaw) {
		flaws++
		where := ""
		if f.Repository != "" {
			where = f.Repository + ": "
		}
		fmt.Fprintf(w.Out, "%s%s\n  %s\n", where, f.What, f.Do)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(
		w.Out,
		"%d records, %d repositories with %d commits, %d trees, %d identities, %d feature files, %d pushes and %d attachments were checked.\n",
		records,
		done.Repositories,
		done.Commits,
		done.Trees,
		done.Identities,
		done.Blobs,
		done.Pushes,
		done.Attachments,
	)
	if flaws > 0 {
		return fmt.Errorf("%d flaws were found: %w", flaws, behavepro.ErrCorrupt)
	}
	return nil
}
