package main

import "github.com/spf13/cobra"

func newCmdFeatures(f *factory) *cobra.Command {
	return group("features", "Feature files at a commit", `behavepro features list --repo acme/shop --commit main`, newCmdFeaturesList(f, nil), newCmdFeaturesShow(f, nil))
}
