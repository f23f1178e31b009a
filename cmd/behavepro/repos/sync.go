package repos

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type syncOptions struct {
	*factory.Factory
	name string
	wait bool
}

func newCmdSync(f *factory.Factory, runF func(context.Context, *syncOptions) error) *cobra.Command {
	o := &syncOptions{Factory: f}
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
			return syncRun(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.wait, "wait", false, "return when the sync is done")
	return cmd
}

func syncRun(ctx context.Context, o *syncOptions) error {
	c, err := o.ClientFor(retryFor(o.wait))
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := factory.Pick(ctx, c, o.name)
	if err != nil {
		return err
	}
	r, err := c.SyncRepository(ctx, string(found.ID))
	if err != nil {
		return err
	}
	var failed error
	if o.wait {
		r, failed = waitForSync(ctx, o.Factory, c, &r)
	}
	if err := o.Print(r, func(w io.Writer) { cli.Row(w, r.Name, syncText(&r.Sync)) }); err != nil {
		return err
	}
	return failed
}
