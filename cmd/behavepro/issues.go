package main

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdIssues(f *factory) *cobra.Command {
	return cli.NewGroup("issues", "Jira issues with their scenarios", `behavepro issues show SHOP-12`, newCmdIssuesShow(f, nil))
}
