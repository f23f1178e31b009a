package cli

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

// Version returns the version of this program.
func Version() client.Version {
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

// NewCmdVersion makes the command that prints the version of a program.
func NewCmdVersion(s *Streams, about string) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    about,
		Example: Examples(s.Program + " version"),
		Args:    ExactArgs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			v := Version()
			return s.Print(v, func(w io.Writer) { fmt.Fprintf(w, "%s %s %s %s\n", s.Program, v.Version, v.Commit, v.Go) })
		},
	}
}
