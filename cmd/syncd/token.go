package main

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdToken(w *cli.Streams) *cobra.Command {
	return cli.NewGroup("token", "Make, list and revoke tokens", `
		syncd token create --name ci --project SHOP
		syncd token list
		syncd token revoke ID`, newCmdTokenCreate(w), newCmdTokenList(w), newCmdTokenRevoke(w))
}
