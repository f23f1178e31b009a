package main

import (
	"cmp"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdTenantList(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List Jira sites with their tenants",
		Long: cli.Text(`
			Lists the Jira sites that have the app, or had it, and the tenant local. A tenant is whose data belongs together. State is
			pending (waits for syncd tenant approve), approved, uninstalled (by the site's admin; the data stays) or gone (the site
			came back as another one: syncd tenant join unites them).`),
		Example: cli.Examples(`
			syncd tenant list
			syncd tenant list --json`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.do(cmd.Context(), true, func(c *client.Client) error {
				found, err := c.Tenants(cmd.Context())
				if err != nil {
					return err
				}
				return w.Print(found, func(out io.Writer) { writeTenants(out, found.Tenants) })
			})
		},
	}
	w.AddJSONFlag(cmd.Flags())
	a.flags(cmd.Flags())
	return cmd
}

// writeTenants writes a line for each tenant.
func writeTenants(w io.Writer, tenants []client.Tenant) {
	cli.Row(w, "TENANT", "SITE", "STATE", "REPOSITORIES", "INSTALLED", "ENDED")
	for i := range tenants {
		t := &tenants[i]
		cli.Row(w, t.ID, cmp.Or(t.Site, "-"), t.State, t.Repositories, minuteOf(t.Installed), minuteOf(t.Ended))
	}
}

func minuteOf(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
