package main

import "github.com/spf13/cobra"

func newCmdResults(f *factory) *cobra.Command {
	return group("results", "Results of CI", `behavepro results push 'target/**/cucumber.json'`, newCmdResultsPush(f, nil), newCmdResultsList(f, nil),
		newCmdResultsShow(f, nil), newCmdResultsComplete(f, nil))
}
