package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdTokenRevoke(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	cmd := &cobra.Command{
		Use:     "revoke ID",
		Short:   "End a token at once",
		Long:    cli.Text(`Ends a token at once. syncd token list shows the ids.`),
		Example: cli.Examples(`syncd token revoke 3kq9x7`),
		Args:    cli.ExactArgs(1, "the id of a token"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), true, func(c *client.Client) error {
				done, err := c.RevokeToken(cmd.Context(), args[0])
				if err == nil {
					_, err = fmt.Fprintf(w.Out, "%s: %s\n", done.Token, done.Done)
				}
				return err
			})
		},
	}
	a.flags(cmd.Flags())
	return cmd
}
