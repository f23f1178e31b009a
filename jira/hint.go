package jira

import (
	"context"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Hint is an issue that somebody says has changed, such as a webhook. It is not believed: Jira is asked.
type Hint struct {
	ID  int64
	Key behavepro.IssueKey
}

// Hinted reads issues again that are known or that tags name, and notes that their properties may be out of date. Issues that
// nobody links to are not asked for. It returns when to Publish; zero where nothing changed.
func (p *Publisher) Hinted(ctx context.Context, hints ...Hint) (time.Time, error) {
	var ids []int64
	var keys, changed []behavepro.IssueKey
	for _, h := range hints {
		known, err := p.Known.read(ctx, []int64{h.ID})
		if err != nil {
			return time.Time{}, err
		}
		if one := known[h.ID]; one != nil {
			ids, changed = append(ids, h.ID), append(changed, one.keys()...)
			continue
		}
		named, err := p.Known.isNamed(ctx, h.Key)
		if err != nil {
			return time.Time{}, err
		}
		if named {
			keys = append(keys, h.Key)
		}
	}
	if err := p.Known.Refresh(ctx, ids); err != nil {
		return time.Time{}, err
	}
	if err := p.Known.learn(ctx, keys, true); err != nil {
		return time.Time{}, err
	}
	for _, id := range ids {
		now, err := p.Known.Keys(ctx, id)
		if err != nil {
			return time.Time{}, err
		}
		changed = append(changed, now...)
	}
	return p.Changed(ctx, append(changed, keys...)...)
}

// isNamed tells whether a key leads to a known issue, or was looked for in vain.
func (k *Known) isNamed(ctx context.Context, key behavepro.IssueKey) (bool, error) {
	if !issueKey.MatchString(string(key)) {
		return false, nil
	}
	one, err := k.holder(ctx, key)
	if err != nil || one != nil {
		return one != nil, err
	}
	records, err := k.Scope.Get(ctx, kindMissing, store.Key{string(key)})
	if err != nil {
		return false, err
	}
	return records[0].Rev != 0, nil
}
