package jira_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/store/storetest"
)

// office is a desk whose work runs as jobs.
type office struct {
	*desk
	work  *jira.Work
	queue *jobs.Queue
	open  error
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{desk: newDesk(t)}
	o.queue = jobs.New(storetest.NewStore(t, jobs.Kinds()...).Directory())
	o.work = &jira.Work{Queue: o.queue, Now: o.clock.Now, Open: func(context.Context, behavepro.TenantID) (*jira.Publisher, error) {
		return o.publisher(), o.open
	}}
	return o
}

// run does what is due now, and returns how many jobs that were; err is that of the last.
func (o *office) run(t *testing.T) (n int, err error) {
	t.Helper()
	handlers := o.work.Handlers()
	for {
		job, takeErr := o.queue.Take(t.Context(), o.clock.Now(), "w", []string{jira.JobPublish, jira.JobRepair}, time.Minute)
		if errors.Is(takeErr, behavepro.ErrNotFound) {
			return n, err
		}
		if takeErr != nil {
			t.Fatal(takeErr)
		}
		n++
		err = handlers[job.Kind].Do(t.Context(), job)
		var retry *jobs.RetryAfter
		after := time.Duration(0)
		if errors.As(err, &retry) {
			after = retry.After
		}
		if err != nil {
			err = errors.Join(err, o.queue.Fail(t.Context(), o.clock.Now(), job, err, after))
			continue
		}
		if err := o.queue.Done(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWork(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	h, _ := o.shop(t)
	ctx := t.Context()
	if err := o.work.RepositoryChanged(ctx, "t-1", h.Repo.ID); err != nil {
		t.Fatal(err)
	}
	if n, err := o.run(t); n != 0 || err != nil {
		t.Errorf("at once: %d jobs, %v", n, err)
	}
	o.clock.pass(3 * time.Second)
	if n, err := o.run(t); n != 1 || err != nil {
		t.Errorf("later: %d jobs, %v", n, err)
	}
	o.expect(t, "written", map[string]string{"SHOP-1": "notRun 2 = 0+0+0+2 stale 0"})
	if n, err := o.run(t); n != 0 || err != nil {
		t.Errorf("nothing is left: %d jobs, %v", n, err)
	}
	i, err := o.Issue("SHOP-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.work.Hinted(ctx, "t-1", jira.Hint{ID: i.ID, Key: "SHOP-1"}); err != nil {
		t.Fatal(err)
	}
	o.clock.pass(3 * time.Second)
	if n, err := o.run(t); n != 1 || err != nil {
		t.Errorf("after a hint: %d jobs, %v", n, err)
	}
}

func TestWorkWaitsForJira(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	h, _ := o.shop(t)
	if err := o.work.RepositoryChanged(t.Context(), "t-1", h.Repo.ID); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	o.work.Logger = slog.New(slog.NewTextHandler(&log, nil))
	o.Break(jiratest.Trouble{Status: 503})
	o.clock.pass(3 * time.Second)
	if n, err := o.run(t); n != 1 || !errors.Is(err, behavepro.ErrUnavailable) {
		t.Errorf("while it is down: %d jobs, %v", n, err)
	}
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "shop.atlassian.net is not working: it answered 503") || !strings.Contains(text, "tenant=t-1") {
		t.Errorf("the log says:\n%s", text)
	}
	o.Heal()
	o.clock.pass(10 * time.Minute)
	if n, err := o.run(t); n != 1 || err != nil {
		t.Errorf("when it is back: %d jobs, %v", n, err)
	}
	o.expect(t, "written", map[string]string{"SHOP-1": "notRun 2 = 0+0+0+2 stale 0"})
}

func TestRepairsOnASchedule(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.shop(t)
	if err := o.work.Start(t.Context(), "t-1"); err != nil {
		t.Fatal(err)
	}
	if n, err := o.run(t); n != 1 || err != nil {
		t.Errorf("at the start: %d jobs, %v", n, err)
	}
	o.expect(t, "repaired", map[string]string{"SHOP-1": "notRun 2 = 0+0+0+2 stale 0"})
	o.clock.pass(23 * time.Hour)
	if n, err := o.run(t); n != 0 || err != nil {
		t.Errorf("within the day: %d jobs, %v", n, err)
	}
	o.clock.pass(2 * time.Hour)
	if n, err := o.run(t); n != 1 || err != nil {
		t.Errorf("after a day: %d jobs, %v", n, err)
	}
}

func TestNoSiteNoWork(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	h, _ := o.shop(t)
	o.open = behavepro.ErrNotFound
	if err := o.work.RepositoryChanged(t.Context(), behavepro.Local, h.Repo.ID); err != nil {
		t.Error(err)
	}
	o.clock.pass(time.Minute)
	if n, err := o.run(t); n != 0 || err != nil {
		t.Errorf("%d jobs, %v", n, err)
	}
	o.open = nil
	if err := errors.Join(o.work.RepositoryChanged(t.Context(), "t-1", h.Repo.ID), o.work.Start(t.Context(), "t-1")); err != nil {
		t.Fatal(err)
	}
	o.open = behavepro.ErrGone // uninstalled meanwhile
	o.clock.pass(time.Minute)
	if n, err := o.run(t); n != 2 || err != nil {
		t.Errorf("%d jobs, %v", n, err)
	}
	o.clock.pass(48 * time.Hour)
	if n, err := o.run(t); n != 0 || err != nil || o.Count(putProperty, 0) != 0 {
		t.Errorf("later %d jobs, %v", n, err)
	}
}
