package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

// waitForSync returns when no sync of the repository waits or runs any more, with the last that is known of it; the error
// is the sync's own.
func (f *factory) waitForSync(ctx context.Context, c *client.Client, r *client.Repository) (client.Repository, error) {
	poll := 30 * time.Second
	if f.bars {
		poll = time.Second
	}
	bar := f.newBar(0)
	defer bar.end()
	last := *r
	for {
		now, err := c.Repository(ctx, string(r.ID), poll)
		if err != nil {
			return last, err
		}
		last = now
		s := &now.Sync
		bar.show(fmt.Sprintf("%s: %s", cli.OneLine(now.Name), syncText(s)), s.Done, s.Total)
		if s.Busy {
			continue
		}
		if s.Error != "" {
			return last, behavepro.Explain(behavepro.ErrUnavailable, fmt.Sprintf("sync of %s: %s", now.Name, s.Error), s.Hint)
		}
		return last, nil
	}
}

func waitPatience(wait bool) time.Duration {
	if wait {
		return patienceLong
	}
	return patience
}

// bar is a progress bar on a terminal, and nothing elsewhere.
type bar struct {
	all  *mpb.Progress
	one  *mpb.Bar
	text atomic.Pointer[string] // the bar is drawn elsewhere
}

// newBar begins a bar; total 0 is unknown.
func (f *factory) newBar(total int64) *bar {
	if !f.bars {
		return &bar{}
	}
	b := &bar{all: mpb.New(mpb.WithOutput(f.raw), mpb.WithWidth(30), mpb.WithAutoRefresh())}
	b.text.Store(new(string))
	b.one = b.all.AddBar(total, mpb.BarRemoveOnComplete(),
		mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace), decor.Any(func(decor.Statistics) string { return " " + *b.text.Load() })))
	return b
}

// show moves the bar.
func (b *bar) show(text string, done, total int64) {
	if b.one == nil {
		return
	}
	b.text.Store(&text)
	b.one.SetTotal(total, false)
	b.one.SetCurrent(min(done, total))
}

// add moves the bar on.
func (b *bar) add(n int) {
	if b.one != nil {
		b.one.IncrBy(n)
	}
}

// end takes the bar away.
func (b *bar) end() {
	if b.one == nil {
		return
	}
	b.one.Abort(true)
	b.all.Wait()
}
