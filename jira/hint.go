package jira

import (
	"context"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Hinted follows up on issues that somebody says have changed, such as a webhook. That is not believed: they are read again, and
// their properties noted as out of date. Of issues that were not known only those are kept that a tag was found to name. It returns
// when to Publish; zero where nothing changed.
func (p *Publisher) Hinted(ctx context.Context, ids ...int64) (time.Time, error) {
	before, err := p.Known.read(ctx, ids)
	if err != nil {
		return time.Time{}, err
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
