package main

import "github.com/spf13/cobra"

func newCmdIssues(f *factory) *cobra.Command {
	return group("issues", "Jira issues with their scenarios", `behavepro issues show SHOP-12`, newCmdIssuesShow(f, nil))
}
