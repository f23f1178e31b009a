package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdTenantJoin(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	cmd := &cobra.Command{
		Use:   "join NEW OLD",
		Short: "Give a Jira site the data of one that lost the app",
		Long: cli.Text(`
			A site that comes back with another identity, such as after an import, is a new tenant and sees nothing of the old one.
			This unites them: NEW, which has the app, gets the tenant of OLD, which has not. Both are named by host or tenant id. The
			tenant that NEW had has to be empty, and is deleted.`),
		Example: cli.Examples(`
			syncd tenant join shop.atlassian.net t-3kq9x7m2p4a8s6d1
			syncd tenant join new.atlassian.net old.atlassian.net`),
		Args: cli.ExactArgs(2, "the new site and the old one"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), true, func(c *client.Client) error {
				t, err := c.JoinTenant(cmd.Context(), args[0], client.JoinTenant{Old: args[1]})
				if err == nil {
					_, err = fmt.Fprintf(w.Out, "%s: %s\n  tenant        %s\n  repositories  %d\n", t.Site, t.State, t.ID, t.Repositories)
				}
				return err
			})
		},
	}
	a.flags(cmd.Flags())
	return cmd
}
