package jira

import (
	"fmt"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
)

// When a site is left alone: after breakAfter failures in a row, for breakFor. Then one request probes it.
const (
	breakAfter = 5
	breakFor   = 30 * time.Second
)

// verdict is what a request told of the site.
type verdict int

const (
	unclear verdict = iota // the caller gave up
	working
	failing // no answer, or 5xx
)

type breaker struct {
	mu       sync.Mutex
	failures int
	open     time.Time // until when; zero while closed
	probing  bool
}

// enter lets a request through and returns how to tell its verdict, or says that the site is left alone.
func (b *breaker) enter(now time.Time, host string) (done func(verdict, time.Time), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open.IsZero() {
		return b.settle, nil
	}
	if now.Before(b.open) && b.open.Sub(now) <= breakFor || b.probing {
		f := problem(
			behavepro.ErrUnavailable,
			false,
			fmt.Sprintf("Jira at %s has failed %d times in a row and is left alone for a while", host, b.failures),
			"it is tried again by itself; status.atlassian.com tells of outages",
		)
		if f.until = b.open; !f.until.After(now) {
			f.until = now.Add(firstWait)
		}
		return nil, f
	}
	b.probing = true
	return func(v verdict, now time.Time) {
		b.mu.Lock()
		b.probing = false
		b.mu.Unlock()
		b.settle(v, now)
	}, nil
}

func (b *breaker) settle(v verdict, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch v {
	case working:
		b.failures, b.open = 0, time.Time{}
	case failing:
		if b.failures++; b.failures >= breakAfter {
			b.open = now.Add(breakFor)
		}
	}
}
