package jira

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/store"
)

// Missing lists the keys that tags name and no issue has, or none that the app may see.
func (k *Known) Missing(ctx context.Context) ([]behavepro.IssueKey, error) {
	var keys []behavepro.IssueKey
	for r, err := range k.Scope.Scan(ctx, kindMissing, store.Range{KeysOnly: true}) {
		if err != nil {
			return nil, fmt.Errorf("list missing issues: %w", err)
		}
		keys = append(keys, behavepro.IssueKey(r.Key[0]))
	}
	slices.SortFunc(keys, catalog.CompareKeys)
	return keys, nil
}

// Learn makes sure that the issues of keys are known, and asks Jira for those that are not. Keys of projects that no repository is
// connected to are not asked for.
func (k *Known) Learn(ctx context.Context, keys ...behavepro.IssueKey) error {
	return k.learn(ctx, keys, false)
}

func (k *Known) learn(ctx context.Context, keys []behavepro.IssueKey, again bool) error {
	enabled, err := k.Enabled(ctx)
	if err != nil || k.Client == nil {
		return err
	}
	ask := slices.DeleteFunc(slices.Clone(keys), func(key behavepro.IssueKey) bool {
		return !enabled[key.Project()] || !behavepro.IsIssueKey(string(key))
	})
	if !again {
		if ask, err = k.unknown(ctx, ask); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(ask, readAtOnce) {
		if err := k.learnBatch(ctx, batch, enabled); err != nil {
			return err
		}
	}
	return nil
}

// unknown leaves the keys that have to be asked for: of no known issue, and not found missing a short while ago.
func (k *Known) unknown(ctx context.Context, keys []behavepro.IssueKey) ([]behavepro.IssueKey, error) {
	holders, err := k.holders(ctx, keys)
	if err != nil {
		return nil, err
	}
	keys = slices.DeleteFunc(keys, func(key behavepro.IssueKey) bool { return holders[key] != nil })
	var ask []behavepro.IssueKey
	for batch := range slices.Chunk(keys, getAtOnce) {
		at := make([]store.Key, len(batch))
		for i, key := range batch {
			at[i] = store.Key{string(key)}
		}
		records, err := k.Scope.Get(ctx, kindMissing, at...)
		if err != nil {
			return nil, fmt.Errorf("read missing issues: %w", err)
		}
		for i, r := range records {
			var asked time.Time
			if r.Rev != 0 {
				if err := decode(kindMissing, r.Body, &asked); err != nil {
					return nil, err
				}
			}
			if k.Now().Sub(asked).Abs() >= askAgain {
				ask = append(ask, batch[i])
			}
		}
	}
	return ask, nil
}

func (k *Known) learnBatch(ctx context.Context, keys []behavepro.IssueKey, enabled map[behavepro.ProjectKey]bool) error {
	found, moved, missing, err := k.Client.Issues(ctx, keys)
	if err != nil {
		return err
	}
	former := map[behavepro.IssueKey][]behavepro.IssueKey{}
	for _, from := range slices.Sorted(maps.Keys(moved)) {
		former[moved[from]] = append(former[moved[from]], from)
	}
	var here []Issue
	for _, i := range found {
		if enabled[i.Key.Project()] {
			here = append(here, i)
			continue
		}
		for _, key := range append(former[i.Key], i.Key) { // it moved to where nobody looks
			if slices.Contains(keys, key) {
				missing = append(missing, key)
			}
		}
	}
	if err := k.store(ctx, here, former); err != nil {
		return err
	}
	holders, err := k.holders(ctx, missing)
	if err != nil {
		return err
	}
	var left []int64
	for _, one := range holders {
		left = append(left, one.Issue.ID)
	}
	return errors.Join(k.noteMissing(ctx, keys, missing), k.Refresh(ctx, left))
}

// noteMissing remembers which keys of a question named no issue, and forgets it of the others.
func (k *Known) noteMissing(ctx context.Context, asked, missing []behavepro.IssueKey) error {
	if len(asked) == 0 {
		return nil
	}
	at := make([]store.Key, len(asked))
	for i, key := range asked {
		at[i] = store.Key{string(key)}
	}
	records, err := k.Scope.Get(ctx, kindMissing, at...)
	if err != nil {
		return fmt.Errorf("read missing issues: %w", err)
	}
	now := encode(k.Now().UTC())
	var changes []store.Change
	for i, key := range asked {
		change := store.Change{Action: store.DeleteIf, Kind: kindMissing, Record: store.Record{Key: at[i], Rev: records[i].Rev}}
		if slices.Contains(missing, key) {
			change.Action, change.Body = store.PutIf, now
		} else if change.Rev == 0 {
			continue
		}
		changes = append(changes, change)
	}
	if _, err := k.Scope.Write(ctx, store.Relaxed, changes...); err != nil { // who wins a race knows as much
		return fmt.Errorf("note missing issues: %w", err)
	}
	return nil
}
