package repos

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type hookRotateOptions struct {
	*factory.Factory
	name string
}

func newCmdHookRotate(f *factory.Factory, runF func(context.Context, *hookRotateOptions) error) *cobra.Command {
	o := &hookRotateOptions{Factory: f}
	return &cobra.Command{
		Use:   "rotate [NAME]",
		Short: "Make a new webhook address and secret",
		Long: cli.Text(`
			The address and secret before it stop working at once. The new ones are printed once: set them at the Git host.`),
		Example: cli.Examples(`
			behavepro repos hook rotate acme/shop`),
		Args: cli.MaxOneArg("the repository's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = cli.FirstArg(args)
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return hookRotateRun(cmd.Context(), o)
		},
	}
}

func hookRotateRun(ctx context.Context, o *hookRotateOptions) error {
	c, found, err := o.Repository(ctx, o.name)
	if err != nil {
		return err
	}
	defer c.Close()
	hook, err := c.RotateHook(ctx, string(found.ID))
	if err != nil {
		return err
	}
	return o.Print(hook, func(w io.Writer) {
		cli.Row(w, "Webhook", hook.URL)
		cli.Row(w, "Secret", hook.Secret)
		fmt.Fprintln(w, "\nThe secret is shown this once. Set both at the Git host (content type JSON, push events).")
	})
}
