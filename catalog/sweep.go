package catalog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// KeepDays is how long content stays that no ref and no run reaches.
const KeepDays = 30

// Day counts days since 1970, in UTC.
type Day int32

// DayOf is the day of a time.
func DayOf(t time.Time) Day { return Day(t.Unix() / (24 * 60 * 60)) }

func withDay(d Day, body []byte) []byte { return append(binary.AppendUvarint(nil, uint64(d)), body...) }

func splitDay(body []byte) (Day, []byte) {
	d, n := binary.Uvarint(body)
	if n <= 0 {
		return 0, body
	}
	return Day(d), body[n:]
}

// sweepNote says what a sweep is doing, so that one that is broken off can be finished.
type sweepNote struct {
	Removed Day              `cbor:"1,keyasint,omitempty"` // the repository was removed then
	Trees   []behavepro.Hash `cbor:"2,keyasint,omitempty"` // root trees of commits that are being deleted
	Last    Day              `cbor:"3,keyasint,omitempty"` // when the last sweep looked
}

// startSweep reads the note of what is to be swept. After a long time without a sweep, which may be a clock that jumped, the first
// one only notes the day: what it takes for old might be new.
func (c *Catalog) startSweep(ctx context.Context, key store.Key, today Day) (note sweepNote, due bool, err error) {
	err = c.noteSweep(ctx, store.Relaxed, key, func(n *sweepNote) {
		gap := today - n.Last
		due = gap >= 0 && gap <= KeepDays/2
		n.Last = today
		note = *n
	})
	return note, due, err
}

// noteSweep changes a note; what others write meanwhile, such as that the repository was removed, stays.
func (c *Catalog) noteSweep(ctx context.Context, d store.Durability, key store.Key, edit func(*sweepNote)) error {
	for {
		records, err := c.scope.Get(ctx, kindSweep, key)
		if err != nil {
			return err
		}
		var note sweepNote
		if records[0].Rev > 0 {
			if err := decode(kindSweep, records[0].Body, &note); err != nil {
				return err
			}
		}
		edit(&note)
		if _, err = c.put(ctx, d, kindSweep, key, records[0].Rev, encode(note)); !errors.Is(err, behavepro.ErrConflict) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// Swept counts what a sweep deleted.
type Swept struct{ Commits, Trees, Identities, Blobs int }

// SweepRepository deletes the commits of a repository that no ref set of the last KeepDays days and no run reaches, with the trees and
// identities that only they had. It must not run beside a sync of the same repository.
func (c *Catalog) SweepRepository(ctx context.Context, repo *Repository, now time.Time) (Swept, error) {
	s := &sweeper{c: c, repo: repo, today: DayOf(now)}
	if err := s.run(ctx); err != nil {
		return s.done, fmt.Errorf("sweep %s: %w", repo.Name, err)
	}
	return s.done, nil
}

// sweeper is one sweep of one repository.
type sweeper struct {
	c       *Catalog
	repo    *Repository
	today   Day
	commits map[behavepro.SHA]*Commit
	revs    map[behavepro.SHA]store.Revision
	done    Swept
}

func (s *sweeper) run(ctx context.Context) error {
	key := store.Key{string(s.repo.ID)}
	note, due, err := s.c.startSweep(ctx, key, s.today)
	if err != nil || !due {
		return err
	}
	head, err := s.c.Head(ctx, s.repo.ID)
	if err != nil || head.RefSet.IsZero() {
		return err
	}
	if err := s.load(ctx, head.View); err != nil {
		return err
	}
	tips, err := s.tips(ctx, head)
	if err != nil {
		return err
	}
	reached := s.reach(tips)
	gone := s.gone(reached)
	if len(gone) == 0 && len(note.Trees) == 0 {
		return nil
	}
	for _, commit := range gone {
		note.Trees = append(note.Trees, commit.Tree)
	}
	if err := s.c.noteSweep(ctx, store.Durable, key, func(n *sweepNote) { n.Trees = note.Trees }); err != nil {
		return err
	}
	if err := s.deleteCommits(ctx, head.View, gone); err != nil {
		return err
	}
	if err := s.deleteTrees(ctx, note.Trees); err != nil {
		return err
	}
	s.c.mu.Lock()
	delete(s.c.graphs, s.repo.ID)
	s.c.mu.Unlock()
	return s.c.noteSweep(ctx, store.Durable, key, func(n *sweepNote) { n.Trees = nil })
}

// load reads all commits of the view.
func (s *sweeper) load(ctx context.Context, view View) error {
	s.commits, s.revs = map[behavepro.SHA]*Commit{}, map[behavepro.SHA]store.Revision{}
	for r, err := range s.c.scope.Scan(ctx, kindCommit, store.Range{Prefix: store.Key{string(s.repo.ID), string(view)}}) {
		if err != nil {
			return err
		}
		sha, err := behavepro.FromRaw(r.Key[2])
		if err != nil {
			return err
		}
		s.commits[sha], s.revs[sha] = &Commit{SHA: sha}, r.Rev
		if err := decode(kindCommit, r.Body, s.commits[sha]); err != nil {
			return err
		}
	}
	return nil
}

func (s *sweeper) reach(tips []behavepro.SHA) map[behavepro.SHA]bool {
	reached := map[behavepro.SHA]bool{}
	for stack := tips; len(stack) > 0; {
		sha := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		commit := s.commits[sha]
		if commit == nil || reached[sha] {
			continue
		}
		reached[sha] = true
		stack = append(stack, commit.Parents...)
	}
	return reached
}

// gone lists what is not reached and was not indexed lately, children before parents: if the deletion is broken off, every commit
// that is left still has its ancestors.
func (s *sweeper) gone(reached map[behavepro.SHA]bool) []*Commit {
	var gone []*Commit
	children := map[behavepro.SHA]int{}
	young := map[behavepro.SHA]bool{} // indexed lately, such as a commit that only results named
	for sha, commit := range s.commits {
		if !reached[sha] && s.today-commit.Seen <= KeepDays {
			young[sha] = true
		}
	}
	for sha := range s.reach(slices.Collect(maps.Keys(young))) {
		reached[sha] = true
	}
	for sha, commit := range s.commits {
		if !reached[sha] {
			gone = append(gone, commit)
			for _, p := range commit.Parents {
				children[p]++
			}
		}
	}
	slices.SortFunc(gone, func(a, b *Commit) int { return behavepro.CompareSHA(a.SHA, b.SHA) })
	var order, ready []*Commit
	for _, commit := range gone {
		if children[commit.SHA] == 0 {
			ready = append(ready, commit)
		}
	}
	for len(ready) > 0 {
		commit := ready[len(ready)-1]
		ready, order = ready[:len(ready)-1], append(order, commit)
		for _, p := range commit.Parents {
			if children[p]--; children[p] == 0 && s.commits[p] != nil && !reached[p] {
				ready = append(ready, s.commits[p])
			}
		}
	}
	return order
}

func (s *sweeper) deleteCommits(ctx context.Context, view View, gone []*Commit) error {
	for batch := range slices.Chunk(gone, 1000) {
		changes := make([]store.Change, len(batch))
		for i, commit := range batch {
			changes[i] = store.Change{Action: store.DeleteIf, Kind: kindCommit, Record: store.Record{
				Key: store.Key{string(s.repo.ID), string(view), commit.SHA.Raw()}, Rev: s.revs[commit.SHA],
			}}
		}
		if _, err := s.c.scope.Write(ctx, store.Relaxed, changes...); err != nil {
			return err
		}
		for _, commit := range batch {
			delete(s.commits, commit.SHA)
		}
		s.done.Commits += len(batch)
	}
	return nil
}

// deleteTrees deletes what the trees hold and no remaining commit does: identities first, then directories from the leaves up.
func (s *sweeper) deleteTrees(ctx context.Context, roots []behavepro.Hash) error {
	var stay []behavepro.Hash
	for _, commit := range s.commits {
		stay = append(stay, commit.Tree)
	}
	kept, err := s.c.contentOf(ctx, s.repo.ID, stay, nil)
	if err != nil {
		return err
	}
	gone, err := s.c.contentOf(ctx, s.repo.ID, roots, kept)
	if err != nil {
		return err
	}
	id := string(s.repo.ID)
	for hash := range gone.identities {
		if err := s.c.scope.Drop(ctx, kindIdentity, store.Key{id, hash.String()}); err != nil {
			return err
		}
		s.c.identities.Remove(treeName{s.repo.ID, hash})
	}
	slices.Reverse(gone.order)
	for _, hash := range gone.order {
		if err := s.c.scope.Drop(ctx, kindTree, store.Key{id, hash.String()}); err != nil {
			return err
		}
		s.c.trees.Remove(treeName{s.repo.ID, hash})
	}
	s.done.Identities, s.done.Trees = len(gone.identities), len(gone.order)
	return nil
}
