package results

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/cmd/behavepro/text"
	"github.com/behavepro/behavepro/internal/cli"
)

type listOptions struct {
	*factory.Factory
	repo   string
	params []string
	query  client.RunQuery
}

func newCmdList(f *factory.Factory, runF func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "list --commit SHA",
		Short: "List what was pushed for a commit",
		Long: cli.Text(`
			Lists the pushes of results for one commit, newest first. A full SHA need not be synced yet. With filters, only the pushes
			that all of them take. results show tells more of one.`),
		Example: cli.Examples(`
			behavepro results list --commit main
			behavepro results list --commit main --build 7 --param Os=Linux
			behavepro results list --repo acme/shop --commit 3f2a1bc --state waiting --json`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.query.Commit == "" {
				return cli.Usagef("no commit is named: use --commit SHA")
			}
			if s := o.query.State; s != "" && s != string(client.StateMatched) && s != string(client.StateWaiting) {
				return cli.Usagef("--state is matched or waiting, not %q", s)
			}
			if o.query.Attempt < 0 {
				return cli.Usagef("--attempt cannot be negative")
			}
			var err error
			if o.query.Params, err = parseParams(o.params); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return listRun(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.repo, "repo", "", "name of the repository")
	flags.StringVar(&o.query.Commit, "commit", "", "branch or commit")
	flags.StringVar(&o.query.Run, "run", "", "only pushes of this --run")
	flags.StringVar(&o.query.Build, "build", "", "only pushes of this build")
	flags.IntVar(&o.query.Attempt, "attempt", 0, "only pushes of this attempt of the CI job")
	flags.StringVar(&o.query.State, "state", "", "only pushes that are matched, or waiting for their commit")
	flags.StringArrayVar(&o.params, "param", nil, "name=value: only pushes with this param; repeatable")
	return cmd
}

func listRun(ctx context.Context, o *listOptions) error {
	c, r, err := o.Repository(ctx, o.repo)
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.RunsWith(ctx, string(r.ID), o.query)
	if err != nil {
		return err
	}
	return o.Print(list, func(w io.Writer) { writeRuns(w, &list) })
}

func writeRuns(w io.Writer, list *client.RunList) {
	if len(list.Runs) == 0 {
		fmt.Fprintf(w, "Nothing was pushed for %s.\n", list.Commit.Short())
		return
	}
	cli.Row(
		w,
		"STARTED",
		"BUILD",
		"RUN",
		"ATTEMPT",
		"PARAMS",
		"STATE",
		"READ",
		"MATCHED",
		"PASSED",
		"FAILED",
		"SKIPPED",
		"UNMATCHED",
		"AMBIGUOUS",
		"WAITING",
	)
	for i := range list.Runs {
		r := &list.Runs[i]
		cli.Row(
			w,
			r.Started.Local().Format("2006-01-02 15:04:05"),
			r.Build,
			runWithShard(r),
			attemptText(r),
			text.Params(r.Params),
			r.State,
			r.Read,
			r.Matched,
			r.Passed,
			r.Failed,
			r.Skipped,
			r.Unmatched,
			r.Ambiguous,
			r.Waiting,
		)
	}
}

// runWithShard is the run of a push with its shard.
func runWithShard(r *client.Run) string {
	text := r.Run
	switch {
	case r.Closes:
		return text + " (complete)"
	case r.Shards > 0:
		return fmt.Sprintf("%s (%s/%d)", text, r.Shard, r.Shards)
	case r.Shard != "":
		return fmt.Sprintf("%s (%s)", text, r.Shard)
	}
	return text
}

func attemptText(r *client.Run) string {
	if r.Attempt == 0 {
		return ""
	}
	return strconv.Itoa(r.Attempt)
}
