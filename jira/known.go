package jira

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
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

// issueKey is the shape of a key in capitals. What comes from outside may have any.
var issueKey = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,99}-[0-9]{1,18}$`)

// holder finds the issue that a key leads to; nil where there is none.
func (k *Known) holder(ctx context.Context, key behavepro.IssueKey) (*knownIssue, error) {
	key = behavepro.IssueKey(strings.ToUpper(string(key)))
	if !issueKey.MatchString(string(key)) {
		return nil, nil
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

// Enabled lists the projects that a repository is connected to.
func (k *Known) Enabled(ctx context.Context) (map[behavepro.ProjectKey]bool, error) {
	repos, err := k.Catalog.Repositories(ctx)
	if err != nil {
		return nil, err
	}
	all := map[behavepro.ProjectKey]bool{}
	for _, r := range repos {
		for _, p := range r.Projects {
			all[p] = true
		}
	}
	return all, nil
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
		return !enabled[ProjectOf(key)] || !issueKey.MatchString(string(key))
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
		if enabled[ProjectOf(i.Key)] {
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
		case !enabled[ProjectOf(i.Key)] && wanted:
			if err := k.Scope.Drop(ctx, kindIssue, idKey(i.ID)); err != nil {
				return fmt.Errorf("drop issue %d: %w", i.ID, err)
			}
			continue
		case !enabled[ProjectOf(i.Key)]:
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

// Accounts lists whose accountIds are known, each with when it was read first.
func (k *Known) Accounts(ctx context.Context) ([]Account, error) {
	read := map[string]time.Time{}
	for one, err := range k.walk(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if a := one.Issue.Assignee; a != "" && (read[a].IsZero() || one.Read.Before(read[a])) {
			read[a] = one.Read
		}
	}
	var all []Account
	for id, at := range read {
		all = append(all, Account{id, at})
	}
	slices.SortFunc(all, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// ForgetAccount removes an accountId from all issues, as for a person who closed the account.
func (k *Known) ForgetAccount(ctx context.Context, account string) error {
	var ids []int64
	for one, err := range k.walk(ctx, 0) {
		if err != nil {
			return err
		}
		if account != "" && one.Issue.Assignee == account {
			ids = append(ids, one.Issue.ID)
		}
	}
	for _, id := range ids {
		if err := k.change(ctx, id, func(one *knownIssue) {
			if one.Issue.Assignee == account {
				one.Issue.Assignee = ""
			}
		}); err != nil {
			return err
		}
	}
	return nil
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
		if !one.Gone.IsZero() && k.Now().Sub(one.Gone) > keepGone || one.Gone.IsZero() && !enabled[ProjectOf(one.Issue.Key)] {
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
