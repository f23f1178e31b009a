package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
)

type tenantList struct {
	admin
	json bool
}

func newCmdTenantList(w *world) *cobra.Command {
	o := &tenantList{admin: admin{world: w}}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List Jira sites with their tenants",
		Long: long(`
			syncd tenant list
			syncd tenant list --json`, `
			Lists the Jira sites that have the app, or had it, and the tenant local. A tenant is whose data belongs together. State is
			pending (waits for syncd tenant approve), approved, uninstalled (by the site's admin; the data stays) or gone (the site
			came back as another one: syncd tenant join unites them).`),
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.do(cmd.Context(), true, func(c *client.Client) error { return o.list(cmd.Context(), c) })
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON document")
	o.flags(cmd.Flags())
	return cmd
}

func (o *tenantList) list(ctx context.Context, c *client.Client) error {
	found, err := c.Tenants(ctx)
	if err != nil {
		return err
	}
	if o.json {
		e := json.NewEncoder(o.out)
		e.SetIndent("", "  ")
		return e.Encode(found)
	}
	return tellTenants(o.out, found.Tenants)
}

// tellTenants writes a line for each tenant.
func tellTenants(out io.Writer, tenants []client.Tenant) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TENANT\tSITE\tSTATE\tREPOSITORIES\tINSTALLED\tENDED")
	for i := range tenants {
		t := &tenants[i]
		site := plain(t.Site)
		if site == "" {
			site = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\n", t.ID, site, t.State, t.Repositories, minuteOf(t.Installed), minuteOf(t.Ended))
	}
	return table.Flush()
}

func minuteOf(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
