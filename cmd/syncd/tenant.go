package main

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdTenant(w *cli.Streams) *cobra.Command {
	return cli.NewGroup("tenant", "List, approve, join and delete Jira sites", `
		syncd tenant list
		syncd tenant approve shop.atlassian.net
		syncd tenant join shop.atlassian.net t-3kq9x7m2p4a8s6d1
		syncd tenant delete t-3kq9x7m2p4a8s6d1 --yes shop.atlassian.net`,
		newCmdTenantList(w), newCmdTenantApprove(w), newCmdTenantJoin(w), newCmdTenantDelete(w))
}
