package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/jira/jiratest"
)

// demo is a server on a folder that goes when it ends.
type demo struct {
	*cli.Streams
	repo     string // path or URL of the reader's own repository; "" is the sample
	listen   string
	gitProxy string

	folder string         // everything that the demo writes
	jira   *jiratest.Jira // nil for a repository of the reader's own
	daemon *daemon
	client *client.Client
}

const exitCodesDemo = `Exit codes:
  0    ended by Ctrl-C (SIGINT), SIGTERM or SIGHUP; everything was removed
  1    failed; everything was removed
  2    wrong use`

func newCmdDemo(w *cli.Streams) *cobra.Command {
	d := &demo{Streams: w}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the product with a sample repository, or with yours",
		Long: cli.Text(`
			Runs a server on a temporary folder until Ctrl-C, and leaves nothing behind. Without --repo it makes a sample
			repository with a history, sends what its CI reported, and prints a link to the page of an issue, and one to the same
			issue in a pretended Jira that has the app. With --repo it reads a repository of yours, and writes nothing into it. A busy port is replaced by a free one. Where the output is
			not a terminal, the last thing told is one line of JSON on it; everything else goes to the error output.`),
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

// run shows the demo until ctx ends, and then takes everything away, whatever went wrong.
func (d *demo) run(ctx context.Context) (err error) {
	source, err := d.source()
	if err != nil {
		return err
	}
	c, err := d.config()
	if err != nil {
		return err
	}
	if d.folder, err = os.MkdirTemp("", "behavepro-demo-"); err != nil {
		return fmt.Errorf("make temporary folder: %w", err)
	}
	defer func() {
		if ctx.Err() != nil {
			err = nil // that is how a demo ends, and what was under way fails by it
		}
		err = errors.Join(err, d.end())
	}()
	c.data = filepath.Join(d.folder, "data")
	source.settings(&c, d.folder)
	if d.repo == "" {
		if err := d.startJira(&c); err != nil {
			return err
		}
	}
	if err := c.check(); err != nil {
		return err
	}
	if err := d.start(ctx, c); err != nil {
		return err
	}
	told, err := source.show(ctx, d)
	if err != nil {
		return err
	}
	if err := d.tell(told); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.daemon.failed:
		return err
	}
}

// source is what a demo shows.
type source interface {
	settings(c *config, folder string)
	show(ctx context.Context, d *demo) (*shown, error)
}

func (d *demo) source() (source, error) {
	if d.repo == "" {
		return &sampleSource{}, nil
	}
	return newOwnSource(d.repo)
}

// config is that of a trial on this machine; the environment's settings are for servers.
func (d *demo) config() (config, error) {
	c := defaults(func(string) string { return "" })
	c.listen, c.metricsListen, c.logLevel = d.listen, metricsOff, slog.LevelWarn
	if err := hostPort(d.listen); err != nil {
		return c, cli.Usagef("--listen: %w", err)
	}
	if !loopback(d.listen) {
		return c, cli.Usagef("--listen %s: a demo is for this machine only; use 127.0.0.1, [::1] or localhost", d.listen)
	}
	if d.gitProxy != "" {
		var err error
		if c.gitProxy, err = proxyURL(d.gitProxy); err != nil {
			return c, cli.Usagef("--git-proxy %w", err)
		}
	}
	return c, nil
}

// start starts the server; a busy port is replaced by a free one.
func (d *demo) start(ctx context.Context, c config) error {
	o := options{config: c, now: d.Now, log: slog.New(slog.NewTextHandler(d.Err, &slog.HandlerOptions{Level: c.logLevel}))}
	var err error
	d.daemon, err = startDaemon(ctx, o)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(c.listen) // was checked
		o.listen = net.JoinHostPort(host, "0")
		if d.daemon, err = startDaemon(ctx, o); err == nil {
			d.Note("%s is used by another program; the demo is at %s", c.listen, d.daemon.URL())
		}
	}
	if err != nil {
		return fmt.Errorf("start demo: %w", err)
	}
	token, err := d.daemon.AdminToken()
	if err != nil {
		return err
	}
	d.client, err = client.New(client.Options{URL: d.daemon.URL(), Token: token, UserAgent: userAgent(), Patience: patience})
	return err
}

// end stops the server and removes the folder.
func (d *demo) end() error {
	var errs []error
	if d.client != nil {
		d.client.Close()
	}
	if d.daemon != nil {
		errs = append(errs, d.daemon.Close())
	}
	if d.jira != nil {
		errs = append(errs, d.jira.Close())
	}
	if err := os.RemoveAll(d.folder); err != nil {
		errs = append(errs, fmt.Errorf("remove %s: %w", d.folder, err))
	}
	return errors.Join(errs...)
}

// lifetime is longer than any demo; the ticket goes with the folder.
const lifetime = 365 * 24 * time.Hour

// link is an address that opens a page for whoever has it, as often as they like.
func (d *demo) link(ctx context.Context, path string) (string, error) {
	return d.daemon.Link(ctx, d.Now().Add(lifetime), path)
}

// add connects a repository.
func (d *demo) add(ctx context.Context, in client.AddRepository) (client.Repository, error) {
	added, err := d.client.AddRepository(ctx, in)
	for _, warning := range added.Warnings {
		d.Note("%s", warning)
	}
	return added.Repository, err
}

func documentationPath(repo behavepro.RepositoryID) string { return "/repositories/" + string(repo) }

func issuePath(key behavepro.IssueKey) string { return "/issues/" + string(key) }
