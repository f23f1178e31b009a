package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdOpen(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Print a link to the pages",
		Long: cli.Text(`
			Prints a link that opens the pages in a browser. It works once, for five minutes. The server has to run.`),
		Example: cli.Examples(`
			syncd open
			syncd open --data /var/lib/behavepro`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.do(cmd.Context(), false, func(c *client.Client) error {
				link, err := c.Link(cmd.Context())
				if err == nil {
					_, err = fmt.Fprintln(w.Out, link.URL)
				}
				return err
			})
		},
	}
	a.flags(cmd.Flags())
	return cmd
}
