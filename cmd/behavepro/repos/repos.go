// Package repos is the group behavepro repos.
package repos

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

// NewCmdRepos makes the group repos.
func NewCmdRepos(f *factory.Factory) *cobra.Command {
	return cli.NewGroup(
		"repos",
		"Connect and look after Git repositories",
		`
		behavepro repos add https://github.com/acme/shop --project SHOP --wait
		behavepro repos list`,
		newCmdAdd(f, nil),
		newCmdList(f, nil),
		newCmdShow(f, nil),
		newCmdSet(f, nil),
		newCmdRemove(f, nil),
		newCmdSync(f, nil),
		cli.NewGroup(
			"credential",
			"The credential that opens a repository",
			`behavepro repos credential set acme/shop --git-token-file token.txt`,
			newCmdCredentialSet(f, nil),
		),
		cli.NewGroup("hook", "The webhook of a repository", `behavepro repos hook rotate acme/shop`, newCmdHookRotate(f, nil)),
	)
}
