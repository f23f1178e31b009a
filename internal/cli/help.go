package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// exitCodes is the annotation that holds the exit codes of a command, for its help.
const exitCodes = "exit codes"

// ExitCodes is the annotation of a command whose exit codes are not those of its root.
func ExitCodes(text string) map[string]string { return map[string]string{exitCodes: text} }

// NewRoot makes a program's root command. exits is the end of each command's help that has no ExitCodes of its own.
func NewRoot(root *cobra.Command, exits string, children ...*cobra.Command) *cobra.Command {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Args, root.RunE = cobra.ArbitraryArgs, runGroup
	root.Annotations = ExitCodes(exits)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return UsageError(err) })
	root.SetHelpFunc(help)
	root.AddCommand(children...)
	root.InitDefaultCompletionCmd()
	return root
}

// NewGroup makes a command that only holds others.
func NewGroup(use, short, examples string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: Long(examples, short+"."), Args: cobra.ArbitraryArgs, RunE: runGroup}
	cmd.AddCommand(children...)
	return cmd
}

// runGroup is what a command does that only holds others.
func runGroup(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	cmd.SuggestionsMinimumDistance = 2
	text := "there is no command %q below %q"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return Usagef(text, args[0], cmd.CommandPath())
}

// Long is a help text that begins with examples.
func Long(examples, text string) string {
	return "Examples:\n" + indent(examples, "  ") + "\n\n" + indent(text, "")
}

// help prints what a command is for, how it is called and, last, its exit codes.
func help(cmd *cobra.Command, _ []string) {
	text, exits := cmd.Long, cmd.Annotations[exitCodes]
	if text == "" {
		text = cmd.Short
	}
	if exits == "" {
		exits = cmd.Root().Annotations[exitCodes]
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s\n%s\n", strings.TrimSpace(text), cmd.UsageString(), exits)
}

func indent(text, by string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = by + strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
