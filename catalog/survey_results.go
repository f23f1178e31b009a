package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// pushesByKey lists a repository's pushes by commit and id, markers of uploads among them.
func (c *Catalog) pushesByKey(ctx context.Context, id behavepro.RepositoryID) ([]*Push, error) {
	return c.scanPushes(ctx, store.Range{Prefix: store.Key{string(id)}})
}

// eachRow reads the rows that a matched push's summary names, by lineage and row. A row that is missing or says another
// thing than the summary is told.
func (s *survey) eachRow(ctx context.Context, p *Push, use func(*Outcome) error) error {
	lines, err := s.c.Summary(ctx, p)
	if err != nil {
		return s.tell(err, "summary")
	}
	slices.SortFunc(lines, func(a, b Outcome) int {
		return cmp.Or(compareLineage(a.Lineage, b.Lineage), slices.Compare(a.Row[:], b.Row[:]))
	})
	read := func(lines ...*Outcome) ([]*Outcome, error) { return s.readRows(ctx, p, lines) }
	all := make([]*Outcome, len(lines))
	for i := range lines {
		all[i] = &lines[i]
	}
	return readEach(s, "result of push "+p.ID, all, read, func(l, o *Outcome) error {
		if o == nil {
			return s.flaw(fmt.Sprintf("push %s: the result of scenario %s, row %s is missing", p.ID, l.Lineage, l.Row))
		}
		if o.Status != l.Status || o.Wording != l.Wording || !slices.Equal(o.Tries, l.Tries) {
			what := fmt.Sprintf("push %s: the result of scenario %s, row %s is not that of the summary", p.ID, l.Lineage, l.Row)
			if err := s.flaw(what); err != nil {
				return err
			}
		}
		return use(o)
	})
}

func (s *survey) readRows(ctx context.Context, p *Push, lines []*Outcome) ([]*Outcome, error) {
	keys := make([]store.Key, len(lines))
	for i, l := range lines {
		keys[i] = rowKey(p.Repository, l)
	}
	records, err := s.c.scope.Get(ctx, kindRow, keys...)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	out := make([]*Outcome, len(lines))
	for i, r := range records {
		if r.Rev == 0 {
			continue
		}
		out[i] = &Outcome{}
		if err := decode(kindRow, r.Body, out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// checkPushes verifies that every push has its chunks, its summary, its rows and nothing else.
func (s *survey) checkPushes(ctx context.Context) error {
	type name struct {
		commit behavepro.SHA
		id     string
	}
	rows := map[name]int{}
	for r, err := range s.c.scope.Scan(ctx, kindRow, store.Range{Prefix: store.Key{string(s.repo.ID)}, KeysOnly: true}) {
		if err != nil {
			return err
		}
		sha, err := behavepro.FromRaw(r.Key[3])
		if err != nil {
			return err
		}
		rows[name{sha, r.Key[4]}]++
	}
	for _, p := range s.pushes {
		if err := s.checkPush(ctx, p, rows[name{p.Commit, p.ID}]); err != nil {
			return err
		}
		delete(rows, name{p.Commit, p.ID})
	}
	for n, count := range rows {
		if err := s.flaw(fmt.Sprintf("%d results name push %s of commit %s, which is not there", count, n.id, n.commit)); err != nil {
			return err
		}
	}
	listed, err := s.c.PushesTo(ctx, s.repo.ID, 0)
	if err != nil {
		return s.tell(err, "list of pushes by time")
	}
	if len(listed) != len(s.pushes) {
		return s.flaw(fmt.Sprintf("%d pushes are listed by time, %d are stored", len(listed), len(s.pushes)))
	}
	return nil
}

func (s *survey) checkPush(ctx context.Context, p *Push, rows int) error {
	parts, want := 0, 0
	for _, f := range p.Files {
		want += f.Parts
	}
	err := s.c.Chunks(ctx, p, func([]byte) error { parts++; return nil })
	if err != nil {
		return s.tell(err, "reports of push "+p.ID)
	}
	if parts < want { // what the tests ran has parts that no file counts
		if err := s.flaw(fmt.Sprintf("push %s: %d parts of its reports are missing", p.ID, want-parts)); err != nil {
			return err
		}
	}
	if c := p.Counts; c.Matched+c.Ambiguous+c.Unmatched+c.RetryOf+c.Waiting != c.Read || c.Passed+c.Failed+c.Skipped != c.Matched {
		if err := s.flaw(fmt.Sprintf("push %s: its counts do not add up: %+v", p.ID, c)); err != nil {
			return err
		}
	}
	if err := s.checkDefinitions(ctx, p); err != nil {
		return err
	}
	if p.State != PushMatched || p.NamesNone() {
		return nil // a match that was broken off may have left rows
	}
	found := 0
	if err := s.eachRow(ctx, p, func(*Outcome) error { found++; return nil }); err != nil {
		return err
	}
	if found != p.Counts.Matched || rows != found {
		return s.flaw(
			fmt.Sprintf("push %s: it counts %d matched results, its summary has %d, and %d are stored", p.ID, p.Counts.Matched, found, rows),
		)
	}
	return nil
}

// checkDefinitions verifies that the step definitions that a push counts are there.
func (s *survey) checkDefinitions(ctx context.Context, p *Push) error {
	told, err := s.c.Definitions(ctx, p)
	if err != nil {
		return s.tell(err, "step definitions of push "+p.ID)
	}
	if len(told.All) != p.Definitions {
		return s.flaw(fmt.Sprintf("push %s: it counts %d step definitions, and %d are stored", p.ID, p.Definitions, len(told.All)))
	}
	return nil
}
