package server

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
	"github.com/behavepro/behavepro/catalog"
)

// drainTime is how long requests and jobs have to end once the server is asked to stop.
const drainTime = 30 * time.Second

// Server is a running server. Close ends it.
type Server struct {
	app      *App
	endpoint endpoint
	metrics  string // the address of the metrics; "" where there are none
	server   *http.Server
	watch    *http.Server
	stop     context.CancelFunc // of the jobs
	stopping chan struct{}      // closed by Close
	closed   func() error       // closes once
	running  errgroup.Group
	failed   chan error // a listener broke
}

// Start opens the data folder, listens and works until Close. ctx is for the start only.
func Start(ctx context.Context, c Config) (_ *Server, err error) {
	app, err := Open(ctx, c)
	if err != nil {
		return nil, err
	}
	s := &Server{app: app, failed: make(chan error, 2), stop: func() {}, stopping: make(chan struct{})}
	s.closed = sync.OnceValue(s.close)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	listener, err := listen(ctx, c.Listen, "listen")
	if err != nil {
		return nil, err
	}
	s.endpoint = endpointOf(&c, listener.Addr())
	if err := app.openJira(s.endpoint); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	handler := app.newHandler(s.endpoint, s.ready, s.stopping)
	s.server = newServer(behindProxy(c.TrustedProxies, handler), app.conf.Log)
	if c.TLS() {
		if s.server.TLSConfig, err = reloadedTLS(c.TLSCert, c.TLSKey, app.conf.Log); err != nil {
			return nil, errors.Join(err, listener.Close())
		}
	}
	s.serve(s.server, listener)
	if err := s.serveMetrics(ctx); err != nil {
		return nil, err
	}
	if err := s.work(ctx); err != nil {
		return nil, err
	}
	return s, s.writeURLFile()
}

// work starts the jobs: the polls of all repositories and the sweep among them.
func (s *Server) work(ctx context.Context) error {
	if err := s.app.requeueLeased(ctx); err != nil {
		return err
	}
	all, err := s.app.store.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range all {
		err := s.app.refuseUninstalled(ctx, tenant)
		if err == nil {
			err = s.app.startTenant(ctx, tenant)
		}
		if err != nil && !errors.Is(err, behavepro.ErrGone) {
			return err
		}
	}
	if err := s.app.work.sweepSoon(ctx, 0); err != nil {
		return err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.running.Go(func() error { return s.app.runner().Run(working) })
	return nil
}

// serveMetrics listens for Prometheus. Where nobody chose the address, a free one takes the place of a busy one.
func (s *Server) serveMetrics(ctx context.Context) error {
	if s.app.conf.MetricsListen == MetricsOff {
		return nil
	}
	address := cmp.Or(s.app.conf.MetricsListen, defaultMetrics)
	listener, err := listen(ctx, address, "metrics-listen")
	if errors.Is(err, behavepro.ErrUnavailable) && s.app.conf.MetricsListen == "" {
		listener, err = listen(ctx, "127.0.0.1:0", "metrics-listen")
	}
	if err != nil {
		return err
	}
	s.metrics = "http://" + listener.Addr().String() + "/metrics"
	s.watch = newServer(s.app.metrics.handler(), s.app.conf.Log)
	s.serve(s.watch, listener)
	return nil
}

func (s *Server) serve(server *http.Server, listener net.Listener) {
	s.running.Go(func() error {
		var err error
		if server.TLSConfig != nil {
			err = server.ServeTLS(listener, "", "")
		} else {
			err = server.Serve(listener)
		}
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		s.failed <- err
		return err
	})
}

// ready reports whether requests can be served.
func (s *Server) ready() error {
	select {
	case <-s.stopping:
		return errors.New("the server is stopping")
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // the route hands none over
	defer cancel()
	_, err := s.app.store.Tenants(ctx)
	return err
}

// Failed delivers the error of a listener that broke; the server has to be closed then.
func (s *Server) Failed() <-chan error { return s.failed }

// MetricsURL is where the metrics are; "" if they are off.
func (s *Server) MetricsURL() string { return s.metrics }

// AdminFile is the file of the admin token.
func (s *Server) AdminFile() string { return s.app.adminFile }

// Catalog opens what is known of a tenant.
func (s *Server) Catalog(ctx context.Context, id behavepro.TenantID) (*catalog.Catalog, error) {
	return s.app.tenants.catalog(ctx, id)
}

// URL is how the server is reached.
func (s *Server) URL() string { return s.endpoint.url }

// AdminToken reads the admin token of the data folder.
func (s *Server) AdminToken() (behavepro.Secret, error) {
	text, err := os.ReadFile(s.app.adminFile)
	if err != nil {
		return behavepro.Secret{}, fmt.Errorf("read admin token: %w", err)
	}
	return behavepro.NewSecret(strings.TrimSpace(string(text))), nil
}

// Link makes a link to the pages that lasts until a time, however often it is used. to is the page that it opens, a path.
func (s *Server) Link(ctx context.Context, until time.Time, to string) (string, error) {
	ticket, err := s.app.registry.NewTicket(ctx, access.Ticket{
		Grant: access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.Admin}}, Until: until, Reusable: true,
	})
	if err != nil {
		return "", err
	}
	return s.endpoint.pageLinkTo(ticket, to), nil
}

// Close stops taking requests and jobs, waits for those that run, and gives the data folder back. It may be called again.
func (s *Server) Close() error { return s.closed() }

func (s *Server) close() error {
	close(s.stopping)
	errs := []error{removeURLFile(s.app.conf.Data)}
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	for _, server := range []*http.Server{s.server, s.watch} {
		if server == nil {
			continue
		}
		if err := server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("some requests did not end in %s and were cut off: %w", drainTime, err), server.Close())
		}
	}
	return errors.Join(append(errs, s.running.Wait(), s.app.Close())...)
}

// URLFile is the file in a data folder that holds the URL of the server that runs on it.
func URLFile(data string) string { return filepath.Join(data, "address") }

// writeURLFile writes where commands on this machine find the server.
func (s *Server) writeURLFile() error {
	path := URLFile(s.app.conf.Data)
	tmp := path + ".new"
	if err := os.WriteFile(tmp, []byte(s.endpoint.local+"\n"), 0o600); err != nil {
		return fmt.Errorf("write address: %w", err)
	}
	return os.Rename(tmp, path)
}

func removeURLFile(data string) error {
	if err := os.Remove(URLFile(data)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove address: %w", err)
	}
	return nil
}
