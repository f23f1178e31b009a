package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

type tenantApprove struct {
	admin
	local bool
}

func newCmdTenantApprove(w *cli.Streams) *cobra.Command {
	o := &tenantApprove{admin: admin{Streams: w}}
	cmd := &cobra.Command{
		Use:   "approve SITE|TENANT",
		Short: "Let a Jira site in",
		Long: cli.Text(`
			Lets a Jira site in that has installed the app: from then on its people see what Jira lets them see. With
			--projects-of-local the site shows the tenant local of this server, with its repositories, results, tokens and hooks as
			they are: for the first site of a server that was used without Jira before. Its own tenant has to be empty then.`),
		Example: cli.Examples(`
			syncd tenant approve shop.atlassian.net
			syncd tenant approve shop.atlassian.net --projects-of-local`),
		Args: cli.ExactArgs(1, "the host of a site, or the id of its tenant"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.do(cmd.Context(), true, func(c *client.Client) error { return o.approve(cmd.Context(), c, args[0]) })
		},
	}
	cmd.Flags().BoolVar(&o.local, "projects-of-local", false, "the site shows the tenant local, with everything in it")
	o.flags(cmd.Flags())
	return cmd
}

func (o *tenantApprove) approve(ctx context.Context, c *client.Client, name string) error {
	t, err := c.ApproveTenant(ctx, name, client.ApproveTenant{Local: o.local})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.Out, "%s: %s\n  tenant        %s\n  repositories  %d\n", t.Site, t.State, t.ID, t.Repositories)
	return err
}
