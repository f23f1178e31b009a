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
	cmd := &cobra.Command{Use: use, Short: short, Example: Examples(examples), Args: cobra.ArbitraryArgs, RunE: runGroup}
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

// Text lays out a text for people that is indented in the source: its lines without the white space around them.
func Text(text string) string { return indent(text, "") }

// Examples lays out command lines, one a line, as help shows them.
func Examples(lines string) string { return indent(lines, "  ") }

func indent(text, by string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = by + strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// help prints what a command is for, how it is called, examples, its flags and, last, its exit codes.
func help(cmd *cobra.Command, _ []string) {
	out, exits := cmd.OutOrStdout(), cmd.Annotations[exitCodes]
	if exits == "" {
		exits = cmd.Root().Annotations[exitCodes]
	}
	fmt.Fprintf(out, "%s.\n\n", cmd.Short)
	if cmd.Long != "" {
		fmt.Fprintf(out, "%s\n\n", strings.TrimSpace(cmd.Long))
	}
	fmt.Fprintf(out, "%s\n%s\n", cmd.UsageString(), exits)
}
