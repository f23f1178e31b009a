package features

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/cmd/behavepro/text"
	"github.com/behavepro/behavepro/internal/cli"
)

type showOptions struct {
	*factory.Factory
	path, repo, commit string
}

func newCmdShow(f *factory.Factory, runF func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "show PATH",
		Short: "Show one feature file of a commit",
		Long: cli.Text(`
			Shows scenarios with their steps, links and lineages, as they are at --commit.`),
		Example: cli.Examples(`
			behavepro features show features/checkout.feature
			behavepro features show features/checkout.feature --repo acme/shop --commit main --json`),
		Args: cli.ExactArgs(1, "the path of a feature file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return showRun(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.repo, "repo", "", "name of the repository")
	cmd.Flags().StringVar(&o.commit, "commit", "", "branch or commit (default: the default branch)")
	return cmd
}

func showRun(ctx context.Context, o *showOptions) error {
	c, r, err := o.Repository(ctx, o.repo)
	if err != nil {
		return err
	}
	defer c.Close()
	f, err := c.Feature(ctx, string(r.ID), o.commit, o.path)
	if err != nil {
		return err
	}
	return o.Print(f, func(w io.Writer) { writeFeature(w, &f) })
}

func writeFeature(w io.Writer, f *client.FeatureText) {
	fmt.Fprintf(w, "%s at %s, %s\n", cli.OneLine(f.Repository), f.Commit.Short(), cli.OneLine(f.Feature.Path))
	if f.Keyword != "" {
		fmt.Fprintf(w, "\n%s: %s\n", cli.OneLine(f.Keyword), cli.OneLine(f.Feature.Name))
	}
	for i := range f.Feature.Scenarios {
		writeScenario(w, &f.Feature.Scenarios[i])
	}
	writeProblems(w, f.Problems)
}

func writeScenario(w io.Writer, s *client.Scenario) {
	fmt.Fprintln(w)
	if len(s.Tags) > 0 {
		fmt.Fprintln(w, "  "+cli.OneLine(strings.Join(s.Tags, " ")))
	}
	keyword := "Scenario"
	if s.Text != nil {
		keyword = s.Text.Keyword
	}
	fmt.Fprintf(w, "  %s: %s\n", cli.OneLine(keyword), cli.OneLine(s.Name))
	if s.Text == nil {
		return
	}
	for _, step := range append(s.Text.Background, s.Text.Steps...) {
		fmt.Fprintf(w, "    %s%s\n", cli.OneLine(step.Keyword), cli.OneLine(step.Text))
		for _, cells := range step.Table {
			fmt.Fprintf(w, "      | %s |\n", cli.OneLine(strings.Join(cells, " | ")))
		}
		if step.DocString != nil {
			fmt.Fprintf(w, "      \"\"\"\n      %s\n      \"\"\"\n", strings.ReplaceAll(*step.DocString, "\n", "\n      "))
		}
	}
	for _, r := range s.Rows {
		fmt.Fprintf(w, "    row %d: %s\n", r.Line, text.Cells(r.Cells))
	}
}
