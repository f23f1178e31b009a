package catalog

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

func rowKey(repo behavepro.RepositoryID, o *Outcome) store.Key {
	return store.Key{string(repo), o.Lineage.String(), o.Row.String(), o.Commit.Raw(), o.Push}
}

// matchWriter writes the rows and the summary of a push.
type matchWriter struct {
	c       *Catalog
	ctx     context.Context
	push    *Push
	rows    []store.Change
	summary storedSummary
}

func (w *matchWriter) add(o *Outcome) error {
	o.Commit, o.Push = w.push.Commit, w.push.ID
	w.rows = append(
		w.rows,
		store.Change{Action: store.PutNew, Kind: kindRow, Record: store.Record{Key: rowKey(w.push.Repository, o), Body: encode(o)}},
	)
	if o.Evidence.Stack != "" || len(o.Evidence.Attachments) > 0 {
		w.rows = append(
			w.rows,
			store.Change{
				Action: store.PutNew,
				Kind:   kindEvidence,
				Record: store.Record{Key: rowKey(w.push.Repository, o), Body: encode(o.Evidence)},
			},
		)
	}
	if err := w.summary.add(o); err != nil {
		return err
	}
	const atOnce = 2000
	if len(w.rows) < atOnce {
		return nil
	}
	return w.flush()
}

func (w *matchWriter) flush() error {
	out, err := w.c.scope.Write(w.ctx, store.Relaxed, w.rows...)
	if err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	var again []store.Change
	for i, o := range out {
		if o.Result == store.Exists { // an earlier match did not get to its end
			change := w.rows[i]
			change.Action, change.Rev = store.PutIf, o.Rev
			again = append(again, change)
		}
	}
	w.rows = w.rows[:0]
	if len(again) == 0 {
		return nil
	}
	if _, err := w.c.scope.Write(w.ctx, store.Relaxed, again...); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

func (w *matchWriter) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	key := store.Key{string(w.push.Repository), w.push.Commit.Raw(), w.push.ID}
	return w.c.upsert(w.ctx, store.Relaxed, kindSummary, key, encode(&w.summary))
}

// details completes outcomes by what only their rows hold: raw word, duration, step and message.
func (c *Catalog) details(ctx context.Context, repo behavepro.RepositoryID, outcomes []*Outcome) error {
	keys := make([]store.Key, len(outcomes))
	for i, o := range outcomes {
		keys[i] = rowKey(repo, o)
	}
	if len(keys) == 0 {
		return nil
	}
	records, err := c.scope.Get(ctx, kindRow, keys...)
	if err != nil {
		return fmt.Errorf("read results: %w", err)
	}
	for i, r := range records {
		if r.Rev == 0 {
			continue
		}
		var full Outcome
		if err := decode(kindRow, r.Body, &full); err != nil {
			return err
		}
		full.Commit, full.Push = outcomes[i].Commit, outcomes[i].Push
		*outcomes[i] = full
	}
	return c.evidenceOf(ctx, repo, outcomes)
}

// outcomesOf reads everything that pushes ever said about a scenario and its rows, at most limit outcomes.
func (c *Catalog) outcomesOf(ctx context.Context, repo behavepro.RepositoryID, l behavepro.Lineage, limit int) ([]Outcome, error) {
	var all []Outcome
	for r, err := range c.scope.Scan(ctx, kindRow, store.Range{Prefix: store.Key{string(repo), l.String()}, Limit: limit}) {
		if err != nil {
			return nil, fmt.Errorf("read results: %w", err)
		}
		var o Outcome
		if err := decode(kindRow, r.Body, &o); err != nil {
			return nil, err
		}
		if o.Commit, err = behavepro.FromRaw(r.Key[3]); err != nil {
			return nil, err
		}
		o.Push = r.Key[4]
		all = append(all, o)
	}
	return all, nil
}
