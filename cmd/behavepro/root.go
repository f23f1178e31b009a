package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/cmd/behavepro/evidence"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/cmd/behavepro/features"
	"github.com/behavepro/behavepro/cmd/behavepro/gate"
	"github.com/behavepro/behavepro/cmd/behavepro/history"
	"github.com/behavepro/behavepro/cmd/behavepro/issues"
	"github.com/behavepro/behavepro/cmd/behavepro/lint"
	"github.com/behavepro/behavepro/cmd/behavepro/repos"
	"github.com/behavepro/behavepro/cmd/behavepro/results"
	"github.com/behavepro/behavepro/cmd/behavepro/steps"
	"github.com/behavepro/behavepro/internal/cli"
)

const exitCodes = `Exit codes:
  0    done
  1    failed
  2    wrong use: flags, arguments, or nothing to work on
  4    not authorised: no token, or one that may not do this
  130  interrupted`

// run is the command with its streams handed in.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	f := factory.New(in, out, errOut)
	return f.Execute(ctx, newCmdRoot(f), args)
}

func newCmdRoot(f *factory.Factory) *cobra.Command {
	root := &cobra.Command{
		Use:   "behavepro",
		Short: "Scenarios in Git, stories in Jira, results from CI",
		Long: cli.Text(`
			Behave Pro keeps together what was asked (the Jira issue), what was written (the scenarios in Git) and what was
			proven (the results of CI). The server is named by --url or BEHAVEPRO_URL, the token comes from --token-file,
			BEHAVEPRO_TOKEN_FILE or BEHAVEPRO_TOKEN; --data DIR finds both for a server on this machine.`),
		Example: cli.Examples(`
			behavepro repos add https://github.com/acme/shop --project SHOP --wait
			behavepro features list --repo acme/shop
			behavepro issues show SHOP-12
			behavepro results push 'target/**/cucumber.json'
			behavepro results push --dry-run report.json
			behavepro gate --issue SHOP-12
			behavepro lint --base origin/main`),
	}
	f.AddFlags(root.PersistentFlags())
	return cli.NewRoot(root, exitCodes,
		repos.NewCmdRepos(f), features.NewCmdFeatures(f), issues.NewCmdIssues(f), results.NewCmdResults(f), history.NewCmdHistory(f, nil),
		steps.NewCmdSteps(f, nil), gate.NewCmdGate(f, nil), evidence.NewCmdEvidence(f, nil), lint.NewCmdLint(f, nil),
		cli.NewCmdVersion(f.Streams, "Prints the version of this command. No server is needed."))
}
