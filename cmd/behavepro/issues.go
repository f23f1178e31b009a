package main

import "github.com/spf13/cobra"

func newCmdIssues(f *factory) *cobra.Command {
	return group("issues", "Jira issues with their scenarios", newCmdIssuesShow(f, nil))
}
