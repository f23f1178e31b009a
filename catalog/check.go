package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Flaw is something that is wrong with what is stored.
type Flaw struct {
	Repository string // its name; "" where the flaw belongs to none
	What       string
	Do         string // what a person can do
}

// Checked counts what a check looked at.
type Checked struct{ Repositories, Commits, Trees, Identities, Blobs, Pushes, Attachments int }

// Add counts another check's.
func (c *Checked) Add(o Checked) {
	c.Repositories += o.Repositories
	c.Commits += o.Commits
	c.Trees += o.Trees
	c.Identities += o.Identities
	c.Blobs += o.Blobs
	c.Pushes += o.Pushes
	c.Attachments += o.Attachments
}

const restoreIt = "restore a backup; without one, remove the repository and add it again under its name: " +
	"scenarios keep their identity, its results are lost"

// Check walks what the heads and runs of a tenant lead to: content has the hash that it is named by, and everything that is
// named is there. Each flaw is told once. c must be freshly opened.
func (c *Catalog) Check(ctx context.Context, tell func(Flaw)) (Checked, error) {
	var done Checked
	repos, err := c.Repositories(ctx)
	if err != nil {
		return done, fmt.Errorf("check: %w", err)
	}
	under, err := c.nameless(ctx)
	if err != nil {
		return done, fmt.Errorf("check: %w", err)
	}
	for _, repo := range append(repos, under...) {
		s := newSurvey(c, repo, func(what string) error {
			tell(Flaw{Repository: repo.Name, What: what, Do: restoreIt})
			return ctx.Err()
		})
		for _, step := range []func(context.Context) error{s.run, s.checkMentions, s.checkPlaces, s.checkPushes, s.checkAttachments} {
			if err := step(ctx); err != nil {
				return done, fmt.Errorf("check %s: %w", repo.Name, err)
			}
		}
		done.Repositories++
		done.Commits += len(s.commits)
		done.Trees += len(s.trees)
		done.Identities += len(s.identities)
		done.Blobs += len(s.blobs)
		done.Pushes += len(s.pushes)
		done.Attachments += s.attachments
	}
	return done, nil
}

// checkMentions verifies that every key-shaped word of a reached file is found by it.
func (s *survey) checkMentions(ctx context.Context) error {
	made, err := s.mentioned(ctx)
	if err != nil {
		return err
	}
	for r, err := range s.c.scope.Scan(ctx, kindMention, store.Range{Prefix: store.Key{string(s.repo.ID)}, KeysOnly: true}) {
		if err != nil {
			return err
		}
		delete(made, mention{r.Key[1], r.Key[2]})
	}
	for m := range made {
		if err := s.flaw(fmt.Sprintf("%s names %s, and is not found by it", m.path, m.word)); err != nil {
			return err
		}
	}
	return nil
}

// checkPlaces verifies that every lineage is found at each path that it was at.
func (s *survey) checkPlaces(ctx context.Context) error {
	paths := map[behavepro.Lineage]map[string]bool{}
	err := s.lineages(ctx, func(l behavepro.Lineage, path string) {
		if paths[l] == nil {
			paths[l] = map[string]bool{}
		}
		paths[l][path] = true
	})
	if err != nil {
		return err
	}
	all := make([]behavepro.Lineage, 0, len(paths))
	for l := range paths {
		all = append(all, l)
	}
	read := func(ls ...behavepro.Lineage) ([]Place, error) { return s.c.Places(ctx, s.repo.ID, ls...) }
	return readEach(s, "place of scenario", all, read, func(l behavepro.Lineage, p Place) error {
		for path := range paths[l] {
			if !slices.Contains(p.Paths, path) {
				if err := s.flaw(fmt.Sprintf("scenario %s was at %s, and its places do not say so", l, path)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// CheckBodies opens every record of the tenant, reached or not.
func (c *Catalog) CheckBodies(ctx context.Context, tell func(Flaw)) (records int, err error) {
	var errs []error
	for _, kind := range Kinds() {
		n, err := c.scope.Verify(ctx, kind, func(key string, err error) {
			tell(Flaw{What: fmt.Sprintf("record %s of kind %s: %v", key, kind.Name, err), Do: "restore a backup"})
		})
		records += n
		errs = append(errs, err)
	}
	return records, errors.Join(errs...)
}
