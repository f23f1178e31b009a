package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdTokenList(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List tokens",
		Long: cli.Text(`
			Lists the tokens that have not been revoked, with what they may do, their end and last use. Their values are not known.`),
		Example: cli.Examples(`
			syncd token list
			syncd token list --json`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.do(cmd.Context(), true, func(c *client.Client) error {
				found, err := c.Tokens(cmd.Context())
				if err != nil {
					return err
				}
				return w.Print(found, func(out io.Writer) { writeTokens(out, found.Tokens) })
			})
		},
	}
	w.AddJSONFlag(cmd.Flags())
	a.flags(cmd.Flags())
	return cmd
}

// writeTokens writes a line for each token.
func writeTokens(w io.Writer, tokens []client.Token) {
	cli.Row(w, "ID", "NAME", "REACHES", "MAY", "ENDS", "LAST USED")
	for i := range tokens {
		t := &tokens[i]
		used := "never"
		if t.LastUsed != nil {
			used = t.LastUsed.UTC().Format("2006-01-02 15:04 UTC")
		}
		cli.Row(w, t.ID, t.Name, reachOf(t), strings.Join(t.Can, ", "), untilOf(t), used)
	}
}
