package main

import (
	"context"
	"io"
	"os"

	"github.com/behavepro/behavepro/internal/cli"
)

// factory gives commands what they work with. Tests replace its parts.
type factory struct {
	*cli.Streams
	raw    io.Writer              // stderr as it is, for progress bars
	dir    func() (string, error) // the working directory
	bars   bool                   // stderr is a terminal
	server serverFlags
}

func newFactory(in io.Reader, out, errOut io.Writer) *factory {
	return &factory{Streams: cli.NewStreams("behavepro", in, out, cli.CleanWriter(errOut)), raw: errOut, dir: os.Getwd, bars: cli.IsTerminal(errOut)}
}

// run is the command with its world handed in.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	f := newFactory(in, out, errOut)
	return f.Execute(ctx, newCmdRoot(f), args)
}
