package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// factory gives commands what they work with. Tests replace its parts.
type factory struct {
	in     io.Reader
	out    io.Writer // results
	err    io.Writer // everything else, cleaned of control characters
	raw    io.Writer // stderr as it is, for progress bars
	getenv func(string) string
	dir    func() (string, error) // the working directory
	now    func() time.Time
	bars   bool // stderr is a terminal
	json   bool
	server serverFlags
}

func newFactory(in io.Reader, out, errOut io.Writer) *factory {
	return &factory{
		in: in, out: out, err: &cleanWriter{w: errOut}, raw: errOut, getenv: os.Getenv, dir: os.Getwd, now: time.Now,
		bars: isTerminal(errOut),
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}

// run is the command with its world handed in.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	f := newFactory(in, out, errOut)
	root := newCmdRoot(f)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(f.err)
	return f.exit(ctx, root.ExecuteContext(ctx))
}
