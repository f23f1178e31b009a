// Package results is the group behavepro results.
package results

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

// NewCmdResults makes the group results.
func NewCmdResults(f *factory.Factory) *cobra.Command {
	return cli.NewGroup("results", "Results of CI", `behavepro results push 'target/**/cucumber.json'`, newCmdPush(f, nil), newCmdList(f, nil),
		newCmdShow(f, nil), newCmdComplete(f, nil))
}
