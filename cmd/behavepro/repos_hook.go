package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

type hookRotate struct {
	*factory
	name string
}

func newCmdHookRotate(f *factory, runF func(context.Context, *hookRotate) error) *cobra.Command {
	o := &hookRotate{factory: f}
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
			return runHookRotate(cmd.Context(), o)
		},
	}
}

func runHookRotate(ctx context.Context, o *hookRotate) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := pick(ctx, c, o.name)
	if err != nil {
		return err
	}
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
