package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
)

type tokenList struct {
	admin
	json bool
}

func newCmdTokenList(w *world) *cobra.Command {
	o := &tokenList{admin: admin{world: w}}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List tokens",
		Long: long(`
			syncd token list
			syncd token list --json`, `
			Lists the tokens that have not been revoked, with what they may do, their end and last use. Their values are not known.`),
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.do(cmd.Context(), true, func(c *client.Client) error { return o.list(cmd.Context(), c) })
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON document")
	o.flags(cmd.Flags())
	return cmd
}

func (o *tokenList) list(ctx context.Context, c *client.Client) error {
	found, err := c.Tokens(ctx)
	if err != nil {
		return err
	}
	if o.json {
		e := json.NewEncoder(o.out)
		e.SetIndent("", "  ")
		return e.Encode(found)
	}
	return tellTokens(o.out, found.Tokens)
}

// tellTokens writes a line for each token.
func tellTokens(out io.Writer, tokens []client.Token) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tREACHES\tMAY\tENDS\tLAST USED")
	for i := range tokens {
		t := &tokens[i]
		used := "never"
		if t.LastUsed != nil {
			used = t.LastUsed.UTC().Format("2006-01-02 15:04 UTC")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, plain(t.Name), reachOf(t), strings.Join(t.Can, ", "), untilOf(t), used)
	}
	return table.Flush()
}

// plain takes control characters out of what somebody wrote.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, text)
}
