package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
)

// release is set when a release is built.
var release = "dev"

func versionOf() client.Version {
	v := client.Version{Version: release, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	return v
}

func newCmdVersion(w *world) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long:  long(`syncd version`, `Prints the version of this program.`),
		Args:  exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			v := versionOf()
			_, err := fmt.Fprintf(w.out, "syncd %s %s %s\n", v.Version, v.Commit, v.Go)
			return err
		},
	}
}
