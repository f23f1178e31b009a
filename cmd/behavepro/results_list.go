package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
)

type resultsList struct {
	*factory
	repo, commit string
}

func newCmdResultsList(f *factory, runF func(context.Context, *resultsList) error) *cobra.Command {
	o := &resultsList{factory: f}
	cmd := &cobra.Command{
		Use:   "list --commit SHA",
		Short: "List what was pushed for a commit",
		Long: long(`
			behavepro results list --commit main
			behavepro results list --repo acme/shop --commit 3f2a1bc --json`, `
			Lists the pushes of results for one commit, newest first. A full SHA need not be synced yet.`),
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.commit == "" {
				return usagef("no commit is named: use --commit SHA")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return runResultsList(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.repo, "repo", "", "name of the repository")
	cmd.Flags().StringVar(&o.commit, "commit", "", "branch or commit")
	return cmd
}

func runResultsList(ctx context.Context, o *resultsList) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	defer c.Close()
	r, err := pick(ctx, c, o.repo)
	if err != nil {
		return err
	}
	list, err := c.Runs(ctx, string(r.ID), o.commit)
	if err != nil {
		return err
	}
	return o.print(list, func(w io.Writer) { writeRuns(w, &list) })
}

func writeRuns(w io.Writer, list *client.RunList) {
	if len(list.Runs) == 0 {
		fmt.Fprintf(w, "Nothing was pushed for %s.\n", list.Commit.Short())
		return
	}
	row(w, "STARTED", "BUILD", "PARAMS", "STATE", "READ", "MATCHED", "PASSED", "FAILED", "SKIPPED", "UNMATCHED", "AMBIGUOUS", "WAITING")
	for i := range list.Runs {
		r := &list.Runs[i]
		row(w, r.Started.Local().Format("2006-01-02 15:04:05"), r.Build, paramText(r.Params), r.State, r.Read, r.Matched, r.Passed, r.Failed,
			r.Skipped, r.Unmatched, r.Ambiguous, r.Waiting)
	}
}
