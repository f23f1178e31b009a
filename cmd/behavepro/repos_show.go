package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
)

type reposShow struct {
	*factory
	name string
}

func newCmdReposShow(f *factory, runF func(context.Context, *reposShow) error) *cobra.Command {
	o := &reposShow{factory: f}
	return &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show a repository, its sync and its problems",
		Long: long(`
			behavepro repos show acme/shop
			behavepro repos show acme/shop --json`, `The name may be left out where there is one repository only.`),
		Args: atMostOne("the repository's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = first(args)
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return runReposShow(cmd.Context(), o)
		},
	}
}

func runReposShow(ctx context.Context, o *reposShow) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := pick(ctx, c, o.name)
	if err != nil {
		return err
	}
	r, err := c.Repository(ctx, string(found.ID), 0)
	if err != nil {
		return err
	}
	return o.print(r, func(w io.Writer) { writeRepository(w, &r) })
}

func writeRepository(w io.Writer, r *client.Repository) {
	row(w, "Repository", r.Name)
	row(w, "Address", r.URL)
	row(w, "Projects", join(r.Projects))
	row(w, "Branches", orAll(r.Branches))
	if r.Path != "" {
		row(w, "Path", r.Path)
	}
	row(w, "Default branch", r.DefaultBranch)
	row(w, "Commits", r.Sync.Commits)
	row(w, "Feature files", r.Sync.Files)
	row(w, "Sync", syncText(&r.Sync))
	if r.Sync.Hint != "" {
		row(w, "", r.Sync.Hint)
	}
	if len(r.Problems) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", plural(len(r.Problems), "problem", "problems"))
	for _, p := range r.Problems {
		place := p.Path
		if !p.Commit.IsZero() {
			place = p.Commit.Short() + " " + place
		}
		row(w, "  "+place, p.Message)
	}
}

func orAll(patterns []string) string {
	if len(patterns) == 0 {
		return "all"
	}
	return join(patterns)
}

// atMostOne checks the number of arguments.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("%s takes %s, not %d arguments", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
