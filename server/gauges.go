package server

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/store"
)

// gauges are read when they are asked for, at most once in a while: reading them walks through the store.
type gauges struct {
	store   *store.Store
	queue   *jobs.Queue
	tenants *tenants
	now     func() time.Time

	mu   sync.Mutex
	at   time.Time
	last []prometheus.Metric
}

// gaugesEvery is how old gauges may be; gaugesTime how long reading them may take.
const (
	gaugesEvery = 15 * time.Second
	gaugesTime  = 10 * time.Second
)

var (
	queueLength = prometheus.NewDesc(
		"behavepro_jobs",
		"Jobs in the queue by kind and state: due, later or running.",
		[]string{"kind", "state"},
		nil,
	)
	storeRecords = prometheus.NewDesc("behavepro_store_records", "Records in the store.", nil, nil)
	storeBytes   = prometheus.NewDesc("behavepro_store_bytes", "Bytes of the store's records, compressed and sealed.", nil, nil)
	waitingCount = prometheus.NewDesc("behavepro_waiting_pushes", "Pushes whose commit is not known yet.", nil, nil)
)

// Describe implements prometheus.Collector.
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueLength, storeRecords, storeBytes, waitingCount} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.now(); now.Sub(g.at) > gaugesEvery {
		ctx, cancel := context.WithTimeout(context.Background(), gaugesTime) // a collector is given no context
		defer cancel()
		all, err := g.read(ctx)
		if err != nil {
			to <- prometheus.NewInvalidMetric(queueLength, err)
			return
		}
		g.at, g.last = now, all
	}
	for _, m := range g.last {
		to <- m
	}
}

func (g *gauges) read(ctx context.Context) ([]prometheus.Metric, error) {
	all, err := g.queueLengths(ctx)
	if err != nil {
		return nil, err
	}
	size, err := g.store.Directory().Stat(ctx, nil)
	if err != nil {
		return nil, err
	}
	waiting := 0
	err = g.tenants.each(ctx, func(id behavepro.TenantID, c *catalog.Catalog) error {
		scope, err := g.store.Tenant(ctx, id)
		if err != nil {
			return err
		}
		stat, err := scope.Stat(ctx, nil)
		if err != nil {
			return err
		}
		size.Records, size.Bytes = size.Records+stat.Records, size.Bytes+stat.Bytes
		pushes, err := c.WaitingPushes(ctx, "")
		for _, p := range pushes {
			if p.State == catalog.PushWaiting {
				waiting++
			}
		}
		return err
	})
	return append(all,
		prometheus.MustNewConstMetric(storeRecords, prometheus.GaugeValue, float64(size.Records)),
		prometheus.MustNewConstMetric(storeBytes, prometheus.GaugeValue, float64(size.Bytes)),
		prometheus.MustNewConstMetric(waitingCount, prometheus.GaugeValue, float64(waiting)),
	), err
}

func (g *gauges) queueLengths(ctx context.Context) ([]prometheus.Metric, error) {
	queued, err := g.queue.List(ctx, nil)
	if err != nil {
		return nil, err
	}
	type label struct{ kind, state string }
	count := map[label]int{}
	now := g.now()
	for i := range queued {
		state := "due"
		switch job := &queued[i]; {
		case job.Running(now):
			state = "running"
		case job.NotBefore.After(now):
			state = "later"
		}
		count[label{queued[i].Kind, state}]++
	}
	all := make([]prometheus.Metric, 0, len(count))
	for l, n := range count {
		all = append(all, prometheus.MustNewConstMetric(queueLength, prometheus.GaugeValue, float64(n), l.kind, l.state))
	}
	return all, nil
}
