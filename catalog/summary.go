package catalog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// subject is what an outcome is about.
type subject struct {
	Lineage behavepro.Lineage
	Row     behavepro.RowID // zero: the scenario itself
	Wording behavepro.Wording
}

// summary is what a push proved, without details, in columns: pushes of one suite have equal subjects and share them.
type summary struct {
	subjects []subject
	statuses []byte                       // places in proofs
	tries    map[int32][]behavepro.Status // of earlier attempts, oldest first
}

// proofs are the statuses that an outcome may have.
var proofs = [...]behavepro.Status{behavepro.Passed, behavepro.Failed, behavepro.Skipped}

// storedSummary is a summary's record. A subject is its three hashes one after the other.
type storedSummary struct {
	Subjects []byte                       `cbor:"1,keyasint"`
	Statuses []byte                       `cbor:"2,keyasint"`
	Tries    map[int32][]behavepro.Status `cbor:"3,keyasint,omitempty"`
}

const hashSize = len(behavepro.Hash{})

func (s *storedSummary) add(o *Outcome) error {
	status := slices.Index(proofs[:], o.Status)
	if status < 0 {
		return fmt.Errorf("summarize a result: status %q: %w", o.Status, behavepro.ErrInvalid)
	}
	if len(o.Tries) > 0 {
		if s.Tries == nil {
			s.Tries = map[int32][]behavepro.Status{}
		}
		s.Tries[int32(len(s.Statuses))] = o.Tries
	}
	s.Subjects = append(append(append(s.Subjects, o.Lineage[:]...), o.Row[:]...), o.Wording[:]...)
	s.Statuses = append(s.Statuses, byte(status))
	return nil
}

func (s *summary) len() int { return len(s.statuses) }

func (s *summary) status(i int) behavepro.Status { return proofs[s.statuses[i]] }

func (s *summary) outcome(i int, p *Push) Outcome {
	about := &s.subjects[i]
	return Outcome{
		Lineage: about.Lineage, Row: about.Row, Wording: about.Wording, Status: s.status(i), Tries: s.tries[int32(i)], Commit: p.Commit,
		Push: p.ID,
	}
}

// summarized puts outcomes of any pushes into columns.
func summarized(outcomes []Outcome) *summary {
	s := &summary{tries: map[int32][]behavepro.Status{}}
	for i := range outcomes {
		o := &outcomes[i]
		s.subjects = append(s.subjects, subject{o.Lineage, o.Row, o.Wording})
		s.statuses = append(s.statuses, byte(max(0, slices.Index(proofs[:], o.Status))))
		if len(o.Tries) > 0 {
			s.tries[int32(i)] = o.Tries
		}
	}
	return s
}

type summaryName struct {
	repository behavepro.RepositoryID
	commit     behavepro.SHA
	push       string
}

// summary reads what a push matched. It is shared: it must not be changed.
func (c *Catalog) summary(ctx context.Context, p *Push) (*summary, error) {
	name := summaryName{p.Repository, p.Commit, p.ID}
	if s, ok := c.summaries.Get(name); ok {
		return s, nil
	}
	records, err := c.scope.Get(ctx, kindSummary, store.Key{string(p.Repository), p.Commit.Raw(), p.ID})
	if err != nil {
		return nil, fmt.Errorf("read summary: %w", err)
	}
	if records[0].Rev == 0 {
		return nil, fmt.Errorf("summary of push %s: %w", p.ID, behavepro.ErrNotFound)
	}
	var stored storedSummary
	if err := decode(kindSummary, records[0].Body, &stored); err != nil {
		return nil, err
	}
	n := len(stored.Statuses)
	if len(stored.Subjects) != 3*hashSize*n || n > 0 && int(slices.Max(stored.Statuses)) >= len(proofs) {
		return nil, fmt.Errorf("summary of push %s: its columns do not fit: %w", p.ID, behavepro.ErrCorrupt)
	}
	s := &summary{subjects: c.subjectsOf(stored.Subjects), statuses: stored.Statuses, tries: stored.Tries}
	c.summaries.Add(name, s, n+64*len(stored.Tries))
	return s, nil
}

// subjectsOf decodes subjects, or returns those that another summary has.
func (c *Catalog) subjectsOf(stored []byte) []subject {
	name := behavepro.Hash(sha256.Sum256(stored))
	if known, ok := c.subjects.Get(name); ok {
		return known
	}
	all := make([]subject, len(stored)/(3*hashSize))
	for i := range all {
		rest := stored[3*hashSize*i:]
		copy(all[i].Lineage[:], rest)
		copy(all[i].Row[:], rest[hashSize:])
		copy(all[i].Wording[:], rest[2*hashSize:])
	}
	c.subjects.Add(name, all, len(stored))
	return all
}

// Summary lists what a matched push proved, without steps and messages.
func (c *Catalog) Summary(ctx context.Context, p *Push) ([]Outcome, error) {
	s, err := c.summary(ctx, p)
	if err != nil {
		return nil, err
	}
	out := make([]Outcome, s.len())
	for i := range out {
		out[i] = s.outcome(i, p)
	}
	return out, nil
}
