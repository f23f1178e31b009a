package ingest

import (
	"context"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/match"
)

func (m *matched) describe(i int) match.Accounted {
	o := &m.outcomes[i]
	if o.Scenario < 0 {
		return match.Describe(nil, &m.reported[i], o)
	}
	f := m.files[o.File]
	one := *o
	one.File = 0
	a := match.Describe([]match.File{{Path: f.Path, Blob: f.Blob, Doc: f.Document}}, &m.reported[i], &one)
	a.Lineage = f.Identity.Scenarios[o.Scenario].Lineage
	return a
}

// found is an outcome with the match that it is from.
type found struct {
	match.Outcome
	from *matched
}

// best matches a push in every repository that shows its commit and keeps, for each result, the best outcome: matched if
// it matches in any. It writes nothing. all[0] holds the results.
func (in Ingest) best(ctx context.Context, push *catalog.Push) (all []*matched, outcomes []found, err error) {
	repos := []behavepro.RepositoryID{push.Repository}
	if push.NamesNone() {
		repos = push.Shown
	}
	for _, id := range repos {
		repo, err := in.Catalog.Repository(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		at, known, err := in.Catalog.AtCommit(ctx, repo, push.Commit)
		if err != nil {
			return nil, nil, err
		}
		if !known {
			continue
		}
		m, err := in.matchAt(ctx, push, at)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, m)
		outcomes = better(outcomes, m)
	}
	return all, outcomes, nil
}

// preference orders what may become of one result in several repositories.
var preference = map[behavepro.Accounting]int{behavepro.Matched: 3, behavepro.RetryOf: 2, behavepro.Ambiguous: 1}

func better(outcomes []found, m *matched) []found {
	if outcomes == nil {
		outcomes = make([]found, len(m.outcomes))
	}
	for i := range m.outcomes {
		if o := &outcomes[i]; o.from == nil || preference[m.outcomes[i].Accounting] > preference[o.Accounting] {
			*o = found{m.outcomes[i], m}
		}
	}
	return outcomes
}

// Account calls yield with every result of a push, in the order of the upload, until it returns false. Results of a push
// that is not matched yet are waiting.
func (in Ingest) Account(ctx context.Context, push *catalog.Push, yield func(match.Accounted) bool) error {
	if push.State == catalog.PushMatched {
		_, outcomes, err := in.best(ctx, push)
		if err != nil {
			return err
		}
		for i := range outcomes {
			if !yield(outcomes[i].from.describe(i)) {
				return nil
			}
		}
		if outcomes != nil {
			return nil
		}
	}
	m := &matched{push: push}
	if _, err := in.load(ctx, m); err != nil {
		return err
	}
	m.outcomes = match.Await(m.reported)
	for i := range m.outcomes {
		if !yield(m.describe(i)) {
			return nil
		}
	}
	return nil
}
