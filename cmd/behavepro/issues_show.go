package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

type issuesShow struct {
	*factory
	key, ref, repo string
}

func newCmdIssuesShow(f *factory, runF func(context.Context, *issuesShow) error) *cobra.Command {
	o := &issuesShow{factory: f}
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
			return runIssuesShow(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.ref, "ref", "", "branch or commit (default: each repository's default branch)")
	cmd.Flags().StringVar(&o.repo, "repo", "", "only this repository")
	return cmd
}

func runIssuesShow(ctx context.Context, o *issuesShow) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	defer c.Close()
	issue, err := c.Issue(ctx, behavepro.IssueKey(strings.ToUpper(o.key)), o.ref, o.repo)
	if err != nil {
		return err
	}
	return o.Print(issue, func(w io.Writer) { writeIssue(w, &issue) })
}

func writeIssue(w io.Writer, issue *client.Issue) {
	if len(issue.Scenarios) == 0 {
		fmt.Fprintf(w, "No scenario links to %s. A tag @%s above a scenario links it.\n", cli.OneLine(string(issue.Issue)), cli.OneLine(string(issue.Issue)))
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
		cli.Row(w, "  "+statusText(s.Status, s.Stale, s.Flaky), s.Name, fmt.Sprintf("%s:%d", s.Path, s.Line), runText(s.LastRun))
		for _, r := range s.Rows {
			cli.Row(w, "    "+statusText(r.Status, r.Stale, r.Flaky), cellText(r.Cells), fmt.Sprintf("row %d", r.Line), "")
		}
	}
}

func refText(s *client.IssueScenario) string {
	if s.Ref == "" {
		return s.Repository + " at " + s.Commit.Short()
	}
	return s.Repository + " " + s.Ref + " at " + s.Commit.Short()
}

func statusText(status behavepro.Status, stale, flaky bool) string {
	text := status.Text()
	if stale {
		text += " (stale)"
	}
	if flaky {
		text += " (flaky)"
	}
	return text
}

func runText(r *client.LastRun) string {
	if r == nil {
		return ""
	}
	text := "at " + r.Commit.Short()
	if r.Build != "" {
		text += ", build " + r.Build
	}
	if len(r.Params) > 0 {
		text += ", " + paramText(r.Params)
	}
	return text
}

func paramText(params []behavepro.Param) string {
	words := make([]string, len(params))
	for i, p := range params {
		words[i] = p.Name + "=" + p.Value
	}
	return strings.Join(words, " ")
}

// cellText shows the cells of a row by column.
func cellText(cells map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(cells)) {
		words = append(words, cli.OneLine(name+"="+cells[name]))
	}
	return strings.Join(words, ", ")
}
