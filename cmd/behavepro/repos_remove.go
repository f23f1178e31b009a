package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

type reposRemove struct {
	*factory
	name string
	yes  bool
}

func newCmdReposRemove(f *factory, runF func(context.Context, *reposRemove) error) *cobra.Command {
	o := &reposRemove{factory: f}
	cmd := &cobra.Command{
		Use:   "remove NAME --yes",
		Short: "Disconnect a repository",
		Long: cli.Text(`
			Without --yes it says what would go and changes nothing. Settings, credential, webhook, branches, links to issues
			and the mirror go at once; results stay for 30 days. The Git repository itself is never touched.`),
		Example: cli.Examples(`
			behavepro repos remove acme/shop
			behavepro repos remove acme/shop --yes`),
		Args: cli.ExactArgs(1, "the repository's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return runReposRemove(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.yes, "yes", false, "really disconnect it")
	return cmd
}

func runReposRemove(ctx context.Context, o *reposRemove) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := pick(ctx, c, o.name)
	if err != nil {
		return err
	}
	if !o.yes {
		return cli.Usagef("%s would lose settings, credential, webhook, branches, links to issues and mirror (%s, %s); results stay for 30 days: repeat with --yes",
			found.Name, cli.Plural(found.Sync.Commits, "commit", "commits"), cli.Plural(found.Sync.Files, "feature file", "feature files"))
	}
	removed, err := c.RemoveRepository(ctx, string(found.ID))
	if err != nil {
		return err
	}
	return o.Print(removed, func(w io.Writer) {
		fmt.Fprintf(w, "%s is disconnected.\n", cli.OneLine(removed.Repository))
		cli.Row(w, "Gone", cli.Join(removed.Removed))
		cli.Row(w, "Kept", cli.Join(removed.Kept))
	})
}
