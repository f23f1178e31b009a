package jira

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/store"
)

// writesAtOnce is how many properties are written together.
const writesAtOnce = 4

// Publisher writes issue properties of one tenant. What changed is noted durably and gathered for a while; what is written is
// computed from the store, written only where it differs from what was written last, and never read back. It has no state of its
// own, and two of one tenant must not publish at the same time.
type Publisher struct {
	Scope   *store.Scope
	Catalog *catalog.Catalog
	Client  *Client
	Known   *Known
	Now     func() time.Time
	Badge   string // the key of the property for the status badge; "" writes none
}

// Published tells what a Publish or Repair did.
type Published struct {
	Written   int                  // properties
	Unchanged int                  // were as they should be
	Refused   []behavepro.IssueKey // whose issues Jira does not let the app write; a Repair tries them again
	Next      time.Time            // when there is more to publish; zero where nothing waits
}

// Publish writes what changed and is due. After an error of the whole site (down, busy, signature refused) what is left stays
// noted: call it again, at RetryAt where that is known.
func (p *Publisher) Publish(ctx context.Context) (Published, error) {
	due, next, err := p.waiting(ctx)
	if err != nil || len(due) == 0 {
		return Published{Next: next}, err
	}
	var keys []behavepro.IssueKey
	whole := false
	for _, d := range due {
		if d.what == dirtyRepository {
			whole = true
		} else {
			keys = append(keys, behavepro.IssueKey(d.name))
		}
	}
	done, err := p.write(ctx, keys, whole, false)
	done.Next = next
	if err != nil {
		return done, err
	}
	return done, p.done(ctx, due)
}

// Repair writes all properties whose computed value differs from what was written last, having read the linked issues from Jira
// again. It is meant for a schedule, such as daily.
func (p *Publisher) Repair(ctx context.Context) (Published, error) {
	due, next, err := p.waiting(ctx)
	if err != nil {
		return Published{}, err
	}
	done, err := p.write(ctx, nil, true, true)
	done.Next = next
	if err != nil {
		return done, err
	}
	return done, errors.Join(p.done(ctx, due), p.Known.sweep(ctx))
}

// Forget forgets what was written, so that all is written again: after the app was installed anew.
func (p *Publisher) Forget(ctx context.Context) error {
	if err := p.Scope.Drop(ctx, kindWritten, nil); err != nil {
		return fmt.Errorf("forget what was written: %w", err)
	}
	return nil
}

// work is one property to write.
type work struct {
	issue Issue
	was   *written // nil where nothing was
	is    Property
	hash  behavepro.Hash
}

// write brings the properties of issues up to date: of those that keys name, or of all. Where a repository cannot be read, the
// issues that it may link to are left alone, and the error is returned with what was done.
func (p *Publisher) write(ctx context.Context, keys []behavepro.IssueKey, whole, reread bool) (Published, error) {
	counted, countErr := countAll(ctx, p.Catalog)
	if counted == nil {
		return Published{}, countErr
	}
	before, err := p.remembered(ctx)
	if err != nil {
		return Published{}, err
	}
	issues, err := p.concerned(ctx, counted, before, keys, whole, reread)
	if err != nil {
		return Published{}, err
	}
	done, all, err := p.plan(ctx, counted, before, issues)
	if err != nil {
		return done, err
	}
	left, err := p.planLeft(ctx, before)
	if err != nil {
		return done, err
	}
	err = p.apply(ctx, append(all, left...), &done)
	return done, errors.Join(err, countErr)
}

// remembered reads what was written last, by issue.
func (p *Publisher) remembered(ctx context.Context) (map[int64]*written, error) {
	all := map[int64]*written{}
	for r, err := range p.Scope.Scan(ctx, kindWritten, store.Range{}) {
		if err != nil {
			return nil, fmt.Errorf("read what was written: %w", err)
		}
		w := &written{rev: r.Rev}
		if err := decode(kindWritten, r.Body, w); err != nil {
			return nil, err
		}
		if w.id, err = parseID(r.Key); err != nil {
			return nil, err
		}
		all[w.id] = w
	}
	return all, nil
}

// concerned finds the issues that keys lead to, or all that scenarios link to or did when they were last written.
func (p *Publisher) concerned(
	ctx context.Context,
	counted *count,
	before map[int64]*written,
	keys []behavepro.IssueKey,
	whole, reread bool,
) (map[int64]Issue, error) {
	if whole {
		keys = slices.Sorted(maps.Keys(counted.byKey))
	}
	if err := p.Known.learn(ctx, keys, reread); err != nil {
		return nil, err
	}
	byKey, err := p.Known.ByKey(ctx, keys...)
	if err != nil {
		return nil, err
	}
	issues := map[int64]Issue{}
	for _, i := range byKey {
		issues[i.ID] = i
	}
	if !whole {
		return issues, nil
	}
	var unlinked []int64
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, ok := issues[id]; !ok {
			unlinked = append(unlinked, id)
		}
	}
	if reread {
		if err := p.Known.Refresh(ctx, unlinked); err != nil {
			return nil, err
		}
	}
	written, err := p.Known.ByID(ctx, unlinked...)
	if err != nil {
		return nil, err
	}
	maps.Copy(issues, written)
	return issues, nil
}

// plan decides what to write.
func (p *Publisher) plan(
	ctx context.Context,
	counted *count,
	before map[int64]*written,
	issues map[int64]Issue,
) (done Published, all []work, err error) {
	known, err := p.Known.read(ctx, slices.Sorted(maps.Keys(issues)))
	if err != nil {
		return done, nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(issues)) {
		issue, was := issues[id], before[id]
		keys := []behavepro.IssueKey{issue.Key}
		if known[id] != nil {
			keys = known[id].keys()
		}
		is, ok := counted.property(issue.Key.Project(), keys)
		if !ok {
			continue
		}
		hash := is.hash(p.Badge)
		if was == nil && !is.Linked || was != nil && was.Hash == hash {
			done.Unchanged++
			continue
		}
		all = append(all, work{issue, was, is, hash})
	}
	return done, all, nil
}

// planLeft takes back what was written to issues that are not known any more: gone, or of projects that no repository is connected
// to.
func (p *Publisher) planLeft(ctx context.Context, before map[int64]*written) (all []work, err error) {
	ids := slices.Sorted(maps.Keys(before))
	known, err := p.Known.ByID(ctx, ids...)
	if err != nil {
		return nil, err
	}
	none := shares{}.property()
	for _, id := range ids {
		if _, ok := known[id]; ok {
			continue
		}
		if !before[id].Empty {
			all = append(all, work{Issue{ID: id}, before[id], none, none.hash(p.Badge)})
		} else if err := p.Scope.Drop(ctx, kindWritten, idKey(id)); err != nil {
			return nil, fmt.Errorf("forget issue %d: %w", id, err)
		}
	}
	return all, nil
}

// apply writes properties: the first alone, which reports whether the site answers, then some at a time. The first error that is the
// site's, not an issue's, ends it.
func (p *Publisher) apply(ctx context.Context, all []work, done *Published) error {
	var mu sync.Mutex
	one := func(ctx context.Context, w *work) error {
		err := p.applyOne(ctx, w)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			done.Written++
		case errors.Is(err, behavepro.ErrNotFound):
			return p.gone(ctx, w.issue.ID)
		case refused(err):
			done.Refused = append(done.Refused, cmp.Or(w.issue.Key, behavepro.IssueKey(fmt.Sprint(w.issue.ID))))
		default:
			return err
		}
		return nil
	}
	if len(all) == 0 {
		return nil
	}
	if err := one(ctx, &all[0]); err != nil {
		return err
	}
	group, inside := errgroup.WithContext(ctx)
	group.SetLimit(writesAtOnce)
	for i := range all[1:] {
		group.Go(func() error {
			if inside.Err() != nil {
				return nil // another has told why
			}
			return one(inside, &all[1+i])
		})
	}
	err := errors.Join(group.Wait(), ctx.Err())
	slices.Sort(done.Refused)
	return err
}

// refused reports whether an error is about one issue, not the site.
func refused(err error) bool {
	for _, kind := range []error{behavepro.ErrForbidden, behavepro.ErrInvalid, behavepro.ErrLimit, behavepro.ErrConflict} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

func (p *Publisher) applyOne(ctx context.Context, w *work) error {
	if err := p.Client.SetIssueProperty(ctx, w.issue.ID, PropertyKey, w.is); err != nil {
		return err
	}
	if p.Badge != "" {
		if err := p.Client.SetIssueProperty(ctx, w.issue.ID, p.Badge, w.is.Badge()); err != nil {
			return err
		}
	}
	// Relaxed: what is lost here is written to Jira once more.
	body := encode(written{Hash: w.hash, Empty: !w.is.Linked, At: p.Now().UTC()})
	return update(
		ctx,
		p.Scope,
		store.Relaxed,
		kindWritten,
		idKey(w.issue.ID),
		func([]byte) ([]byte, []store.IndexEntry, error) { return body, nil, nil },
	)
}

// gone puts an issue aside that Jira does not show any more.
func (p *Publisher) gone(ctx context.Context, id int64) error {
	if err := p.Scope.Drop(ctx, kindWritten, idKey(id)); err != nil {
		return fmt.Errorf("forget issue %d: %w", id, err)
	}
	return p.Known.change(ctx, id, func(one *knownIssue) { one.Gone = p.Now().UTC() })
}
