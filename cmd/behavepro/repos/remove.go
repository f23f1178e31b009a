package repos

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type removeOptions struct {
	*factory.Factory
	name string
	yes  bool
}

func newCmdRemove(f *factory.Factory, runF func(context.Context, *removeOptions) error) *cobra.Command {
	o := &removeOptions{Factory: f}
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
			return removeRun(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.yes, "yes", false, "really disconnect it")
	return cmd
}

func removeRun(ctx context.Context, o *removeOptions) error {
	c, found, err := o.Repository(ctx, o.name)
	if err != nil {
		return err
	}
	defer c.Close()
	if !o.yes {
		return cli.Usagef(
			"%s would lose settings, credential, webhook, branches, links to issues and mirror (%s, %s); "+
				"results stay for 30 days: repeat with --yes",
			found.Name,
			cli.Plural(found.Sync.Commits, "commit", "commits"),
			cli.Plural(found.Sync.Files, "feature file", "feature files"),
		)
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
