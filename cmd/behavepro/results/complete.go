package results

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type completeOptions struct {
	pushOptions // of which only what names a run is used
}

func newCmdComplete(f *factory.Factory, runF func(context.Context, *completeOptions) error) *cobra.Command {
	o := &completeOptions{pushOptions{Factory: f}}
	cmd := &cobra.Command{
		Use:   "complete",
		Short: "Say that all shards of a run have come",
		Long: cli.Text(`
			Closes a run that came in shards (results push --shard), so that a gate need not wait for more. Without it a run is
			complete when all announced shards have come, or when nothing more came for 15 minutes. Commit and build are found as
			results push finds them. What is pushed later still counts. Without a token the ID token of a CI job takes its place, as
			for results push.`),
		Example: cli.Examples(`
			behavepro results complete --run nightly
			behavepro results complete --build-id 7 --param Os=Linux --commit 3f2a1bc`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return completeRun(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.repo, "repo", "", "name of the repository (default: by the checkout's origin, or the only one)")
	flags.StringVar(&o.commit, "commit", "", "commit that was tested (default: from the CI's environment, else HEAD)")
	flags.StringVar(&o.run, "run", "", "name of the run")
	flags.StringVar(&o.buildID, "build-id", "", "build that names the run where --run does not (default: from the CI's environment)")
	flags.StringArrayVar(&o.params, "param", nil, "name=value of the run; repeatable")
	return cmd
}

func completeRun(ctx context.Context, o *completeOptions) error {
	dir, err := o.Dir()
	if err != nil {
		return fmt.Errorf("find working directory: %w", err)
	}
	params, err := parseParams(o.params)
	if err != nil {
		return err
	}
	d, err := o.decide(ctx, dir)
	if err != nil {
		return err
	}
	if o.run == "" && d.push.Build == "" {
		return cli.Usagef("no run is named: use --run or --build-id")
	}
	c, keyless, err := o.JobClient(ctx, factory.RetryLong)
	if err != nil {
		return err
	}
	defer c.Close()
	if keyless {
		o.Note(factory.NoteKeyless)
		d.showMerge(ctx)
	}
	run, err := c.CompleteRun(ctx, client.CompleteRun{
		Repository: o.repo, Origin: d.push.Origin, Commit: d.push.Commit, Params: params, Run: o.run, Build: d.push.Build,
		MergeCommit: d.push.MergeCommit,
	})
	if err != nil {
		return err
	}
	if len(run.Pushes) == 0 {
		o.Note("nothing was pushed of this run yet (are --run, --param and the build those of the pushes?)")
	}
	return o.Print(run, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s, %s\n", cli.OneLine(run.Run), cli.OneLine(runStateText(&run)), cli.Plural(len(run.Pushes), "push", "pushes"))
	})
}
