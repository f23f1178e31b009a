package catalog

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// summaryLine is an outcome in a push's summary.
type summaryLine struct {
	Lineage behavepro.Lineage  `cbor:"1,keyasint"`
	Row     behavepro.RowID    `cbor:"2,keyasint,omitzero"`
	Wording behavepro.Wording  `cbor:"3,keyasint"`
	Status  behavepro.Status   `cbor:"4,keyasint"`
	Tries   []behavepro.Status `cbor:"5,keyasint,omitempty"`
}

func (l *summaryLine) outcome(p *Push) Outcome {
	return Outcome{Lineage: l.Lineage, Row: l.Row, Status: l.Status, Wording: l.Wording, Tries: l.Tries, Commit: p.Commit, Push: p.ID}
}

type summaryName struct {
	repository behavepro.RepositoryID
	commit     behavepro.SHA
	push       string
}

func rowKey(repo behavepro.RepositoryID, o *Outcome) store.Key {
	return store.Key{string(repo), o.Lineage.String(), o.Row.String(), o.Commit.Raw(), o.Push}
}

// matchWriter writes the rows and the summary of a push.
type matchWriter struct {
	c       *Catalog
	ctx     context.Context
	push    *Push
	rows    []store.Change
	summary []summaryLine
}

func (w *matchWriter) add(o *Outcome) error {
	o.Commit, o.Push = w.push.Commit, w.push.ID
	w.rows = append(w.rows, store.Change{Action: store.PutNew, Kind: kindRow, Record: store.Record{Key: rowKey(w.push.Repository, o), Body: encode(o)}})
	w.summary = append(w.summary, summaryLine{o.Lineage, o.Row, o.Wording, o.Status, o.Tries})
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
	return w.c.upsert(w.ctx, store.Relaxed, kindSummary, key, encode(w.summary))
}

// summary reads what a push matched.
func (c *Catalog) summary(ctx context.Context, p *Push) ([]summaryLine, error) {
	name := summaryName{p.Repository, p.Commit, p.ID}
	if lines, ok := c.summaries.Get(name); ok {
		return lines, nil
	}
	records, err := c.scope.Get(ctx, kindSummary, store.Key{string(p.Repository), p.Commit.Raw(), p.ID})
	if err != nil {
		return nil, fmt.Errorf("read summary: %w", err)
	}
	if records[0].Rev == 0 {
		return nil, fmt.Errorf("summary of push %s: %w", p.ID, behavepro.ErrNotFound)
	}
	var lines []summaryLine
	if err := decode(kindSummary, records[0].Body, &lines); err != nil {
		return nil, err
	}
	c.summaries.Add(name, lines, 150*len(lines))
	return lines, nil
}

// Summary lists what a matched push proved, without steps and messages.
func (c *Catalog) Summary(ctx context.Context, p *Push) ([]Outcome, error) {
	lines, err := c.summary(ctx, p)
	if err != nil {
		return nil, err
	}
	out := make([]Outcome, len(lines))
	for i := range lines {
		out[i] = lines[i].outcome(p)
	}
	return out, nil
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
	return nil
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
