// Package issues is the group behavepro issues.
package issues

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

// NewCmdIssues makes the group issues.
func NewCmdIssues(f *factory.Factory) *cobra.Command {
	return cli.NewGroup("issues", "Jira issues with their scenarios", `behavepro issues show SHOP-12`, newCmdShow(f, nil))
}
