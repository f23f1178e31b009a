package main

import "github.com/spf13/cobra"

func newCmdRepos(f *factory) *cobra.Command {
	return group("repos", "Connect and look after Git repositories",
		newCmdReposAdd(f, nil), newCmdReposList(f, nil), newCmdReposShow(f, nil), newCmdReposSet(f, nil),
		newCmdReposRemove(f, nil), newCmdReposSync(f, nil),
		group("credential", "The credential that opens a repository", newCmdCredentialSet(f, nil)),
		group("hook", "The webhook of a repository", newCmdHookRotate(f, nil)),
	)
}
