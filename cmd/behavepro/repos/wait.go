package repos

import (
	"context"
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

// waitForSync returns when no sync of the repository waits or runs any more, with the last that is known of it; the error
// is the sync's own.
func waitForSync(ctx context.Context, f *factory.Factory, c *client.Client, r *client.Repository) (client.Repository, error) {
	poll := 30 * time.Second
	if f.Bars {
		poll = time.Second
	}
	bar := f.NewBar(0)
	defer bar.End()
	last := *r
	for {
		now, err := c.Repository(ctx, string(r.ID), poll)
		if err != nil {
			return last, err
		}
		last = now
		s := &now.Sync
		bar.Show(fmt.Sprintf("%s: %s", cli.OneLine(now.Name), syncText(s)), s.Done, s.Total)
		if s.Busy {
			continue
		}
		if s.Error != "" {
			return last, behavepro.Explain(behavepro.ErrUnavailable, fmt.Sprintf("sync of %s: %s", now.Name, s.Error), s.Hint)
		}
		return last, nil
	}
}

func retryFor(wait bool) time.Duration {
	if wait {
		return factory.RetryLong
	}
	return factory.Retry
}
