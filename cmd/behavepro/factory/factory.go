// Package factory holds what all commands of behavepro work with: streams, the server they speak to, its token, and progress bars.
package factory

import (
	"io"
	"os"

	"github.com/behavepro/behavepro/internal/cli"
)

// Factory gives commands what they work with. Tests replace its parts.
type Factory struct {
	*cli.Streams
	raw    io.Writer              // stderr as it is, for progress bars
	Dir    func() (string, error) // the working directory
	Bars   bool                   // stderr is a terminal
	server serverFlags
}

// New makes a factory of streams; errOut is cleaned of what controls a terminal.
func New(in io.Reader, out, errOut io.Writer) *Factory {
	streams := cli.NewStreams("behavepro", in, out, cli.CleanWriter(errOut))
	return &Factory{Streams: streams, raw: errOut, Dir: os.Getwd, Bars: cli.IsTerminal(errOut)}
}
