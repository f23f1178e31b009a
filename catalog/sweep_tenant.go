package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// tenantSweep stands in the place of a repository in the note of a tenant's sweep.
const tenantSweep = "-"

// SweepTenant deletes the content of repositories that were removed KeepDays days ago, and the blobs that no stored tree of any
// repository names and nobody has seen for KeepDays days.
func (c *Catalog) SweepTenant(ctx context.Context, now time.Time) (Swept, error) {
	today := DayOf(now)
	if _, due, err := c.startSweep(ctx, store.Key{tenantSweep}, today); err != nil || !due {
		return Swept{}, err
	}
	if err := c.dropRemoved(ctx, today); err != nil {
		return Swept{}, fmt.Errorf("sweep removed repositories: %w", err)
	}
	named, err := c.namedBlobs(ctx)
	if err != nil {
		return Swept{}, fmt.Errorf("sweep blobs: %w", err)
	}
	var done Swept
	for r, err := range c.scope.Scan(ctx, kindBlob, store.Range{KeysOnly: true}) {
		if err != nil {
			return done, fmt.Errorf("sweep blobs: %w", err)
		}
		sha, err := behavepro.FromRaw(r.Key[0])
		if err != nil {
			return done, err
		}
		if named[sha] {
			continue
		}
		gone, err := c.deleteUnseen(ctx, sha, today)
		if err != nil {
			return done, fmt.Errorf("sweep blob %s: %w", sha, err)
		}
		if gone {
			done.Blobs++
		}
	}
	return done, nil
}

func (c *Catalog) deleteUnseen(ctx context.Context, sha behavepro.SHA, today Day) (bool, error) {
	key := store.Key{sha.Raw()}
	records, err := c.scope.Get(ctx, kindBlob, key)
	if err != nil || records[0].Rev == 0 {
		return false, err
	}
	if seen, _ := splitDay(records[0].Body); today-seen <= KeepDays {
		return false, nil
	}
	out, err := c.scope.Write(
		ctx,
		store.Relaxed,
		store.Change{Action: store.DeleteIf, Kind: kindBlob, Record: store.Record{Key: key, Rev: records[0].Rev}},
	)
	if err != nil || out[0].Result != store.Done {
		return false, err
	}
	c.documents.Remove(sha)
	return true, nil
}

// namedBlobs collects the blobs that the stored commits of all repositories name.
func (c *Catalog) namedBlobs(ctx context.Context) (map[behavepro.SHA]bool, error) {
	roots := map[behavepro.RepositoryID]map[behavepro.Hash]bool{}
	for r, err := range c.scope.Scan(ctx, kindCommit, store.Range{}) {
		if err != nil {
			return nil, err
		}
		var commit Commit
		if err := decode(kindCommit, r.Body, &commit); err != nil {
			return nil, err
		}
		id := behavepro.RepositoryID(r.Key[0])
		if roots[id] == nil {
			roots[id] = map[behavepro.Hash]bool{}
		}
		roots[id][commit.Tree] = true
	}
	named := map[behavepro.SHA]bool{}
	for id, trees := range roots {
		found, err := c.contentOf(ctx, id, slices.Collect(maps.Keys(trees)), nil)
		if err != nil {
			return nil, err
		}
		for sha := range found.blobs {
			named[sha] = true
		}
	}
	return named, nil
}

func (c *Catalog) dropRemoved(ctx context.Context, today Day) error {
	for r, err := range c.scope.Scan(ctx, kindSweep, store.Range{}) {
		if err != nil {
			return err
		}
		var note sweepNote
		if err := decode(kindSweep, r.Body, &note); err != nil {
			return err
		}
		if note.Removed == 0 || today-note.Removed < leftoverDays {
			continue
		}
		gone, err := c.dropLeftovers(ctx, r.Key)
		if err != nil {
			return err
		}
		if !gone || today-note.Removed <= KeepDays {
			continue
		}
		for _, kind := range Kinds() {
			if kind.Key[0].Name != inRepository.Name || kind == kindSweep {
				continue
			}
			if err := c.scope.Drop(ctx, kind, r.Key[:1]); err != nil {
				return err
			}
		}
		if err := c.scope.DropObject(ctx, r.Key[0], ""); err != nil {
			return err
		}
		if err := c.scope.Drop(ctx, kindSweep, r.Key); err != nil {
			return err
		}
	}
	return nil
}

// dropLeftovers deletes what a removal that failed left behind. A repository that is there was not removed: the note ends.
func (c *Catalog) dropLeftovers(ctx context.Context, key store.Key) (gone bool, err error) {
	records, err := c.scope.Get(ctx, kindRepository, key)
	if err != nil {
		return false, err
	}
	if records[0].Rev > 0 {
		return false, c.noteSweep(ctx, store.Relaxed, key, func(n *sweepNote) { n.Removed = 0 })
	}
	return true, c.dropSettings(ctx, behavepro.RepositoryID(key[0]))
}

// leftoverDays is how old a removal is before its leftovers are deleted: a repository that is being connected has such a note, too.
const leftoverDays = 2

// Removed lists the repositories whose leftovers a sweep deletes: they were removed between leftoverDays and KeepDays days ago, or never
// connected to the end.
func (c *Catalog) Removed(ctx context.Context, now time.Time) ([]behavepro.RepositoryID, error) {
	var all []behavepro.RepositoryID
	for r, err := range c.scope.Scan(ctx, kindSweep, store.Range{}) {
		var note sweepNote
		if err == nil {
			err = decode(kindSweep, r.Body, &note)
		}
		if err != nil {
			return nil, fmt.Errorf("list removed repositories: %w", err)
		}
		if note.Removed == 0 || DayOf(now)-note.Removed < leftoverDays {
			continue
		}
		records, err := c.scope.Get(ctx, kindRepository, r.Key)
		if err != nil {
			return nil, fmt.Errorf("list removed repositories: %w", err)
		}
		if records[0].Rev == 0 {
			all = append(all, behavepro.RepositoryID(r.Key[0]))
		}
	}
	return all, nil
}
