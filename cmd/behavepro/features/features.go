// Package features is the group behavepro features.
package features

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

// NewCmdFeatures makes the group features.
func NewCmdFeatures(f *factory.Factory) *cobra.Command {
	return cli.NewGroup("features", "Feature files at a commit", `behavepro features list --repo acme/shop --commit main`,
		newCmdList(f, nil), newCmdShow(f, nil))
}
