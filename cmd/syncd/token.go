package main

import (
	"github.com/spf13/cobra"
)

func newCmdToken(w *world) *cobra.Command {
	return group("token", "Make, list and revoke tokens", `
		syncd token create --name ci --project SHOP
		syncd token list
		syncd token revoke ID`, newCmdTokenCreate(w), newCmdTokenList(w), newCmdTokenRevoke(w))
}
