package results

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
	id string
}

func newCmdShow(f *factory.Factory, runF func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a run with everything that was pushed of it",
		Long: cli.Text(`
			ID is that of a push, as results list --json and results push --json tell it. Shown is the run that it belongs to: the pushes of
			one commit with equal params and --run, with how every result ended.`),
		Example: cli.Examples(`
			behavepro results show k3j2.3f2a1bc000000000000000000000000000000001.9c0d
			behavepro results show k3j2.3f2a1bc000000000000000000000000000000001.9c0d --json`),
		Args: cli.ExactArgs(1, "the id of a push"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.id = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return showRun(cmd.Context(), o)
		},
	}
	return cmd
}

func showRun(ctx context.Context, o *showOptions) error {
	c, err := o.Client()
	if err != nil {
		return err
	}
	defer c.Close()
	run, err := c.Run(ctx, o.id)
	if err != nil {
		return err
	}
	return o.Print(run, func(w io.Writer) { writeRun(w, &run) })
}

func writeRun(w io.Writer, run *client.ShownRun) {
	title := "A run"
	if run.Run != "" {
		title = "Run " + run.Run
	}
	fmt.Fprintf(w, "%s of %s at %s: %s\n", cli.OneLine(title), cli.OneLine(run.Repository), run.Commit.Short(), cli.OneLine(runStateText(run)))
	if len(run.Params) > 0 {
		fmt.Fprintf(w, "%s\n", cli.OneLine(text.Params(run.Params)))
	}
	fmt.Fprintln(w)
	writeRuns(w, &client.RunList{Commit: run.Commit, Runs: run.Pushes})
	fmt.Fprintln(w)
	acc := client.Accounting{Counts: run.Counts, Results: run.Results}
	for i := range run.Pushes {
		p := &run.Pushes[i]
		acc.Notes = append(acc.Notes, p.Notes...)
		for _, f := range p.Files {
			if f.Unreadable != "" {
				acc.Unreadable = append(acc.Unreadable, client.UnreadableFile{File: f.Name, Message: f.Unreadable})
			}
		}
	}
	writeAccounting(w, &acc)
}

// runStateText says whether more is to come.
func runStateText(run *client.ShownRun) string {
	text := run.State
	switch {
	case len(run.Shards) > 0 && run.Of > 0:
		text += fmt.Sprintf(", %d of %d shards (%s)", len(run.Shards), run.Of, strings.Join(run.Shards, ", "))
	case len(run.Shards) > 0:
		text += fmt.Sprintf(", %s (%s)", cli.Plural(len(run.Shards), "shard", "shards"), strings.Join(run.Shards, ", "))
	}
	if run.Until != nil {
		text += "; it counts as complete at " + run.Until.Local().Format("15:04:05") + " if nothing more comes"
	}
	return text
}
