package main

import (
	"fmt"
	"io"
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

func newCmdVersion(f *factory, runF func() error) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long:  long(`behavepro version`, `Prints the version of this command. No server is needed.`),
		Args:  exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			if runF != nil {
				return runF()
			}
			v := versionOf()
			return f.print(v, func(w io.Writer) {
				fmt.Fprintf(w, "behavepro %s %s %s\n", v.Version, v.Commit, v.Go)
			})
		},
	}
}
