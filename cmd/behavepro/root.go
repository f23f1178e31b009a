package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newCmdRoot(f *factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "behavepro",
		Short: "Scenarios in Git, stories in Jira, results from CI",
		Long: long(`
			behavepro repos add https://github.com/acme/shop --project SHOP --wait
			behavepro features list --repo acme/shop
			behavepro issues show SHOP-12
			behavepro results push 'target/**/cucumber.json'
			behavepro results push --dry-run report.json
			behavepro gate --issue SHOP-12
			behavepro lint --base origin/main`, `
			Behave Pro keeps together what was asked (the Jira issue), what was written (the scenarios in Git) and what was
			proven (the results of CI). The server is named by --url or BEHAVEPRO_URL, the token comes from --token-file,
			BEHAVEPRO_TOKEN_FILE or BEHAVEPRO_TOKEN; --data DIR finds both for a server on this machine.`),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          groupRun,
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	f.server.add(cmd.PersistentFlags())
	cmd.PersistentFlags().BoolVar(&f.json, "json", false, "print one JSON document")
	cmd.AddCommand(newCmdRepos(f), newCmdFeatures(f), newCmdIssues(f), newCmdResults(f), newCmdHistory(f, nil), newCmdSteps(f, nil), newCmdGate(f, nil), newCmdEvidence(f, nil), newCmdLint(f, nil), newCmdVersion(f, nil))
	cmd.SetHelpFunc(help)
	cmd.InitDefaultCompletionCmd()
	return cmd
}

// long is a help text that begins with examples.
func long(examples, text string) string {
	return "Examples:\n" + indent(examples, "  ") + "\n\n" + indent(text, "")
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

func indent(text, by string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = by + strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
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

// group is a command that only holds others.
func group(use, short, examples string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long(examples, short+"."), Args: cobra.ArbitraryArgs, RunE: groupRun}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(children...)
	return cmd
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
