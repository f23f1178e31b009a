package jira

import (
	"context"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Hint is an issue that somebody says has changed, such as a webhook.
type Hint struct {
	ID  int64
	Key behavepro.IssueKey
}

// Hinted follows up on hints. They are not believed: issues that are known, or that a tag names, are read again, and their
// properties noted as out of date; others are not asked for. It returns when to Publish; zero where nothing changed.
func (p *Publisher) Hinted(ctx context.Context, hints ...Hint) (time.Time, error) {
	var ids []int64
	for _, h := range hints {
		ids = append(ids, h.ID)
	}
	before, err := p.Known.read(ctx, ids)
	if err != nil {
		return time.Time{}, err
	}
	ids = nil
	for _, h := range hints {
		named := before[h.ID] != nil
		if !named {
			if named, err = p.Known.isNamed(ctx, h.Key); err != nil {
				return time.Time{}, err
			}
		}
		if named {
			ids = append(ids, h.ID)
		}
	}
	if err := p.Known.Refresh(ctx, ids); err != nil {
		return time.Time{}, err
	}
	after, err := p.Known.read(ctx, ids)
	if err != nil {
		return time.Time{}, err
	}
	var keys []behavepro.IssueKey
	for _, all := range []map[int64]*knownIssue{before, after} { // with the keys of what has gone
		for _, one := range all {
			keys = append(keys, one.keys()...)
		}
	}
	return p.Changed(ctx, keys...)
}

// isNamed reports whether a key leads to a known issue, or was looked for in vain.
func (k *Known) isNamed(ctx context.Context, key behavepro.IssueKey) (bool, error) {
	if !behavepro.IsIssueKey(string(key)) {
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
