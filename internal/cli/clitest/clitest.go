// Package clitest checks what every command of a program has to have.
package clitest

import (
	"bytes"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// CheckHelp checks the help of a root command and of all commands below it: first what the command is for, then how it is called,
// examples of it, and last its exit codes.
func CheckHelp(t *testing.T, root *cobra.Command) {
	t.Helper()
	for cmd := range Commands(root) {
		var out bytes.Buffer
		cmd.SetOut(&out)
		if err := cmd.Help(); err != nil {
			t.Errorf("%s: %v", cmd.CommandPath(), err)
		}
		at := 0
		path := cmd.CommandPath()
		for _, part := range []string{cmd.Short + ".\n\n", "\nUsage:\n  " + path, "\n\nExamples:\n  ", path, "\n\nExit codes:\n  "} {
			next := strings.Index(out.String()[at:], part)
			if next < 0 || at == 0 && next > 0 {
				t.Errorf("the help of %s lacks %q, or has it at the wrong place:\n%s", path, part, out.String())
				break
			}
			at += next + len(strings.TrimRight(part, "\n "))
		}
	}
}

// Commands returns a command and all commands below it, less those that cobra adds.
func Commands(cmd *cobra.Command) iter.Seq[*cobra.Command] {
	return func(yield func(*cobra.Command) bool) { walk(cmd, yield) }
}

func walk(cmd *cobra.Command, yield func(*cobra.Command) bool) bool {
	if !yield(cmd) {
		return false
	}
	for _, child := range cmd.Commands() {
		if name := child.Name(); name != "completion" && name != "help" && !walk(child, yield) {
			return false
		}
	}
	return true
}

// Run runs a single command with arguments, and shows nothing.
func Run(cmd *cobra.Command, args ...string) error {
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetOut(io.Discard)
	cmd.SetErr(io.Discard)
	return cmd.Execute()
}
