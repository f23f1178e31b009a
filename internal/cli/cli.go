// Package cli is what behavepro and syncd do alike as commands: groups of subcommands, help, usage errors and exit codes, printing for
// people and for programs, certificates to trust, and the version. Only this package and the commands themselves import cobra.
//
// Results go to Streams.Out, everything else to Streams.Err. With Streams.JSON a result is exactly one JSON document.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Streams is what a command reads from and writes to. Tests replace its parts.
type Streams struct {
	Program string // its name, before what Err gets
	In      io.Reader
	Out     io.Writer // results
	Err     io.Writer // everything else
	Getenv  func(string) string
	Now     func() time.Time
	JSON    bool // print one JSON document
}

// NewStreams returns streams with the environment and the clock of this machine.
func NewStreams(program string, in io.Reader, out, errOut io.Writer) *Streams {
	return &Streams{Program: program, In: in, Out: out, Err: errOut, Getenv: os.Getenv, Now: time.Now}
}

// AddJSONFlag adds --json.
func (s *Streams) AddJSONFlag(flags *pflag.FlagSet) {
	flags.BoolVar(&s.JSON, "json", false, "print one JSON document")
}

// Execute runs a command with arguments, prints its error and returns the exit code.
func (s *Streams) Execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	return s.exit(ctx, root.ExecuteContext(ctx))
}

// Note writes a line that is no result.
func (s *Streams) Note(format string, args ...any) {
	fmt.Fprintf(s.Err, s.Program+": "+format+"\n", args...)
}

// IsTerminal reports whether w is a terminal on which lines can be rewritten.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}
