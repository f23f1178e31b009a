package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdAdminToken(w *cli.Streams) *cobra.Command {
	return cli.NewGroup("admin-token", "Replace the admin token", `syncd admin-token rotate`, newCmdAdminTokenRotate(w))
}

func newCmdAdminTokenRotate(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Write a new admin token to the data folder and end the one before",
		Long: cli.Text(`
			Writes a new admin token to admin.token in the data folder; the one before ends at once. Its value is not printed.`),
		Example: cli.Examples(`syncd admin-token rotate`),
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.do(cmd.Context(), true, func(c *client.Client) error {
				if err := c.RotateAdmin(cmd.Context()); err != nil {
					return err
				}
				_, err := fmt.Fprintln(w.Out, "The admin token was replaced; admin.token in the data folder holds the new one.")
				return err
			})
		},
	}
	a.flags(cmd.Flags())
	return cmd
}
