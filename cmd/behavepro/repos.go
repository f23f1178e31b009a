package main

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdRepos(f *factory) *cobra.Command {
	return cli.NewGroup("repos", "Connect and look after Git repositories", `
		behavepro repos add https://github.com/acme/shop --project SHOP --wait
		behavepro repos list`,
		newCmdReposAdd(f, nil), newCmdReposList(f, nil), newCmdReposShow(f, nil), newCmdReposSet(f, nil),
		newCmdReposRemove(f, nil), newCmdReposSync(f, nil),
		cli.NewGroup("credential", "The credential that opens a repository", `behavepro repos credential set acme/shop --git-token-file token.txt`, newCmdCredentialSet(f, nil)),
		cli.NewGroup("hook", "The webhook of a repository", `behavepro repos hook rotate acme/shop`, newCmdHookRotate(f, nil)),
	)
}
