package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/cli"
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
			s, err := openData(cmd.Context(), &c)
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
	records, done, err := checkStore(ctx, s, func(f catalog.Flaw) {
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
	fmt.Fprintf(w.Out, "%d records, %d repositories with %d commits, %d trees, %d identities, %d feature files, %d pushes and %d attachments were checked.\n",
		records, done.Repositories, done.Commits, done.Trees, done.Identities, done.Blobs, done.Pushes, done.Attachments)
	if flaws > 0 {
		return fmt.Errorf("%d flaws were found: %w", flaws, behavepro.ErrCorrupt)
	}
	return nil
}

// checkStore looks at the engine's files, then at every record, then at what they say of each other.
func checkStore(ctx context.Context, s *store.Store, tell func(catalog.Flaw)) (records int, done catalog.Checked, err error) {
	damages, err := s.Check(ctx)
	if err != nil {
		return 0, done, err
	}
	for _, text := range damages {
		tell(catalog.Flaw{What: "the store's file is damaged: " + text, Do: "restore a backup"})
	}
	for _, kind := range kinds() {
		if !kind.Directory {
			continue
		}
		n, err := s.Directory().Verify(ctx, kind, func(key string, err error) {
			tell(catalog.Flaw{What: fmt.Sprintf("record %s of kind %s: %v", key, kind.Name, err), Do: "restore a backup"})
		})
		if records += n; err != nil {
			return records, done, err
		}
	}
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return records, done, err
	}
	for _, id := range tenants {
		scope, err := s.Tenant(ctx, id)
		if err != nil {
			return records, done, err
		}
		c := catalog.Open(scope)
		n, err := c.CheckBodies(ctx, tell)
		if records += n; err != nil {
			return records, done, err
		}
		one, err := c.Check(ctx, tell)
		done.Add(one)
		if err != nil {
			return records, done, err
		}
	}
	return records, done, nil
}
