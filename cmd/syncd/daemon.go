package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
)

// drainTime is how long requests and jobs have to end after the daemon was told to.
const drainTime = 30 * time.Second

// daemon is a running server. Close ends it.
type daemon struct {
	rooms    *rooms
	site     site
	metrics  string // the address of the metrics; "" where there are none
	server   *http.Server
	watch    *http.Server
	stop     context.CancelFunc // of the jobs
	stopping chan struct{}      // closed by Close
	closed   func() error       // closes once
	running  errgroup.Group
	failed   chan error // a listener broke
}

// startDaemon opens the data folder, listens and works until Close. ctx is for the start only.
func startDaemon(ctx context.Context, o options) (_ *daemon, err error) {
	r, err := openRooms(ctx, o)
	if err != nil {
		return nil, err
	}
	d := &daemon{rooms: r, failed: make(chan error, 2), stop: func() {}, stopping: make(chan struct{})}
	d.closed = sync.OnceValue(d.close)
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	listener, err := listen(ctx, o.listen, "listen")
	if err != nil {
		return nil, err
	}
	d.site = siteOf(&r.config, listener.Addr())
	if err := r.openJira(d.site); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	door := d.rooms.door(d.site, d.ready, d.stopping)
	d.server = newServer(behindProxy(o.trustedProxies, door), r.log)
	if o.tls() {
		if d.server.TLSConfig, err = reloadedTLS(o.tlsCert, o.tlsKey, r.log); err != nil {
			return nil, errors.Join(err, listener.Close())
		}
	}
	d.serve(d.server, listener)
	if err := d.serveMetrics(ctx); err != nil {
		return nil, err
	}
	if err := d.work(ctx); err != nil {
		return nil, err
	}
	return d, d.tellAddress()
}

// work starts the jobs: the polls of all repositories and the sweep among them.
func (d *daemon) work(ctx context.Context) error {
	if err := d.rooms.takeBack(ctx); err != nil {
		return err
	}
	all, err := d.rooms.store.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range all {
		err := d.rooms.ended(ctx, tenant)
		if err == nil {
			err = d.rooms.startTenant(ctx, tenant)
		}
		if err != nil && !errors.Is(err, behavepro.ErrGone) {
			return err
		}
	}
	if err := d.rooms.work.sweepSoon(ctx, 0); err != nil {
		return err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	d.stop = stop
	d.running.Go(func() error { return d.rooms.runner().Run(working) })
	return nil
}

// serveMetrics listens for Prometheus. Where nobody chose the address, a free one takes the place of a busy one.
func (d *daemon) serveMetrics(ctx context.Context) error {
	if d.rooms.metricsListen == metricsOff {
		return nil
	}
	address := cmp.Or(d.rooms.metricsListen, metricsUsual)
	listener, err := listen(ctx, address, "metrics-listen")
	if errors.Is(err, behavepro.ErrUnavailable) && d.rooms.metricsListen == "" {
		listener, err = listen(ctx, "127.0.0.1:0", "metrics-listen")
	}
	if err != nil {
		return err
	}
	d.metrics = "http://" + listener.Addr().String() + "/metrics"
	d.watch = newServer(d.rooms.metrics.handler(), d.rooms.log)
	d.serve(d.watch, listener)
	return nil
}

func (d *daemon) serve(server *http.Server, listener net.Listener) {
	d.running.Go(func() error {
		var err error
		if server.TLSConfig != nil {
			err = server.ServeTLS(listener, "", "")
		} else {
			err = server.Serve(listener)
		}
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		d.failed <- err
		return err
	})
}

// ready tells whether requests can be served.
func (d *daemon) ready() error {
	select {
	case <-d.stopping:
		return errors.New("the server is stopping")
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // the route hands none over
	defer cancel()
	_, err := d.rooms.store.Tenants(ctx)
	return err
}

// URL is how the server is reached.
func (d *daemon) URL() string { return d.site.url }

// AdminToken reads the admin token of the data folder.
func (d *daemon) AdminToken() (behavepro.Secret, error) {
	text, err := os.ReadFile(d.rooms.adminFile)
	if err != nil {
		return behavepro.Secret{}, fmt.Errorf("read admin token: %w", err)
	}
	return behavepro.NewSecret(strings.TrimSpace(string(text))), nil
}

// Link makes a link to the pages that lasts until a time, however often it is used. to is the page that it opens, a path.
func (d *daemon) Link(ctx context.Context, until time.Time, to string) (string, error) {
	ticket, err := d.rooms.registry.NewTicket(ctx, access.Ticket{
		Grant: access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.Admin}}, Until: until, Reusable: true,
	})
	if err != nil {
		return "", err
	}
	return d.site.pageLinkTo(ticket, to), nil
}

// Close stops taking requests and jobs, waits for those that run, and gives the data folder back. It may be called again.
func (d *daemon) Close() error { return d.closed() }

func (d *daemon) close() error {
	close(d.stopping)
	errs := []error{forgetAddress(d.rooms.data)}
	d.stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	for _, server := range []*http.Server{d.server, d.watch} {
		if server == nil {
			continue
		}
		if err := server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("some requests did not end in %s and were cut off: %w", drainTime, err), server.Close())
		}
	}
	return errors.Join(append(errs, d.running.Wait(), d.rooms.close())...)
}

func addressFile(data string) string { return filepath.Join(data, "address") }

// tellAddress writes where commands on this machine find the daemon.
func (d *daemon) tellAddress() error {
	path := addressFile(d.rooms.data)
	tmp := path + ".new"
	if err := os.WriteFile(tmp, []byte(d.site.local+"\n"), 0o600); err != nil {
		return fmt.Errorf("write address: %w", err)
	}
	return os.Rename(tmp, path)
}

func forgetAddress(data string) error {
	if err := os.Remove(addressFile(data)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove address: %w", err)
	}
	return nil
}
