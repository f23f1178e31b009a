// Package history is the command behavepro history.
package history

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/cmd/behavepro/text"
	"github.com/behavepro/behavepro/internal/cli"
)

type options struct {
	*factory.Factory
	path, name   string
	repo, commit string
	limit        int
}

// NewCmdHistory makes the command history.
func NewCmdHistory(f *factory.Factory, runF func(context.Context, *options) error) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:   "history PATH:NAME",
		Short: "Show a scenario through time: its words and its results",
		Long: cli.Text(`
			NAME is the scenario's name, or its line, at --commit. Its history goes on across renames and moves. Stability counts
			the newest 20 runs that the commit reaches and in which it passed or failed. Runs of other branches are shown in brackets:
			they do not count.`),
		Example: cli.Examples(`
			behavepro history 'features/cart.feature:Add an item'
			behavepro history features/cart.feature:12 --commit release --limit 50
			behavepro history features/cart.feature:12 --json`),
		Args: cli.ExactArgs(1, "PATH:NAME of a scenario"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var ok bool
			if o.path, o.name, ok = splitScenario(args[0]); !ok {
				return cli.Usagef("%q is not PATH:NAME, such as features/cart.feature:Add", args[0])
			}
			if o.limit < 1 {
				return cli.Usagef("--limit is at least 1")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return historyRun(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.repo, "repo", "", "name of the repository")
	cmd.Flags().StringVar(&o.commit, "commit", "", "branch or commit (default: the default branch)")
	cmd.Flags().IntVar(&o.limit, "limit", 20, "how many runs and changes to print; --json prints what the server tells")
	return cmd
}

// splitScenario takes PATH:NAME apart. A path may hold colons, too.
func splitScenario(text string) (path, name string, ok bool) {
	const end = ".feature:"
	at := strings.Index(text, end)
	if at < 0 || at+len(end) == len(text) {
		return "", "", false
	}
	return text[:at+len(end)-1], text[at+len(end):], true
}

func historyRun(ctx context.Context, o *options) error {
	c, r, err := o.Repository(ctx, o.repo)
	if err != nil {
		return err
	}
	defer c.Close()
	h, err := c.History(ctx, string(r.ID), o.commit, o.path, o.name)
	if err != nil {
		return err
	}
	return o.Print(h, func(w io.Writer) { writeHistory(w, &h, o.limit) })
}

func writeHistory(w io.Writer, h *client.History, limit int) {
	fmt.Fprintf(
		w,
		"%s  %s:%d at %s: %s\n",
		cli.OneLine(h.Name),
		cli.OneLine(h.Path),
		h.Line,
		h.Commit.Short(),
		text.Status(h.Status, h.Stale, h.Flaky),
	)
	if s := h.Stability; s.Runs > 0 {
		fmt.Fprintf(w, "%d of the last %s passed", s.Passed, cli.Plural(s.Runs, "run", "runs"))
		if s.Flaky > 0 {
			fmt.Fprintf(w, ", %d passed and failed", s.Flaky)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "\nRuns:")
	if len(h.Runs) == 0 {
		fmt.Fprintln(w, "  none")
	}
	for i := range h.Runs[:min(limit, len(h.Runs))] {
		writeHistoryRun(w, &h.Runs[i])
	}
	fmt.Fprintln(w, "\nChanges:")
	for i := range h.Changes[:min(limit, len(h.Changes))] {
		v := &h.Changes[i]
		cli.Row(w, "  "+v.At.Format("2006-01-02"), v.Commit.Short(), strings.Join(v.Changes, ", "), versionText(v))
	}
	if h.Cut || len(h.Runs) > limit || len(h.Changes) > limit {
		fmt.Fprintln(w, "\nThere is more than is shown.")
	}
}

func writeHistoryRun(w io.Writer, r *client.HistoryRun) {
	status := text.Status(r.Status, false, r.Flaky)
	if !r.Reached {
		status = "(" + status + ")"
	}
	cli.Row(w, "  "+r.At.Local().Format("2006-01-02 15:04"), status, text.Run(&r.LastRun))
	for i := range r.Rows {
		o := &r.Rows[i]
		if o.Status == behavepro.Passed && len(o.Tries) == 0 {
			continue
		}
		where := ""
		if o.Row != nil {
			where = fmt.Sprintf("row %d: ", *o.Row)
		}
		message, _, _ := strings.Cut(strings.TrimSpace(o.Message), "\n")
		fmt.Fprintf(w, "    %s\n", cli.OneLine(strings.TrimSpace(where+o.Raw+" "+o.Step+" "+message)))
	}
}

// versionText says what a commit did to the scenario's name and path.
func versionText(v *client.ScenarioVersion) string {
	var words []string
	if v.Was != "" && v.Path != "" && v.Was != v.Path {
		words = append(words, "from "+v.Was)
	}
	if v.WasName != "" && v.Name != v.WasName {
		words = append(words, fmt.Sprintf("was called %q", v.WasName))
	}
	return strings.Join(words, ", ")
}
