package main

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdResults(f *factory) *cobra.Command {
	return cli.NewGroup("results", "Results of CI", `behavepro results push 'target/**/cucumber.json'`, newCmdResultsPush(f, nil), newCmdResultsList(f, nil),
		newCmdResultsShow(f, nil), newCmdResultsComplete(f, nil))
}
