package jira

import (
	"context"
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Changes are gathered for debounce, and for no longer than mostDebounce.
const (
	debounce     = 2 * time.Second
	mostDebounce = 15 * time.Second
)

const (
	dirtyIssue      = "issue"
	dirtyRepository = "repository"
)

// due is when a change is to be written.
func (d *dirty) due() time.Time {
	last, most := d.Last.Add(debounce), d.Since.Add(mostDebounce)
	if most.Before(last) {
		return most
	}
	return last
}

// Changed notes that properties of issues are out of date, and returns when to Publish. What is no issue key is left out.
func (p *Publisher) Changed(ctx context.Context, keys ...behavepro.IssueKey) (time.Time, error) {
	var due time.Time
	for _, key := range keys {
		key, err := behavepro.ParseIssueKey(string(key))
		if err != nil {
			continue
		}
		at, err := p.mark(ctx, dirtyIssue, string(key))
		if err != nil {
			return time.Time{}, err
		}
		if due.IsZero() || at.Before(due) {
			due = at
		}
	}
	return due, nil
}

// RepositoryChanged notes that what a repository holds changed: after a sync, after results, when it was connected, changed or
// removed. It returns when to Publish.
func (p *Publisher) RepositoryChanged(ctx context.Context, id behavepro.RepositoryID) (time.Time, error) {
	return p.mark(ctx, dirtyRepository, string(id))
}

func (p *Publisher) mark(ctx context.Context, what, name string) (time.Time, error) {
	var d dirty
	err := update(ctx, p.Scope, store.Durable, kindDirty, store.Key{what, name}, func(body []byte) ([]byte, []store.IndexEntry, error) {
		now := p.Now().UTC()
		d = dirty{Since: now}
		if body != nil {
			if err := decode(kindDirty, body, &d); err != nil {
				return nil, nil, err
			}
		}
		if d.Since.After(now) { // the clock was set back
			d.Since = now
		}
		d.Last = now
		return encode(d), nil, nil
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("note that %s %s changed: %w", what, name, err)
	}
	return d.due(), nil
}

// waiting reads what is out of date: what is due, and when the next is.
func (p *Publisher) waiting(ctx context.Context) (due []dirty, next time.Time, err error) {
	now := p.Now()
	for r, err := range p.Scope.Scan(ctx, kindDirty, store.Range{}) {
		if err != nil {
			return nil, time.Time{}, fmt.Errorf("read what changed: %w", err)
		}
		d := dirty{what: r.Key[0], name: r.Key[1], rev: r.Rev}
		if err := decode(kindDirty, r.Body, &d); err != nil {
			return nil, time.Time{}, err
		}
		if at := d.due(); !at.After(now) || d.Since.After(now) {
			due = append(due, d)
		} else if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return due, next, nil
}

// done forgets changes that were written, but not those that came meanwhile.
func (p *Publisher) done(ctx context.Context, all []dirty) error {
	var changes []store.Change
	for _, d := range all {
		changes = append(changes, store.Change{
			Action: store.DeleteIf, Kind: kindDirty, Record: store.Record{Key: store.Key{d.what, d.name}, Rev: d.rev},
		})
	}
	if len(changes) == 0 {
		return nil
	}
	if _, err := p.Scope.Write(ctx, store.Durable, changes...); err != nil {
		return fmt.Errorf("note that changes were written: %w", err)
	}
	return nil
}
