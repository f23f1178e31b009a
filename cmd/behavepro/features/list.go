package features

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/cmd/behavepro/text"
	"github.com/behavepro/behavepro/internal/cli"
)

type listOptions struct {
	*factory.Factory
	repo, commit string
}

func newCmdList(f *factory.Factory, runF func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the feature files and scenarios of a commit",
		Long: cli.Text(`
			--commit is a branch, a full SHA or at least 7 digits of one; without it the default branch is listed. --repo may
			be left out where there is one repository only.`),
		Example: cli.Examples(`
			behavepro features list
			behavepro features list --repo acme/shop --commit main
			behavepro features list --repo acme/shop --commit 3f2a1bc --json`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return listRun(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.repo, "repo", "", "name of the repository")
	cmd.Flags().StringVar(&o.commit, "commit", "", "branch or commit (default: the default branch)")
	return cmd
}

func listRun(ctx context.Context, o *listOptions) error {
	c, r, err := o.Repository(ctx, o.repo)
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.Features(ctx, string(r.ID), o.commit)
	if err != nil {
		return err
	}
	if len(list.Features) == 0 && len(list.Problems) == 0 {
		o.Note("no file at %s is named *.feature%s", list.Commit.Short(), text.SearchedIn(r.Path))
	}
	return o.Print(list, func(w io.Writer) { writeFeatures(w, &list) })
}

func writeFeatures(w io.Writer, list *client.FeatureList) {
	scenarios := 0
	for i := range list.Features {
		f := &list.Features[i]
		fmt.Fprintf(w, "%s  %s\n", cli.OneLine(f.Path), cli.OneLine(f.Name))
		for j := range f.Scenarios {
			s := &f.Scenarios[j]
			text := fmt.Sprintf("%6d  %s", s.Line, cli.OneLine(s.Name))
			if len(s.Rows) > 0 {
				text += fmt.Sprintf(" (%s)", cli.Plural(len(s.Rows), "row", "rows"))
			}
			if len(s.Issues) > 0 {
				text += "  " + cli.Join(s.Issues)
			}
			fmt.Fprintln(w, text)
			scenarios++
		}
	}
	fmt.Fprintf(w, "%s at %s: %s, %s\n", cli.OneLine(list.Repository), list.Commit.Short(),
		cli.Plural(len(list.Features), "feature file", "feature files"), cli.Plural(scenarios, "scenario", "scenarios"))
	writeProblems(w, list.Problems)
}

func writeProblems(w io.Writer, problems []client.FileProblem) {
	if len(problems) == 0 {
		return
	}
	files := map[string]bool{}
	for _, p := range problems {
		files[p.Path] = true
	}
	fmt.Fprintf(w, "%s with problems:\n", cli.Plural(len(files), "file", "files"))
	for _, p := range problems {
		place := p.Path
		if p.Line > 0 {
			place = fmt.Sprintf("%s:%d", p.Path, p.Line)
		}
		fmt.Fprintf(w, "  %s  %s\n", cli.OneLine(place), cli.OneLine(p.Message))
	}
}
