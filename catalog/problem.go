package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// MaxProblems is how many problems of a repository are kept: those of the newest commits. One more says how many others there were.
const MaxProblems = 1000

// moreProblems is the ID of the problem that says so.
const moreProblems = "more"

// Problem is something of a repository that could not be read and is not bound to a blob.
type Problem struct {
	ID         string        `cbor:"1,keyasint" json:"id"`
	Commit     behavepro.SHA `cbor:"2,keyasint,omitzero" json:"commit,omitzero"`
	Path       string        `cbor:"3,keyasint,omitempty" json:"path,omitempty"`
	Message    string        `cbor:"4,keyasint" json:"message"`
	At         time.Time     `cbor:"5,keyasint" json:"at"`
	CommitTime int64         `cbor:"6,keyasint,omitempty" json:"-"` // Unix seconds; 0 where it has none, and At counts
	More       int           `cbor:"7,keyasint,omitempty" json:"-"` // of the one that says how many are not kept
}

// byAge orders problems: those of newer commits first, the one that says how many more last.
func (p Problem) byAge(q Problem) int {
	when := func(p Problem) int64 {
		switch {
		case p.More > 0:
			return math.MinInt64
		case p.CommitTime > 0:
			return p.CommitTime
		}
		return p.At.Unix()
	}
	return cmp.Or(cmp.Compare(when(q), when(p)), cmp.Compare(p.ID, q.ID))
}

// PutProblem is PutProblems of one.
func (c *Catalog) PutProblem(ctx context.Context, id behavepro.RepositoryID, p Problem) error {
	return c.PutProblems(ctx, id, p)
}

// PutProblems writes or refreshes problems; its ID makes a repeated one count once. Where the repository has more than MaxProblems,
// those of older commits are dropped and counted; one that is told again after it was dropped is counted again.
func (c *Catalog) PutProblems(ctx context.Context, id behavepro.RepositoryID, problems ...Problem) error {
	dropped := map[string]bool{}
	for len(problems) > 0 {
		err := c.putProblems(ctx, id, problems, dropped)
		if err == nil {
			break
		}
		if !errors.Is(err, behavepro.ErrConflict) || ctx.Err() != nil {
			return fmt.Errorf("keep problems: %w", err)
		}
	}
	if len(dropped) == 0 {
		return nil
	}
	return c.countMore(ctx, id, len(dropped), problems[0].At)
}

// putProblems tries once, and notes in dropped what there is no room for. ErrConflict means that another one wrote meanwhile.
func (c *Catalog) putProblems(ctx context.Context, id behavepro.RepositoryID, problems []Problem, dropped map[string]bool) error {
	revs := map[string]store.Revision{}
	for r, err := range c.scope.Scan(ctx, kindProblem, store.Range{Prefix: store.Key{string(id)}, KeysOnly: true}) {
		if err != nil {
			return err
		}
		if name := r.Key[1]; name != moreProblems {
			revs[name] = r.Rev
		}
	}
	keep := map[string]Problem{}
	for _, p := range problems {
		keep[p.ID] = p
	}
	var gone []string
	if both := len(keep) + len(revs); both > MaxProblems {
		var err error
		if gone, err = c.cutProblems(ctx, id, keep, revs); err != nil {
			return err
		}
	}
	var changes []store.Change
	for _, p := range keep {
		changes = append(
			changes,
			store.Change{
				Action: store.PutIf,
				Kind:   kindProblem,
				Record: store.Record{Key: store.Key{string(id), p.ID}, Rev: revs[p.ID], Body: encode(p)},
			},
		)
		delete(dropped, p.ID)
	}
	for _, name := range gone {
		if dropped[name] = true; revs[name] != 0 {
			changes = append(
				changes,
				store.Change{Action: store.DeleteIf, Kind: kindProblem, Record: store.Record{Key: store.Key{string(id), name}, Rev: revs[name]}},
			)
		}
	}
	out, err := c.scope.Write(ctx, store.Relaxed, changes...)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(out, func(o store.Outcome) bool { return o.Result != store.Done }) {
		return behavepro.ErrConflict
	}
	return nil
}

// cutProblems leaves in keep what there is room for beside what is stored, and lists what must go of both.
func (c *Catalog) cutProblems(
	ctx context.Context,
	id behavepro.RepositoryID,
	keep map[string]Problem,
	revs map[string]store.Revision,
) (gone []string, err error) {
	stored, err := c.Problems(ctx, id)
	if err != nil {
		return nil, err
	}
	var all []Problem
	for _, p := range stored {
		if _, again := keep[p.ID]; !again && revs[p.ID] != 0 {
			all = append(all, p)
		}
	}
	for _, p := range keep {
		all = append(all, p)
	}
	slices.SortFunc(all, Problem.byAge)
	for _, p := range all[min(len(all), MaxProblems):] {
		delete(keep, p.ID)
		gone = append(gone, p.ID)
	}
	return gone, nil
}

// countMore adds to the problem that says how many are not kept.
func (c *Catalog) countMore(ctx context.Context, id behavepro.RepositoryID, n int, at time.Time) error {
	key := store.Key{string(id), moreProblems}
	for {
		records, err := c.scope.Get(ctx, kindProblem, key)
		if err != nil {
			return err
		}
		var p Problem
		if records[0].Rev != 0 {
			if err := decode(kindProblem, records[0].Body, &p); err != nil {
				return err
			}
		}
		p = Problem{ID: moreProblems, At: at, More: p.More + n}
		p.Message = fmt.Sprintf("%d more problems, of older commits, are not kept: a repository keeps %d", p.More, MaxProblems)
		_, err = c.put(ctx, store.Relaxed, kindProblem, key, records[0].Rev, encode(p))
		if !errors.Is(err, behavepro.ErrConflict) || ctx.Err() != nil {
			return err
		}
	}
}

// SolveProblem forgets a problem.
func (c *Catalog) SolveProblem(ctx context.Context, id behavepro.RepositoryID, problem string) error {
	return c.scope.Drop(ctx, kindProblem, store.Key{string(id), problem})
}

// Problems lists the problems of a repository, those of newer commits first.
func (c *Catalog) Problems(ctx context.Context, id behavepro.RepositoryID) ([]Problem, error) {
	var all []Problem
	for r, err := range c.scope.Scan(ctx, kindProblem, store.Range{Prefix: store.Key{string(id)}}) {
		if err != nil {
			return nil, err
		}
		var p Problem
		if err := decode(kindProblem, r.Body, &p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	slices.SortFunc(all, Problem.byAge)
	return all, nil
}
