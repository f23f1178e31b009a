package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdTenantDelete(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	yes := ""
	cmd := &cobra.Command{
		Use:   "delete SITE|TENANT --yes SITE",
		Short: "Delete a Jira site with all its data",
		Long: cli.Text(`
			Deletes the install of a site and everything of its tenant: repositories, results, tokens, hooks and mirrors. It cannot be
			undone; backups keep what they hold. Jira is not told: where the site still has the app, its admin removes it there. A
			site that shows the tenant local is forgotten; local itself stays.`),
		Example: cli.Examples(`
			syncd tenant delete t-3kq9x7m2p4a8s6d1 --yes shop.atlassian.net`),
		Args: cli.ExactArgs(1, "the host of a site, or the id of its tenant"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if yes == "" {
				return cli.Usagef("this deletes all data of the site and cannot be undone: confirm with --yes and the site's host")
			}
			return a.do(cmd.Context(), true, func(c *client.Client) error {
				done, err := c.DeleteTenant(cmd.Context(), args[0], yes)
				if err == nil {
					_, err = fmt.Fprintf(w.Out, "%s: %s\n", yes, done.Done)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&yes, "yes", "", "`HOST` of the site, to be sure")
	a.flags(cmd.Flags())
	return cmd
}
