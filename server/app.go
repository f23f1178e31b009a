package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/server/backup"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
	gitsync "github.com/behavepro/behavepro/sync"
	"github.com/behavepro/behavepro/web"
)

// App is everything that works on one data folder, put together. Nothing runs in it until Start.
type App struct {
	conf      Config
	store     *store.Store
	registry  *access.Registry
	tenants   *tenants
	queue     *jobs.Queue
	engine    *gitsync.Engine
	service   *gitsync.Service
	installs  *connect.Installs
	connect   *connect.App // made by openJira
	jiraWork  *jira.Work
	work      *work
	metrics   *metrics
	adminFile string
	backingUp sync.Mutex
}

// Open opens the data folder and wires the packages. The first call makes the folder, its keys, the tenant local and the admin token.
func Open(ctx context.Context, c Config) (_ *App, err error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	a := &App{conf: c, metrics: newMetrics()}
	a.store, err = embedded.OpenDir(ctx, c.Data, Kinds(), embedded.Options{KeyFile: c.KeyFile, Logger: c.Log})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.store.Close())
		}
	}()
	// Left by a server that was killed: the folder's lock says that nobody else uses it.
	if err := errors.Join(removeURLFile(c.Data), backup.RemovePartial(c.Data)); err != nil {
		return nil, err
	}
	a.tenants = &tenants{store: a.store, most: c.MaxStored}
	if err := a.tenants.ensure(ctx, behavepro.Local); err != nil {
		return nil, fmt.Errorf("make tenant: %w", err)
	}
	a.registry = access.New(a.store.Directory())
	a.installs = connect.NewInstalls(a.store.Directory())
	if a.adminFile, err = a.registry.EnsureAdmin(ctx, c.Data, c.Now()); err != nil {
		return nil, err
	}
	a.queue = jobs.New(a.store.Directory())
	a.engine, err = gitsync.NewEngine(gitsync.Options{Data: c.Data, Outbound: c.Outbound, LocalRoot: c.LocalRoot, Log: c.Log, Now: c.Now})
	if err != nil {
		return nil, err
	}
	a.service = &gitsync.Service{Engine: a.engine, Queue: a.queue, Catalogs: a.tenants.catalog, Poll: c.Poll}
	a.jiraWork = &jira.Work{Queue: a.queue, Now: c.Now, Open: a.publisherOf, Logger: c.Log}
	a.work = &work{tenants: a.tenants, registry: a.registry, queue: a.queue, now: c.Now, matched: a.jiraChanged, swept: a.publishWaiting}
	a.service.Synced = a.work.synced
	a.service.Awaited = a.work.awaited
	a.service.Removed = a.useCases().Forget
	a.metrics.registry.MustRegister(&gauges{store: a.store, queue: a.queue, tenants: a.tenants, now: c.Now})
	return a, nil
}

// newHandler makes the one handler of all routes, as they are reached under an endpoint. ready may be nil, and so may stopping, which
// ends what waits.
func (a *App) newHandler(e endpoint, ready func() error, stopping <-chan struct{}) *api.Server {
	p := pages.New(pages.Options{Describer: a.engine})
	handler := api.New(api.Options{
		Access:       authenticator{a.registry, a.refuseUninstalled},
		Catalogs:     a.tenants.catalog,
		OIDC:         a.idTokens(e),
		Repositories: a.service,
		Hosts:        e.hosts,
		PublicURL:    e.url,
		TLS:          e.https(),
		Version:      a.conf.Version,
		Ready:        ready,
		PageLink:     e.pageLink,
		Cookie:       e.cookie(),
		Observe:      a.metrics.observe,
		Fallback:     p.NotFound(),
		Live:         a.service.Engine.Live,
		Matched:      a.jiraChanged,
		Removed:      a.jiraChanged,
		Stopping:     stopping,
		Logger:       a.conf.Log,
		Now:          a.conf.Now,
		From:         clientThrough(a.conf.TrustedProxies),
	})
	for _, some := range [][]web.Route{a.ownRoutes(e, p), a.tenantRoutes(), a.pageRoutes(p, e.url), a.jiraRoutes(e)} {
		for _, route := range some {
			handler.Register(route)
		}
	}
	return handler
}

// runner makes what takes jobs from the queue.
func (a *App) runner() *jobs.Runner {
	handlers := a.service.Handlers()
	for _, more := range []map[string]jobs.Handler{a.work.handlers(), a.jiraHandlers()} {
		for kind, h := range more {
			if _, taken := handlers[kind]; taken {
				panic("two handlers of jobs of kind " + kind) // a mistake of the program
			}
			handlers[kind] = h
		}
	}
	for kind, h := range handlers {
		h.Do = a.whileInstalled(h.Do)
		handlers[kind] = h
	}
	return &jobs.Runner{Queue: a.queue, Worker: workerName(), Handlers: a.metrics.measured(handlers), Drain: drainTime, Logger: a.conf.Log}
}

// workerName names this process in the queue.
func workerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "syncd"
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

// Close closes the data folder.
func (a *App) Close() error { return a.store.Close() }
