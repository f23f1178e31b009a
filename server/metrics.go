package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/behavepro/behavepro/jobs"
	gitsync "github.com/behavepro/behavepro/sync"
)

// metrics are what an operator watches. No label holds a name of a tenant, a repository or a person.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	syncs    *prometheus.HistogramVec
	jobs     *prometheus.HistogramVec
	pushes   *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "behavepro_request_seconds", Help: "Requests by route pattern and status.",
			Buckets: []float64{.005, .025, .1, .5, 2.5, 10, 60},
		}, []string{"route", "status"}),
		syncs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "behavepro_sync_seconds", Help: "Syncs of repositories by kind (import is the first one) and outcome.",
			Buckets: []float64{.1, .5, 2, 10, 60, 300, 1800},
		}, []string{"kind", "outcome"}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "behavepro_job_seconds", Help: "Other jobs by kind and outcome.",
			Buckets: []float64{.01, .1, 1, 10, 60},
		}, []string{"kind", "outcome"}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "behavepro_pushes_total", Help: "Pushes of results by their answer: matched, waiting or refused.",
		}, []string{"state"}),
	}
	m.registry.MustRegister(m.requests, m.syncs, m.jobs, m.pushes, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler serves the metrics.
func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// observe counts a request, and a push by its answer.
func (m *metrics) observe(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
	if !slices.Contains(pushRoutes, route) {
		return
	}
	state := "refused"
	switch status {
	case http.StatusOK:
		state = "matched"
	case http.StatusAccepted:
		state = "waiting"
	}
	m.pushes.WithLabelValues(state).Inc()
}

// pushRoutes are the routes that take results in.
var pushRoutes = []string{
	"POST /api/v1/results",
	"POST /api/v1/runs/complete",
	"PUT /REST/1.0/bdd/report",
	"PUT /rest/behavepro/1.0/bdd",
	"PUT /rest/behavepro/1.0/bdd/report",
}

// measured makes handlers count their jobs.
func (m *metrics) measured(handlers map[string]jobs.Handler) map[string]jobs.Handler {
	all := make(map[string]jobs.Handler, len(handlers))
	for kind, h := range handlers {
		do, by := h.Do, m.jobs
		if kind == gitsync.JobSync || kind == gitsync.JobImport {
			by = m.syncs
		}
		h.Do = func(ctx context.Context, job jobs.Job) error {
			began := time.Now()
			err := do(ctx, job)
			by.WithLabelValues(kind, outcome(ctx, err)).Observe(time.Since(began).Seconds())
			return err
		}
		all[kind] = h
	}
	return all
}

func outcome(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return "done"
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return "interrupted"
	}
	return "failed"
}
