// Package demo shows the product: a server on a temporary folder with a sample repository, or with one of the reader's own.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/outbound"
	"github.com/behavepro/behavepro/server"
	gitsync "github.com/behavepro/behavepro/sync"
)

// Options are what a demo is made of.
type Options struct {
	Streams  *cli.Streams
	Repo     string   // path or URL of the reader's own repository; "" is the sample
	Listen   string   // HOST:PORT of this machine; a busy port is replaced by a free one
	GitProxy *url.URL // for Git over https
}

// Demo is a server on a folder that is removed when it ends.
type Demo struct {
	*cli.Streams
	opt    Options
	source source
	folder string         // everything that the demo writes
	jira   *jiratest.Jira // nil for a repository of the reader's own
	server *server.Server
	client *client.Client
}

// New prepares a demo. A repository that is neither a folder nor a URL is a usage error.
func New(o Options) (_ *Demo, err error) {
	d := &Demo{Streams: o.Streams, opt: o, source: &sampleSource{}}
	if o.Repo != "" {
		d.source, err = newOwnSource(o.Repo)
	}
	return d, err
}

// Run shows the demo until ctx ends, and then takes everything away, whatever went wrong.
func (d *Demo) Run(ctx context.Context) (err error) {
	c := d.config()
	if d.folder, err = os.MkdirTemp("", "behavepro-demo-"); err != nil {
		return fmt.Errorf("make temporary folder: %w", err)
	}
	defer func() {
		if ctx.Err() != nil {
			err = nil // that is how a demo ends, and what was under way fails by it
		}
		err = errors.Join(err, d.end())
	}()
	c.Data = filepath.Join(d.folder, "data")
	d.source.configure(&c, d.folder)
	if d.opt.Repo == "" {
		if err := d.startJira(&c); err != nil {
			return err
		}
	}
	if err := d.start(ctx, c); err != nil {
		return err
	}
	told, err := d.source.show(ctx, d)
	if err != nil {
		return err
	}
	if err := d.tell(told); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.server.Failed():
		return err
	}
}

// source is what a demo shows.
type source interface {
	configure(c *server.Config, folder string)
	show(ctx context.Context, d *Demo) (*shown, error)
}

// config is that of a trial on this machine; the environment's settings are for servers.
func (d *Demo) config() server.Config {
	return server.Config{
		Listen: d.opt.Listen, MetricsListen: server.MetricsOff, Poll: gitsync.DefaultPoll, MaxStored: catalog.MaxStored, GitProxy: d.opt.GitProxy,
		Outbound: outbound.Policy{Proxy: d.opt.GitProxy}, Version: cli.Version(), Now: d.Now,
		Log: slog.New(slog.NewTextHandler(d.Err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// start starts the server; a busy port is replaced by a free one.
func (d *Demo) start(ctx context.Context, c server.Config) error {
	var err error
	d.server, err = server.Start(ctx, c)
	if errors.Is(err, syscall.EADDRINUSE) {
		busy := c.Listen
		host, _, _ := net.SplitHostPort(busy) // was checked
		c.Listen = net.JoinHostPort(host, "0")
		if d.server, err = server.Start(ctx, c); err == nil {
			d.Note("%s is used by another program; the demo is at %s", busy, d.server.URL())
		}
	}
	if err != nil {
		return fmt.Errorf("start demo: %w", err)
	}
	token, err := d.server.AdminToken()
	if err != nil {
		return err
	}
	d.client, err = client.New(
		client.Options{URL: d.server.URL(), Token: token, UserAgent: "syncd/" + cli.Version().Version, Patience: 5 * time.Second},
	)
	return err
}

// end stops the server and removes the folder.
func (d *Demo) end() error {
	var errs []error
	if d.client != nil {
		d.client.Close()
	}
	if d.server != nil {
		errs = append(errs, d.server.Close())
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
func (d *Demo) link(ctx context.Context, path string) (string, error) {
	return d.server.Link(ctx, d.Now().Add(lifetime), path)
}

// add connects a repository.
func (d *Demo) add(ctx context.Context, in client.AddRepository) (client.Repository, error) {
	added, err := d.client.AddRepository(ctx, in)
	for _, warning := range added.Warnings {
		d.Note("%s", warning)
	}
	return added.Repository, err
}

func documentationPath(repo behavepro.RepositoryID) string { return "/repositories/" + string(repo) }

func issuePath(key behavepro.IssueKey) string { return "/issues/" + string(key) }
