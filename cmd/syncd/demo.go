package main

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/behavepro/behavepro/cmd/syncd/demo"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/spf13/cobra"
)

// demoFlags are the flags of syncd demo.
type demoFlags struct {
	*cli.Streams
	repo, listen, gitProxy string
}

const exitCodesDemo = `Exit codes:
  0    ended by Ctrl-C (SIGINT), SIGTERM or SIGHUP; everything was removed
  1    failed; everything was removed
  2    wrong use`

func newCmdDemo(w *cli.Streams) *cobra.Command {
	d := &demoFlags{Streams: w}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the product with a sample repository, or with yours",
		Long: cli.Text(`
			Runs a server on a temporary folder until Ctrl-C, and leaves nothing behind. Without --repo it makes a sample
			repository with a history, sends what its CI reported, and prints a link to the page of an issue, and one to the same
			issue in a pretended Jira that has the app. With --repo it reads a repository of yours, and writes nothing into it.
			A busy port is replaced by a free one. If the output is no terminal, the last thing printed to it is one line of JSON;
			everything else goes to the error output.`),
		Example: cli.Examples(`
			syncd demo
			syncd demo --repo ~/src/shop
			syncd demo --repo https://github.com/owner/name.git`),
		Args:        cli.NoArgs,
		Annotations: cli.ExitCodes(exitCodesDemo),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP) // the terminal was closed
			defer stop()
			return d.run(ctx)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&d.repo, "repo", "", "`PATH|URL` of a repository of yours (default: a sample)")
	flags.StringVar(&d.listen, "listen", "127.0.0.1:8080", "`HOST:PORT` of this machine to listen on")
	flags.StringVar(&d.gitProxy, "git-proxy", "", "proxy `URL` for Git over https")
	return cmd
}

// run shows the demo until ctx ends.
func (d *demoFlags) run(ctx context.Context) error {
	o := demo.Options{Streams: d.Streams, Repo: d.repo, Listen: d.listen}
	if err := hostPort(d.listen); err != nil {
		return cli.Usagef("--listen: %w", err)
	}
	if !loopback(d.listen) {
		return cli.Usagef("--listen %s: a demo is for this machine only; use 127.0.0.1, [::1] or localhost", d.listen)
	}
	if d.gitProxy != "" {
		var err error
		if o.GitProxy, err = proxyURL(d.gitProxy); err != nil {
			return cli.Usagef("--git-proxy %w", err)
		}
	}
	made, err := demo.New(o)
	if err != nil {
		return err
	}
	return made.Run(ctx)
}
