package jira

import (
	"context"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// store writes issues as they were just read. Issues that lose a key to them are marked as gone, and read again.
func (k *Known) store(ctx context.Context, issues []Issue, former map[behavepro.IssueKey][]behavepro.IssueKey) error {
	var doubtful []int64
	for _, i := range issues {
		err := update(ctx, k.Scope, store.Relaxed, kindIssue, idKey(i.ID), func(body []byte) ([]byte, []store.IndexEntry, error) {
			var was knownIssue
			if body != nil {
				if err := decode(kindIssue, body, &was); err != nil {
					return nil, nil, err
				}
			}
			is := knownIssue{Issue: i, Former: append(slices.Clone(was.Former), former[i.Key]...), Read: k.Now().UTC()}
			if was.Issue.Key != "" {
				is.Former = append(is.Former, was.Issue.Key)
			}
			slices.Sort(is.Former)
			is.Former = slices.DeleteFunc(slices.Compact(is.Former), func(key behavepro.IssueKey) bool { return key == i.Key })
			return encode(is), is.index(), nil
		})
		if err != nil {
			return fmt.Errorf("write issue %s: %w", i.Key, err)
		}
		lost, err := k.takeKey(ctx, i.Key, i.ID)
		if err != nil {
			return err
		}
		doubtful = append(doubtful, lost...)
	}
	if len(doubtful) > 0 {
		return k.Refresh(ctx, doubtful)
	}
	return nil
}

// takeKey takes a key from all other issues, and returns those whose present key it was.
func (k *Known) takeKey(ctx context.Context, key behavepro.IssueKey, to int64) (lost []int64, err error) {
	var others []int64
	for r, err := range k.Scope.Scan(ctx, kindIssue, store.Range{Index: "key", Prefix: store.Key{string(key)}, KeysOnly: true}) {
		if err != nil {
			return nil, fmt.Errorf("find issue %s: %w", key, err)
		}
		id, err := parseID(r.Key)
		if err != nil {
			return nil, err
		}
		if id != to {
			others = append(others, id)
		}
	}
	for _, id := range others {
		err := k.change(ctx, id, func(one *knownIssue) {
			one.Former = slices.DeleteFunc(one.Former, func(f behavepro.IssueKey) bool { return f == key })
			if one.Issue.Key == key {
				one.Issue.Key, one.Gone = "", k.Now().UTC()
				lost = append(lost, id)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return lost, nil
}

func (k *Known) change(ctx context.Context, id int64, edit func(*knownIssue)) error {
	err := update(ctx, k.Scope, store.Relaxed, kindIssue, idKey(id), func(body []byte) ([]byte, []store.IndexEntry, error) {
		if body == nil {
			return nil, nil, nil
		}
		var one knownIssue
		if err := decode(kindIssue, body, &one); err != nil {
			return nil, nil, err
		}
		edit(&one)
		return encode(one), one.index(), nil
	})
	if err != nil {
		return fmt.Errorf("write issue %d: %w", id, err)
	}
	return nil
}

// Refresh reads issues from Jira again, as after a webhook. Those of projects that no repository is connected to are dropped; those
// that Jira no longer shows are kept aside for 30 days. One that was not known is kept where a tag names it.
func (k *Known) Refresh(ctx context.Context, ids []int64) error {
	enabled, err := k.Enabled(ctx)
	if err != nil || k.Client == nil || len(ids) == 0 {
		return err
	}
	issues, err := k.Client.IssuesByID(ctx, ids)
	if err != nil {
		return fmt.Errorf("refresh issues: %w", err)
	}
	known, err := k.read(ctx, ids)
	if err != nil {
		return err
	}
	shown := map[int64]bool{}
	var here []Issue
	for _, i := range issues {
		shown[i.ID] = true
		wanted := known[i.ID] != nil
		switch {
		case !enabled[i.Key.Project()] && wanted:
			if err := k.Scope.Drop(ctx, kindIssue, idKey(i.ID)); err != nil {
				return fmt.Errorf("drop issue %d: %w", i.ID, err)
			}
			continue
		case !enabled[i.Key.Project()]:
			continue
		case !wanted:
			if wanted, err = k.isNamed(ctx, i.Key); err != nil {
				return err
			}
		}
		if wanted {
			here = append(here, i)
		}
	}
	if err := k.store(ctx, here, nil); err != nil {
		return err
	}
	if err := k.noteMissing(ctx, keysOf(here), nil); err != nil {
		return err
	}
	return k.setAside(ctx, known, shown)
}

// setAside marks issues that Jira did not show.
func (k *Known) setAside(ctx context.Context, known map[int64]*knownIssue, shown map[int64]bool) error {
	for id, one := range known {
		if shown[id] || !one.Gone.IsZero() {
			continue
		}
		if err := k.change(ctx, id, func(one *knownIssue) { one.Gone = k.Now().UTC() }); err != nil {
			return err
		}
	}
	return nil
}

func keysOf(issues []Issue) []behavepro.IssueKey {
	var keys []behavepro.IssueKey
	for _, i := range issues {
		keys = append(keys, i.Key)
	}
	return keys
}

// sweep drops what is of projects that no repository is connected to any more, and what has been gone for 30 days.
func (k *Known) sweep(ctx context.Context) error {
	enabled, err := k.Enabled(ctx)
	if err != nil {
		return err
	}
	var drop []int64
	for one, err := range k.walk(ctx, 0) {
		if err != nil {
			return err
		}
		if !one.Gone.IsZero() && k.Now().Sub(one.Gone) > keepGone || one.Gone.IsZero() && !enabled[one.Issue.Key.Project()] {
			drop = append(drop, one.Issue.ID)
		}
	}
	for _, id := range drop {
		if err := k.Scope.Drop(ctx, kindIssue, idKey(id)); err != nil {
			return fmt.Errorf("drop issue %d: %w", id, err)
		}
	}
	return nil
}
