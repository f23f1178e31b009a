package jira

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/store"
)

const (
	askAgain  = time.Hour           // when a key that named no issue is looked up again
	keepGone  = 30 * 24 * time.Hour // how long an issue that Jira no longer shows is kept
	getAtOnce = 500
)

// Known is the small copy of a tenant's issues: those of projects that a repository is connected to, and of them what pages show.
// It goes by id, so that a moved issue keeps its history and a key that is used again inherits none.
type Known struct {
	Scope   *store.Scope
	Catalog *catalog.Catalog
	Client  *Client // nil reads what is known, and asks nobody
	Now     func() time.Time
}

type knownIssue struct {
	Issue  Issue                `cbor:"1,keyasint"`
	Former []behavepro.IssueKey `cbor:"2,keyasint,omitempty"`
	Gone   time.Time            `cbor:"3,keyasint,omitzero"`
	Read   time.Time            `cbor:"4,keyasint"`
	rev    store.Revision
}

// keys are all that lead to the issue, the present one first. A key of one that is gone leads nowhere.
func (k *knownIssue) keys() []behavepro.IssueKey {
	if !k.Gone.IsZero() {
		return nil
	}
	return append([]behavepro.IssueKey{k.Issue.Key}, k.Former...)
}

func (k *knownIssue) index() []store.IndexEntry {
	all := []store.IndexEntry{{Index: "project", Value: store.Key{strconv.FormatInt(k.Issue.Project, 10)}}}
	for _, key := range k.keys() {
		all = append(all, store.IndexEntry{Index: "key", Value: store.Key{string(key)}})
	}
	return all
}

// ByKey finds issues by any key that they have or had; unknown ones are left out.
func (k *Known) ByKey(ctx context.Context, keys ...behavepro.IssueKey) (map[behavepro.IssueKey]Issue, error) {
	holders, err := k.holders(ctx, keys)
	if err != nil {
		return nil, err
	}
	found := map[behavepro.IssueKey]Issue{}
	for key, one := range holders {
		found[key] = one.Issue
	}
	return found, nil
}

// manyKeys is from how many keys on all issues are read, rather than each key looked up.
const manyKeys = 100

func (k *Known) holders(ctx context.Context, keys []behavepro.IssueKey) (map[behavepro.IssueKey]*knownIssue, error) {
	found := map[behavepro.IssueKey]*knownIssue{}
	if len(keys) < manyKeys {
		for _, key := range keys {
			one, err := k.holder(ctx, key)
			if err != nil {
				return nil, err
			}
			if one != nil {
				found[key] = one
			}
		}
		return found, nil
	}
	for one, err := range k.walk(ctx, 0) {
		if err != nil {
			return nil, err
		}
		for n, key := range one.keys() {
			if n == 0 || found[key] == nil {
				found[key] = one
			}
		}
	}
	asked := make(map[behavepro.IssueKey]*knownIssue, len(keys))
	for _, key := range keys {
		if one := found[key]; one != nil {
			asked[key] = one
		}
	}
	return asked, nil
}

// holder finds the issue that a key leads to; nil where there is none.
func (k *Known) holder(ctx context.Context, key behavepro.IssueKey) (*knownIssue, error) {
	key, err := behavepro.ParseIssueKey(string(key))
	if err != nil {
		return nil, nil // what comes from outside may have any shape
	}
	var best *knownIssue
	for r, err := range k.Scope.Scan(ctx, kindIssue, store.Range{Index: "key", Prefix: store.Key{string(key)}}) {
		if err != nil {
			return nil, fmt.Errorf("find issue %s: %w", key, err)
		}
		one := &knownIssue{rev: r.Rev}
		if err := decode(kindIssue, r.Body, one); err != nil {
			return nil, err
		}
		if best == nil || one.Issue.Key == key {
			best = one
		}
	}
	return best, nil
}

// ByID reads issues by id; unknown ones, and those that are gone, are left out.
func (k *Known) ByID(ctx context.Context, ids ...int64) (map[int64]Issue, error) {
	all, err := k.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := map[int64]Issue{}
	for id, one := range all {
		if one.Gone.IsZero() {
			found[id] = one.Issue
		}
	}
	return found, nil
}

// Keys lists all keys that lead to an issue, the present one first.
func (k *Known) Keys(ctx context.Context, id int64) ([]behavepro.IssueKey, error) {
	all, err := k.read(ctx, []int64{id})
	if err != nil || all[id] == nil {
		return nil, err
	}
	return all[id].keys(), nil
}

func (k *Known) read(ctx context.Context, ids []int64) (map[int64]*knownIssue, error) {
	found := map[int64]*knownIssue{}
	for batch := range slices.Chunk(ids, getAtOnce) {
		keys := make([]store.Key, len(batch))
		for i, id := range batch {
			keys[i] = idKey(id)
		}
		records, err := k.Scope.Get(ctx, kindIssue, keys...)
		if err != nil {
			return nil, fmt.Errorf("read issues: %w", err)
		}
		for i, r := range records {
			if r.Rev == 0 {
				continue
			}
			one := &knownIssue{rev: r.Rev}
			if err := decode(kindIssue, r.Body, one); err != nil {
				return nil, err
			}
			found[batch[i]] = one
		}
	}
	return found, nil
}

// OfProject walks the issues of a project, by its id; 0 stands for all projects.
func (k *Known) OfProject(ctx context.Context, project int64) iter.Seq2[Issue, error] {
	return func(yield func(Issue, error) bool) {
		for one, err := range k.walk(ctx, project) {
			if err != nil {
				yield(Issue{}, err)
				return
			}
			if one.Gone.IsZero() && !yield(one.Issue, nil) {
				return
			}
		}
	}
}

func (k *Known) walk(ctx context.Context, project int64) iter.Seq2[*knownIssue, error] {
	return func(yield func(*knownIssue, error) bool) {
		r := store.Range{}
		if project != 0 {
			r = store.Range{Index: "project", Prefix: store.Key{strconv.FormatInt(project, 10)}}
		}
		for record, err := range k.Scope.Scan(ctx, kindIssue, r) {
			one := &knownIssue{rev: record.Rev}
			if err == nil {
				err = decode(kindIssue, record.Body, one)
			}
			if err != nil {
				yield(nil, fmt.Errorf("list issues: %w", err))
				return
			}
			if !yield(one, nil) {
				return
			}
		}
	}
}

// Enabled lists the projects that a repository is connected to.
func (k *Known) Enabled(ctx context.Context) (map[behavepro.ProjectKey]bool, error) {
	repos, err := k.Catalog.Repositories(ctx)
	if err != nil {
		return nil, err
	}
	all := map[behavepro.ProjectKey]bool{}
	for _, r := range repos {
		for _, p := range r.Readers() {
			all[p] = true
		}
	}
	return all, nil
}
