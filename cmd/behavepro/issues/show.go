package issues

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/cmd/behavepro/text"
	"github.com/behavepro/behavepro/internal/cli"
)

type showOptions struct {
	*factory.Factory
	key, ref, repo string
}

func newCmdShow(f *factory.Factory, runF func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "show KEY",
		Short: "Show the scenarios of an issue with their current results",
		Long: cli.Text(`
			Shows every scenario that a tag links to the issue, in all repositories within the token's reach. --ref asks for a
			branch or commit; repositories that do not have it show their default branch.`),
		Example: cli.Examples(`
			behavepro issues show SHOP-12
			behavepro issues show SHOP-12 --ref SHOP-12-checkout
			behavepro issues show SHOP-12 --json`),
		Args: cli.ExactArgs(1, "an issue key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.key = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return showRun(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.ref, "ref", "", "branch or commit (default: each repository's default branch)")
	cmd.Flags().StringVar(&o.repo, "repo", "", "only this repository")
	return cmd
}

func showRun(ctx context.Context, o *showOptions) error {
	key, err := behavepro.ParseIssueKey(o.key)
	if err != nil {
		return cli.UsageError(err)
	}
	c, err := o.Client()
	if err != nil {
		return err
	}
	defer c.Close()
	issue, err := c.Issue(ctx, key, o.ref, o.repo)
	if err != nil {
		return err
	}
	return o.Print(issue, func(w io.Writer) { writeIssue(w, &issue) })
}

func writeIssue(w io.Writer, issue *client.Issue) {
	if len(issue.Scenarios) == 0 {
		fmt.Fprintf(
			w,
			"No scenario links to %s. A tag @%s above a scenario links it.\n",
			cli.OneLine(string(issue.Issue)),
			cli.OneLine(string(issue.Issue)),
		)
		return
	}
	fmt.Fprintf(w, "%s: %s\n", cli.OneLine(string(issue.Issue)), cli.Plural(len(issue.Scenarios), "scenario", "scenarios"))
	where := ""
	for i := range issue.Scenarios {
		s := &issue.Scenarios[i]
		if here := refText(s); here != where {
			fmt.Fprintf(w, "\n%s\n", cli.OneLine(here))
			where = here
		}
		cli.Row(w, "  "+text.Status(s.Status, s.Stale, s.Flaky), s.Name, fmt.Sprintf("%s:%d", s.Path, s.Line), text.Run(s.LastRun))
		for _, r := range s.Rows {
			cli.Row(w, "    "+text.Status(r.Status, r.Stale, r.Flaky), text.Cells(r.Cells), fmt.Sprintf("row %d", r.Line), "")
		}
	}
}

func refText(s *client.IssueScenario) string {
	if s.Ref == "" {
		return s.Repository + " at " + s.Commit.Short()
	}
	return s.Repository + " " + s.Ref + " at " + s.Commit.Short()
}
