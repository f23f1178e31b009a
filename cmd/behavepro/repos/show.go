package repos

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type showOptions struct {
	*factory.Factory
	name string
}

func newCmdShow(f *factory.Factory, runF func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{Factory: f}
	return &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show a repository, its sync and its problems",
		Long:  cli.Text(`The name may be left out where there is one repository only.`),
		Example: cli.Examples(`
			behavepro repos show acme/shop
			behavepro repos show acme/shop --json`),
		Args: cli.MaxOneArg("the repository's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = cli.FirstArg(args)
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return showRun(cmd.Context(), o)
		},
	}
}

func showRun(ctx context.Context, o *showOptions) error {
	c, found, err := o.Repository(ctx, o.name)
	if err != nil {
		return err
	}
	defer c.Close()
	r, err := c.Repository(ctx, string(found.ID), 0)
	if err != nil {
		return err
	}
	return o.Print(r, func(w io.Writer) { writeRepository(w, &r) })
}

func writeRepository(w io.Writer, r *client.Repository) {
	cli.Row(w, "Repository", r.Name)
	cli.Row(w, "Address", r.URL)
	cli.Row(w, "Projects", cli.Join(r.Projects))
	if len(r.SharedWith) > 0 {
		cli.Row(w, "Shared with", cli.Join(r.SharedWith))
	}
	cli.Row(w, "Branches", orAll(r.Branches))
	if r.Path != "" {
		cli.Row(w, "Path", r.Path)
	}
	cli.Row(w, "Default branch", r.DefaultBranch)
	cli.Row(w, "Commits", r.Sync.Commits)
	cli.Row(w, "Feature files", fmt.Sprintf("%d, %d with problems", r.Sync.Files, r.Sync.Problems))
	cli.Row(w, "Results", fmt.Sprintf("%d waiting or unmatched", r.Unplaced))
	cli.Row(w, "Sync", syncText(&r.Sync))
	if r.Sync.Hint != "" {
		cli.Row(w, "", r.Sync.Hint)
	}
	if len(r.Problems) == 0 {
		return
	}
	fmt.Fprint(w, "\nIn commits and results:\n")
	for _, p := range r.Problems {
		place := p.Path
		if !p.Commit.IsZero() {
			place = p.Commit.Short() + " " + place
		}
		cli.Row(w, "  "+place, p.Message)
	}
}

func orAll(patterns []string) string {
	if len(patterns) == 0 {
		return "all"
	}
	return cli.Join(patterns)
}
