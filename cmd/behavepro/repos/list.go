package repos

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type listOptions struct{ *factory.Factory }

func newCmdList(f *factory.Factory, runF func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{f}
	return &cobra.Command{
		Use:   "list",
		Short: "List the connected repositories",
		Long:  cli.Text(`Lists the repositories within the token's reach, with the state of their sync.`),
		Example: cli.Examples(`
			behavepro repos list
			behavepro repos list --json`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return listRun(cmd.Context(), o)
		},
	}
}

func listRun(ctx context.Context, o *listOptions) error {
	c, err := o.Client()
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.Repositories(ctx)
	if err != nil {
		return err
	}
	return o.Print(list, func(w io.Writer) {
		if len(list.Repositories) == 0 {
			fmt.Fprintln(w, "No repository is connected. `behavepro repos add URL --project KEY` connects one.")
			return
		}
		cli.Row(w, "NAME", "PROJECTS", "BRANCH", "FILES", "WITH PROBLEMS", "RESULTS WAITING OR UNMATCHED", "SYNC")
		for i := range list.Repositories {
			r := &list.Repositories[i]
			projects := cli.Join(slices.Concat(r.Projects, r.SharedWith))
			cli.Row(w, r.Name, projects, r.DefaultBranch, r.Sync.Files, r.Sync.Problems, r.Unplaced, syncText(&r.Sync))
		}
	})
}

// syncText is the state of a sync in one line.
func syncText(s *client.Sync) string {
	switch {
	case s.Phase == "failed":
		return "failed: " + s.Error
	case s.Busy && s.Phase != "" && s.Phase != "done":
		text := s.Phase
		if s.Total > 0 {
			text += fmt.Sprintf(" %d/%d", s.Done, s.Total)
		}
		if s.ETASeconds > 0 {
			text += fmt.Sprintf(", about %s left", (time.Duration(s.ETASeconds) * time.Second).Round(time.Second))
		}
		return text
	case s.Finished != nil:
		return "done at " + s.Finished.Local().Format("2006-01-02 15:04")
	}
	return "not yet"
}
