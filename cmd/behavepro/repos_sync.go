package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

type reposSync struct {
	*factory
	name string
	wait bool
}

func newCmdReposSync(f *factory, runF func(context.Context, *reposSync) error) *cobra.Command {
	o := &reposSync{factory: f}
	cmd := &cobra.Command{
		Use:   "sync [NAME]",
		Short: "Ask for a sync now",
		Long: cli.Text(`
			Repositories are synced by themselves, when the Git host calls or at intervals; this asks for it now.`),
		Example: cli.Examples(`
			behavepro repos sync acme/shop
			behavepro repos sync acme/shop --wait`),
		Args: cli.MaxOneArg("the repository's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = cli.FirstArg(args)
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return runReposSync(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.wait, "wait", false, "return when the sync is done")
	return cmd
}

func runReposSync(ctx context.Context, o *reposSync) error {
	c, err := o.clientFor(waitPatience(o.wait))
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := pick(ctx, c, o.name)
	if err != nil {
		return err
	}
	r, err := c.SyncRepository(ctx, string(found.ID))
	if err != nil {
		return err
	}
	var failed error
	if o.wait {
		r, failed = o.waitForSync(ctx, c, &r)
	}
	if err := o.Print(r, func(w io.Writer) { cli.Row(w, r.Name, syncText(&r.Sync)) }); err != nil {
		return err
	}
	return failed
}
