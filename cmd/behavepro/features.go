package main

import (
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdFeatures(f *factory) *cobra.Command {
	return cli.NewGroup("features", "Feature files at a commit", `behavepro features list --repo acme/shop --commit main`, newCmdFeaturesList(f, nil), newCmdFeaturesShow(f, nil))
}
