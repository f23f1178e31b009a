package jira

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
)

// How a busy or failing site is tried again.
const (
	maxTries  = 4
	firstWait = time.Second
	maxWait   = 30 * time.Second // a longer pause is not waited for, it is an error
	maxPause  = 2 * time.Hour    // what is believed of a pause that a site asks for
)

// scope is what a pause holds up: everything (the zero scope), one endpoint, or the writes of one issue.
type scope struct {
	endpoint string
	issue    int64
}

// pauses are the waits that a site asked for.
type pauses struct {
	mu   sync.Mutex
	ends map[scope]time.Time
}

// scopeOf reads what a limit is about. One that is not known holds up everything.
func scopeOf(r *call, reason string) scope {
	switch reason {
	case "jira-burst-based":
		return scope{endpoint: r.name}
	case "jira-per-issue-on-write":
		return scope{issue: r.issue}
	}
	return scope{}
}

// note remembers the pause that an answer asks for; without a time it is the shortest wait.
func (p *pauses) note(r *call, h http.Header, now time.Time) {
	end := pauseOf(h, now)
	if end.IsZero() {
		end = now.Add(firstWait)
	}
	at := scopeOf(r, h.Get("RateLimit-Reason"))
	p.mu.Lock()
	defer p.mu.Unlock()
	for s, e := range p.ends {
		if !e.After(now) {
			delete(p.ends, s)
		}
	}
	if p.ends == nil {
		p.ends = map[scope]time.Time{}
	}
	if end.After(p.ends[at]) {
		p.ends[at] = end
	}
}

// until is when a request may be sent; zero where nothing holds it up.
func (p *pauses) until(r *call) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	end := p.ends[scope{}]
	if e := p.ends[scope{endpoint: r.name}]; e.After(end) {
		end = e
	}
	if e := p.ends[scope{issue: r.issue}]; r.issue != 0 && e.After(end) {
		end = e
	}
	return end
}

// pauseOf reads how long an answer asks to wait: Retry-After in seconds or as a date, or X-RateLimit-Reset; the later one.
func pauseOf(h http.Header, now time.Time) time.Time {
	var end time.Time
	if text := h.Get("Retry-After"); text != "" {
		if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
			end = now.Add(min(time.Duration(seconds), maxPause/time.Second) * time.Second)
		} else if at, err := http.ParseTime(text); err == nil {
			end = at
		}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.000Z0700"} {
		if at, err := time.Parse(layout, h.Get("X-RateLimit-Reset")); err == nil && at.After(end) {
			end = at
		}
	}
	if !end.After(now) {
		return time.Time{}
	}
	if last := now.Add(maxPause); end.After(last) {
		end = last
	}
	return end
}

// waitForPause waits until a request may be sent, or says that this takes too long. Those who wait together do not go on at once.
func (c *Client) waitForPause(ctx context.Context, r *call) error {
	for {
		end, now := c.pauses.until(r), c.opt.Now()
		if !end.After(now) {
			return nil
		}
		pause := end.Sub(now)
		if spread := pause + time.Duration(0.3*c.opt.Rand()*float64(pause)); spread <= maxWait {
			pause = spread
		}
		if !c.wait(ctx, pause) {
			f := problem(behavepro.ErrUnavailable, false, "Jira at "+c.base.Host+" asks this app to wait until "+end.UTC().Format("15:04:05 UTC"),
				"what is to be written is kept, and written then")
			f.until = end
			return f
		}
	}
}

// backOff waits before the next try: twice as long each time, with jitter, and no less than the site asked for. Where that is too
// long it notes until when it is, and returns false.
func (c *Client) backOff(ctx context.Context, r *call, try int, f *failure) bool {
	now := c.opt.Now()
	pause := min(maxWait, time.Duration(float64(firstWait<<(try-1))*(0.7+0.6*c.opt.Rand()))).Round(time.Millisecond)
	for _, end := range []time.Time{f.until, c.pauses.until(r)} {
		pause = max(pause, end.Sub(now))
	}
	f.until = now.Add(pause)
	return c.wait(ctx, pause)
}

// wait sleeps, unless the pause is longer than the caller or anybody would wait.
func (c *Client) wait(ctx context.Context, pause time.Duration) bool {
	deadline, bounded := ctx.Deadline()
	return pause <= maxWait && (!bounded || time.Until(deadline) >= pause) && c.opt.Sleep(ctx, pause) == nil
}
