package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/connect/pages"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
	gitsync "github.com/behavepro/behavepro/sync"
)

// options are what a daemon is made of.
type options struct {
	config
	log *slog.Logger
	now func() time.Time // nil is time.Now
}

// rooms are all rooms of one data folder, put together. Nothing runs in them yet.
type rooms struct {
	options
	store     *store.Store
	registry  *access.Registry
	tenants   *tenants
	queue     *jobs.Queue
	engine    *gitsync.Engine
	service   *gitsync.Service
	installs  *connect.Installs
	app       *connect.App // made by openJira
	jiraWork  *jira.Work
	work      *work
	metrics   *metrics
	adminFile string
	backingUp sync.Mutex
}

// openRooms opens the data folder and wires the rooms. The first start makes the folder, its keys, the tenant local and the
// admin token.
func openRooms(ctx context.Context, o options) (_ *rooms, err error) {
	if o.now == nil {
		o.now = time.Now
	}
	r := &rooms{options: o, metrics: newMetrics()}
	r.store, err = embedded.OpenDir(ctx, o.data, kinds(), embedded.Options{KeyFile: o.keyFile, Logger: o.log})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.store.Close())
		}
	}()
	// Of a daemon that could not: nobody but us uses the folder.
	if err := errors.Join(forgetAddress(o.data), forgetBackup(o.data)); err != nil {
		return nil, err
	}
	r.tenants = &tenants{store: r.store, most: o.maxStored}
	if err := r.tenants.ensure(ctx, behavepro.Local); err != nil {
		return nil, fmt.Errorf("make tenant: %w", err)
	}
	r.registry = access.New(r.store.Directory())
	r.installs = connect.NewInstalls(r.store.Directory())
	if r.adminFile, err = r.registry.EnsureAdmin(ctx, o.data, o.now()); err != nil {
		return nil, err
	}
	r.queue = jobs.New(r.store.Directory())
	r.engine, err = gitsync.NewEngine(gitsync.Options{Data: o.data, Outbound: o.outbound, LocalRoot: o.localRoot, Log: o.log, Now: o.now})
	if err != nil {
		return nil, err
	}
	r.service = &gitsync.Service{Engine: r.engine, Queue: r.queue, Catalogs: r.tenants.catalog, Poll: o.poll}
	r.jiraWork = &jira.Work{Queue: r.queue, Now: o.now, Open: r.publisherOf, Logger: o.log}
	r.work = &work{tenants: r.tenants, registry: r.registry, queue: r.queue, now: o.now, matched: r.jiraChanged, swept: r.publishWaiting}
	r.service.Synced = r.work.synced
	r.service.Awaited = r.work.awaited
	r.metrics.registry.MustRegister(&gauges{store: r.store, queue: r.queue, tenants: r.tenants, now: o.now})
	return r, nil
}

// door makes the one handler of all routes, as they are reached under site. ready may be nil, and so may stopping, which ends
// what waits.
func (r *rooms) door(s site, ready func() error, stopping <-chan struct{}) *api.Server {
	site := pages.New(pages.Options{Describer: r.engine})
	door := api.New(api.Options{
		Access:       gate{r.registry, r.ended},
		Catalogs:     r.tenants.catalog,
		OIDC:         r.idTokens(s),
		Repositories: r.repositories(),
		Hosts:        s.hosts,
		PublicURL:    s.url,
		TLS:          s.https(),
		Version:      cli.Version(),
		Ready:        ready,
		PageLink:     s.pageLink,
		Cookie:       s.cookie(),
		Observe:      r.metrics.observe,
		Fallback:     site.NotFound(),
		Live:         r.service.Engine.Live,
		Matched:      r.jiraChanged,
		Stopping:     stopping,
		Logger:       r.log,
		Now:          r.now,
		From:         clientThrough(r.trustedProxies),
	})
	for _, some := range [][]api.Route{r.ownRoutes(s, site), r.tenantRoutes(), r.pageRoutes(site, s.url), r.jiraRoutes(s)} {
		for _, route := range some {
			door.Register(route)
		}
	}
	return door
}

// runner makes what takes jobs from the queue.
func (r *rooms) runner() *jobs.Runner {
	handlers := r.service.Handlers()
	for _, more := range []map[string]jobs.Handler{r.work.handlers(), r.jiraHandlers()} {
		for kind, h := range more {
			if _, taken := handlers[kind]; taken {
				panic("two handlers of jobs of kind " + kind) // a mistake of the program
			}
			handlers[kind] = h
		}
	}
	for kind, h := range handlers {
		h.Do = r.whileInstalled(h.Do)
		handlers[kind] = h
	}
	return &jobs.Runner{Queue: r.queue, Worker: workerName(), Handlers: r.metrics.measured(handlers), Drain: drainTime, Logger: r.log}
}

// workerName names this process in the queue.
func workerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "syncd"
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

func (r *rooms) close() error { return r.store.Close() }
