package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// world is what commands work with. Tests replace its parts.
type world struct {
	in     io.Reader
	out    io.Writer // results
	err    io.Writer // everything else
	getenv func(string) string
	now    func() time.Time
}

// run is the command with its world handed in.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	w := &world{in: in, out: out, err: errOut, getenv: os.Getenv, now: time.Now}
	root := newCmdRoot(w)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	return exit(ctx, errOut, root.ExecuteContext(ctx))
}

func newCmdRoot(w *world) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "syncd",
		Short: "The server of Behave Pro",
		Long: long(`
			syncd serve
			syncd open
			syncd token create --name ci --project SHOP`, `
			syncd mirrors Git repositories, indexes their feature files, takes results of CI in and shows both. It needs no
			other server: everything is kept in one data folder.`),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          groupRun,
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	cmd.AddCommand(newCmdServe(w), newCmdDemo(w), newCmdOpen(w), newCmdToken(w), newCmdTrust(w), newCmdTenant(w), newCmdAdminToken(w), newCmdBackup(w), newCmdRestore(w), newCmdStore(w), newCmdStatement(w), newCmdVersion(w))
	cmd.SetHelpFunc(help)
	cmd.InitDefaultCompletionCmd()
	return cmd
}

// long is a help text that begins with examples.
func long(examples, text string) string {
	return "Examples:\n" + indent(examples, "  ") + "\n\n" + indent(text, "")
}

func indent(text, by string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = by + strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// exitAnnotation holds the exit codes of a command that has other ones.
const exitAnnotation = "exit codes"

// help prints what a command is for, how it is called and, last, its exit codes.
func help(cmd *cobra.Command, _ []string) {
	text, exits := cmd.Long, cmd.Annotations[exitAnnotation]
	if text == "" {
		text = cmd.Short
	}
	if exits == "" {
		exits = exitHelp
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s\n%s\n", strings.TrimSpace(text), cmd.UsageString(), exits)
}

// group is a command that only holds others.
func group(use, short, examples string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long(examples, short+"."), Args: cobra.ArbitraryArgs, RunE: groupRun}
	cmd.AddCommand(children...)
	return cmd
}

// groupRun is what a command does that only holds others.
func groupRun(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	text := "there is no command %q below %q"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef(text, args[0], cmd.CommandPath())
}

// exactly checks the number of arguments.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s takes %s, not %d arguments", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}
