package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// tips are the commits of every ref set that was in force in the last KeepDays days, and those that runs name. Older ref sets are
// forgotten.
func (s *sweeper) tips(ctx context.Context, head Head) ([]behavepro.SHA, error) {
	log, err := s.c.refLog(ctx, s.repo.ID)
	if err != nil {
		return nil, err
	}
	cutoff := int64(s.today-KeepDays) * 24 * 60 * 60 * 1000
	inForce := map[behavepro.Hash]bool{head.RefSet: true}
	var old []refLogEntry
	for i, entry := range log {
		if i+1 < len(log) && log[i+1].at < cutoff {
			old = append(old, entry)
			continue
		}
		inForce[entry.set] = true
	}
	if err := s.forget(ctx, old, inForce); err != nil {
		return nil, err
	}
	var tips []behavepro.SHA
	for set := range inForce {
		refs, err := s.c.Refs(ctx, s.repo.ID, set)
		if err != nil {
			return nil, err
		}
		for _, r := range refs {
			tips = append(tips, r.SHA)
		}
	}
	tested, err := s.c.TestedCommits(ctx, s.repo.ID)
	return append(tips, tested...), err
}

// TestedCommits are the commits of a repository's pushes, one for each push.
func (c *Catalog) TestedCommits(ctx context.Context, id behavepro.RepositoryID) ([]behavepro.SHA, error) {
	var tested []behavepro.SHA
	for r, err := range c.scope.Scan(ctx, kindPush, store.Range{Prefix: store.Key{string(id)}, KeysOnly: true}) {
		if err != nil {
			return nil, err
		}
		sha, err := behavepro.FromRaw(r.Key[1])
		if err != nil {
			return nil, err
		}
		tested = append(tested, sha)
	}
	return tested, nil
}

// forget deletes old entries of the ref log, each after its ref set and pages, where those in force do not have them: if it is
// broken off, the next sweep finds the rest.
func (s *sweeper) forget(ctx context.Context, old []refLogEntry, inForce map[behavepro.Hash]bool) error {
	if len(old) == 0 {
		return nil
	}
	id := string(s.repo.ID)
	kept := map[behavepro.Hash]bool{}
	for set := range inForce {
		pages, err := s.c.refPages(ctx, s.repo.ID, set)
		if err != nil {
			return err
		}
		for _, p := range pages {
			kept[p] = true
		}
	}
	for _, entry := range old {
		if !inForce[entry.set] {
			pages, err := s.c.refPages(ctx, s.repo.ID, entry.set)
			if err != nil && !errors.Is(err, behavepro.ErrNotFound) {
				return err
			}
			for _, p := range pages {
				if kept[p] {
					continue
				}
				if err := s.c.scope.Drop(ctx, kindRefPage, store.Key{id, p.String()}); err != nil {
					return err
				}
			}
			if err := s.c.scope.Drop(ctx, kindRefSet, store.Key{id, entry.set.String()}); err != nil {
				return err
			}
		}
		if err := s.c.scope.Drop(ctx, kindRefLog, entry.key); err != nil {
			return err
		}
	}
	return nil
}

type refLogEntry struct {
	key store.Key
	at  int64
	set behavepro.Hash
}

// refLog reads a repository's ref log, oldest first.
func (c *Catalog) refLog(ctx context.Context, id behavepro.RepositoryID) ([]refLogEntry, error) {
	var log []refLogEntry
	for r, err := range c.scope.Scan(ctx, kindRefLog, store.Range{Prefix: store.Key{string(id)}}) {
		if err != nil {
			return nil, fmt.Errorf("read ref log: %w", err)
		}
		at, err := time.Parse(refLogTime, r.Key[1])
		if err != nil {
			return nil, fmt.Errorf("read ref log: %w: %w", behavepro.ErrCorrupt, err)
		}
		entry := refLogEntry{key: r.Key, at: at.UnixMilli()}
		if err := decode(kindRefLog, r.Body, &entry.set); err != nil {
			return nil, err
		}
		log = append(log, entry)
	}
	return log, nil
}
