package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// receivedForm orders times as text.
const receivedForm = "2006-01-02T15:04:05.000000Z"

func pushKey(p *Push) store.Key { return store.Key{string(p.Repository), p.Commit.Raw(), p.ID} }

// PutPush writes a push, new (Rev 0) or changed (the Rev that was read), and durably: what a client was told is stored.
// A push of that repository, commit and ID that is there already, or a lost race, is ErrConflict.
func (c *Catalog) PutPush(ctx context.Context, p *Push) error {
	received := p.Received.UTC().Format(receivedForm)
	record := store.Record{Key: pushKey(p), Body: encode(p), Rev: p.Rev}
	if p.State != PushUploading {
		record.Index = append(record.Index, store.IndexEntry{Index: "received", Value: store.Key{string(p.Repository), received}})
	}
	if p.State != PushMatched || (p.NamesNone() && !p.Settled) {
		record.Index = append(record.Index, store.IndexEntry{Index: "waiting", Value: store.Key{string(p.Repository), received}})
	}
	out, err := c.scope.Write(ctx, store.Durable, store.Change{Action: store.PutIf, Kind: kindPush, Record: record})
	if err != nil {
		return fmt.Errorf("write push: %w", err)
	}
	if out[0].Result != store.Done {
		return fmt.Errorf("write push %s: %w", p.ID, behavepro.ErrConflict)
	}
	p.Rev = out[0].Rev
	return nil
}

// DropPush forgets a push, not its chunks, rows and summary. It is for markers of uploads and for pushes under projects.
func (c *Catalog) DropPush(ctx context.Context, p *Push) error {
	return c.scope.Drop(ctx, kindPush, pushKey(p))
}

// Push reads one push. None is ErrNotFound.
func (c *Catalog) Push(ctx context.Context, repo behavepro.RepositoryID, commit behavepro.SHA, id string) (*Push, error) {
	records, err := c.scope.Get(ctx, kindPush, store.Key{string(repo), commit.Raw(), id})
	if err != nil {
		return nil, fmt.Errorf("read push: %w", err)
	}
	if records[0].Rev == 0 {
		return nil, fmt.Errorf("push %s: %w", id, behavepro.ErrNotFound)
	}
	return readPush(&records[0])
}

func readPush(r *store.Record) (*Push, error) {
	p := &Push{Rev: r.Rev}
	return p, decode(kindPush, r.Body, p)
}

// PushesOf lists the pushes of a commit, newest first.
func (c *Catalog) PushesOf(ctx context.Context, repo behavepro.RepositoryID, commit behavepro.SHA) ([]*Push, error) {
	all, err := c.scanPushes(ctx, store.Range{Prefix: store.Key{string(repo), commit.Raw()}})
	all = slices.DeleteFunc(all, func(p *Push) bool { return p.State == PushUploading })
	slices.SortFunc(all, func(a, b *Push) int { return cmp.Or(b.Received.Compare(a.Received), cmp.Compare(a.ID, b.ID)) })
	return all, err
}

// PushesTo lists the pushes of a repository, newest first, at most limit (0 means all).
func (c *Catalog) PushesTo(ctx context.Context, repo behavepro.RepositoryID, limit int) ([]*Push, error) {
	return c.scanPushes(ctx, store.Range{Index: "received", Prefix: store.Key{string(repo)}, Reverse: true, Limit: limit})
}

// WaitingPushes lists what is not matched yet, oldest first: of a repository, of a name made by ForProjects, or, for "",
// of all. It includes markers of uploads and, for a day, matched pushes that named no repository.
func (c *Catalog) WaitingPushes(ctx context.Context, repo behavepro.RepositoryID) ([]*Push, error) {
	r := store.Range{Index: "waiting"}
	if repo != "" {
		r.Prefix = store.Key{string(repo)}
	}
	return c.scanPushes(ctx, r)
}

func (c *Catalog) scanPushes(ctx context.Context, r store.Range) ([]*Push, error) {
	var all []*Push
	for record, err := range c.scope.Scan(ctx, kindPush, r) {
		if err != nil {
			return nil, fmt.Errorf("list pushes: %w", err)
		}
		p, err := readPush(&record)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func chunkKey(repo behavepro.RepositoryID, commit behavepro.SHA, upload string, file, part int) store.Key {
	return store.Key{string(repo), commit.Raw(), upload, fmt.Sprintf("%05d", file), fmt.Sprintf("%06d", part)}
}

// PutChunk stores a part of a report file of an upload: bytes whose meaning is the writer's. The push that names the
// upload is written after all its chunks.
func (c *Catalog) PutChunk(ctx context.Context, p *Push, file, part int, body []byte) error {
	change := store.Change{
		Action: store.PutNew,
		Kind:   kindChunk,
		Record: store.Record{Key: chunkKey(p.UploadTo, p.Commit, p.Upload, file, part), Body: body},
	}
	if _, err := c.scope.Write(ctx, store.Relaxed, change); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

// Chunks calls yield with the chunks of a push in order of file and part.
func (c *Catalog) Chunks(ctx context.Context, p *Push, yield func(body []byte) error) error {
	for r, err := range c.scope.Scan(ctx, kindChunk, store.Range{Prefix: store.Key{string(p.UploadTo), p.Commit.Raw(), p.Upload}}) {
		if err != nil {
			return fmt.Errorf("read results: %w", err)
		}
		if err := yield(r.Body); err != nil {
			return err
		}
	}
	return nil
}

// DropUpload forgets the chunks and step definitions of an upload.
func (c *Catalog) DropUpload(ctx context.Context, p *Push) error {
	if err := c.scope.Drop(ctx, kindDefinitions, definitionsKey(p)); err != nil {
		return err
	}
	return c.scope.Drop(ctx, kindChunk, store.Key{string(p.UploadTo), p.Commit.Raw(), p.Upload})
}

// pushList is a repository's pushes as they were last read.
type pushList struct {
	revision store.Revision
	byID     map[string]*Push // by commit and ID
}

// matchedPushes returns all matched pushes of a repository, in no order. Only those that changed since the last call are
// read.
func (c *Catalog) matchedPushes(ctx context.Context, repo behavepro.RepositoryID, revision store.Revision) ([]*Push, error) {
	c.mu.Lock()
	last := c.pushes[repo]
	c.mu.Unlock()
	if last == nil || last.revision != revision {
		var err error
		if last, err = c.refreshPushes(ctx, repo, last); err != nil {
			return nil, err
		}
		last.revision = revision
		c.mu.Lock()
		c.pushes[repo] = last
		c.mu.Unlock()
	}
	matched := make([]*Push, 0, len(last.byID))
	for _, p := range last.byID {
		if p.State == PushMatched {
			matched = append(matched, p)
		}
	}
	return matched, nil
}

func (c *Catalog) refreshPushes(ctx context.Context, repo behavepro.RepositoryID, last *pushList) (*pushList, error) {
	next := &pushList{byID: map[string]*Push{}}
	var missing []store.Key
	for r, err := range c.scope.Scan(ctx, kindPush, store.Range{Prefix: store.Key{string(repo)}, KeysOnly: true}) {
		if err != nil {
			return nil, fmt.Errorf("list pushes: %w", err)
		}
		name := r.Key[1] + r.Key[2]
		if last != nil && last.byID[name] != nil && last.byID[name].Rev == r.Rev {
			next.byID[name] = last.byID[name]
			continue
		}
		missing = append(missing, r.Key)
	}
	for batch := range slices.Chunk(missing, 500) {
		records, err := c.scope.Get(ctx, kindPush, batch...)
		if err != nil {
			return nil, fmt.Errorf("read pushes: %w", err)
		}
		for i := range records {
			if records[i].Rev == 0 {
				continue
			}
			p, err := readPush(&records[i])
			if err != nil {
				return nil, err
			}
			p.Files, p.Notes = nil, nil // not needed, and may be many
			next.byID[batch[i][1]+batch[i][2]] = p
		}
	}
	return next, nil
}

// ResultsRevision counts the pushes of a repository that were matched: as long as it is the same, so are all results.
func (c *Catalog) ResultsRevision(ctx context.Context, repo behavepro.RepositoryID) (store.Revision, error) {
	records, err := c.scope.Get(ctx, kindResultsRevision, store.Key{string(repo)})
	if err != nil {
		return 0, fmt.Errorf("read results revision: %w", err)
	}
	return records[0].Rev, nil
}

// PutMatch writes what a match of a waiting push gave: rows, summary, then the push, and last the results' revision.
// Matching the same push again gives the same records. A push that somebody else matched meanwhile is ErrConflict.
// outcomes is called until it says that there are no more; each lineage and row comes once.
func (c *Catalog) PutMatch(ctx context.Context, p *Push, outcomes func(yield func(*Outcome) error) error) error {
	w := &matchWriter{c: c, ctx: ctx, push: p}
	if err := outcomes(w.add); err != nil {
		return err
	}
	if err := w.finish(); err != nil {
		return err
	}
	p.State = PushMatched
	if err := c.PutPush(ctx, p); err != nil {
		return err
	}
	// The push counts from now on, whether its sender still waits or not.
	return c.upsert(context.WithoutCancel(ctx), store.Relaxed, kindResultsRevision, store.Key{string(p.Repository)}, nil)
}

// Age is how long ago a push was received.
func (p *Push) Age(now time.Time) time.Duration { return now.Sub(p.Received) }
