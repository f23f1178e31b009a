package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	gosync "sync"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/sync/lineage"
	"github.com/behavepro/behavepro/sync/pack"
)

// parsed is what a sync keeps in memory of each feature blob that it meets.
type parsed struct {
	sketch lineage.Sketch
	words  []string // key-shaped words in tags
	broken bool     // the document has problems
}

// blobs parses feature blobs, each once ever, and stores them.
type blobs struct {
	catalog  *catalog.Catalog
	sketches *lineage.Sketches
	paths    map[behavepro.SHA]string         // of the blobs that are to be parsed: one path that names each
	old      map[behavepro.SHA]store.Revision // of those that an older parser read
	out      *writer
	today    catalog.Day

	mu   gosync.Mutex
	done map[behavepro.SHA]*parsed
}

// visit parses one blob of a pack, if it is wanted. It runs on all cores.
func (b *blobs) visit(ctx context.Context) pack.Visit {
	return func(_ int, o pack.Object) error {
		path, want := b.paths[o.SHA]
		if !want {
			return nil
		}
		b.mu.Lock()
		_, again := b.done[o.SHA]
		if !again {
			b.done[o.SHA] = nil
		}
		b.mu.Unlock()
		if again {
			return nil
		}
		return b.add(ctx, o.SHA, gherkin.Parse(path, o.Data))
	}
}

func (b *blobs) add(ctx context.Context, sha behavepro.SHA, doc *gherkin.Document) error {
	b.note(sha, doc)
	return b.out.put(ctx, b.catalog.DocumentChange(sha, doc, b.today, b.old[sha]))
}

func (b *blobs) note(sha behavepro.SHA, doc *gherkin.Document) *parsed {
	words, _ := gherkin.Mentions(doc)
	p := &parsed{sketch: b.sketches.Of(doc), words: words, broken: len(doc.Problems) > 0}
	b.mu.Lock()
	b.done[sha] = p
	b.mu.Unlock()
	return p
}

// of returns what pairing needs of a blob, parsed by this sync or an earlier one.
func (b *blobs) of(ctx context.Context, sha behavepro.SHA) (*parsed, error) {
	b.mu.Lock()
	p := b.done[sha]
	b.mu.Unlock()
	if p != nil {
		return p, nil
	}
	docs, err := b.catalog.Documents(ctx, sha)
	if err != nil {
		return nil, err
	}
	return b.note(sha, docs[0]), nil
}

// missing lists the blobs that are still to be parsed.
func (b *blobs) missing() []behavepro.SHA {
	b.mu.Lock()
	defer b.mu.Unlock()
	var left []behavepro.SHA
	for sha := range b.paths {
		if b.done[sha] == nil {
			left = append(left, sha)
		}
	}
	return left
}

// errNotGiven: the server does not have a feature file that a commit names.
var errNotGiven = fmt.Errorf("a feature file is missing at the server: %w", behavepro.ErrUnavailable)

// get brings and parses all that is missing: from the pack that came with the commits, else by SHA, else from a fetch of everything.
func (b *blobs) get(ctx context.Context, f *fetcher, whole *wholePack, tips []behavepro.SHA) error {
	if len(b.paths) == 0 {
		return nil
	}
	if whole != nil {
		if err := b.take(ctx, f, whole.pack); err != nil {
			return err
		}
	}
	left := b.missing()
	if len(left) > 0 && f.adv.bySHA() {
		err := b.bySHA(ctx, f, left)
		if err != nil && !errors.Is(err, errWithheld) {
			return err
		}
		left = b.missing()
	}
	if len(left) > 0 {
		if err := b.fromEverything(ctx, f, tips); err != nil {
			return err
		}
	}
	// What an older parser read is better than nothing.
	left = slices.DeleteFunc(b.missing(), func(sha behavepro.SHA) bool { return b.old[sha] > 0 })
	if len(left) > 0 {
		return behavepro.Explain(
			errNotGiven,
			fmt.Sprintf(
				"%s did not give %d feature files, such as %s (blob %s)",
				f.server,
				len(left),
				b.paths[left[0]],
				left[0],
			),
			"it is tried again",
		)
	}
	return b.out.flush(ctx)
}

func (b *blobs) bySHA(ctx context.Context, f *fetcher, left []behavepro.SHA) error {
	for len(left) > 0 {
		n := min(len(left), wantsPerFetch)
		s := &spool{dir: f.tmp}
		p, err := f.receive(ctx, f.adv.request(left[:n], nil, f.multiACK), s, "fetching")
		if err == nil {
			err = b.take(ctx, f, p)
		}
		s.close()
		if err != nil {
			return err
		}
		if err := b.tooLarge(ctx, p, left[:n]); err != nil {
			return err
		}
		left = left[n:]
	}
	return nil
}

// fromEverything fetches once without haves, for servers that give neither partial packs nor objects by SHA.
func (b *blobs) fromEverything(ctx context.Context, f *fetcher, tips []behavepro.SHA) error {
	s := &spool{dir: f.tmp}
	defer s.close()
	p, err := f.receive(ctx, f.adv.request(tips, nil, f.multiACK), s, "fetching")
	if err != nil {
		return err
	}
	if err := b.take(ctx, f, p); err != nil {
		return err
	}
	return b.tooLarge(ctx, p, b.missing())
}

func (b *blobs) take(ctx context.Context, f *fetcher, p *pack.Pack) error {
	f.progress("parsing", 0, int64(len(b.paths)))
	parse := b.visit(ctx)
	var count int64
	_, err := p.Resolve(ctx, gherkin.MaxBlobBytes, f.yielding(ctx, func(worker int, o pack.Object) error {
		if _, want := b.paths[o.SHA]; want {
			b.mu.Lock()
			count++
			n := count
			b.mu.Unlock()
			if n%64 == 0 {
				f.progress("parsing", n, int64(len(b.paths)))
			}
		}
		return parse(worker, o)
	}), pack.Blob)
	if err != nil {
		if errors.Is(err, behavepro.ErrCorrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
			return f.unreadable(err)
		}
		return fmt.Errorf("read feature files: %w", err)
	}
	return nil
}

// tooLarge keeps a problem for each of the wanted blobs that a pack held but that is over the bound.
func (b *blobs) tooLarge(ctx context.Context, p *pack.Pack, wanted []behavepro.SHA) error {
	if p.Skipped() == 0 {
		return nil
	}
	for _, sha := range wanted {
		b.mu.Lock()
		have := b.done[sha] != nil
		b.mu.Unlock()
		if have {
			continue
		}
		doc := &gherkin.Document{Parser: gherkin.ParserVersion, Problems: []gherkin.Problem{{
			Message: fmt.Sprintf("the file is larger than %d MB and was not read", gherkin.MaxBlobBytes>>20),
		}}}
		if err := b.add(ctx, sha, doc); err != nil {
			return err
		}
	}
	return nil
}

// writer gathers changes into batches that keep the store's writer busy for a short time each.
type writer struct {
	catalog *catalog.Catalog

	mu      gosync.Mutex
	pending []store.Change
	bytes   int
}

const (
	batchChanges = 1000
	batchBytes   = 1 << 20
)

func (w *writer) put(ctx context.Context, changes ...store.Change) error {
	w.mu.Lock()
	w.pending = append(w.pending, changes...)
	for _, c := range changes {
		w.bytes += len(c.Body)
	}
	var batch []store.Change
	if len(w.pending) >= batchChanges || w.bytes >= batchBytes {
		batch, w.pending, w.bytes = w.pending, nil, 0
	}
	w.mu.Unlock()
	return w.write(ctx, batch)
}

func (w *writer) flush(ctx context.Context) error {
	w.mu.Lock()
	batch := w.pending
	w.pending, w.bytes = nil, 0
	w.mu.Unlock()
	return w.write(ctx, batch)
}

func (w *writer) write(ctx context.Context, batch []store.Change) error {
	if len(batch) == 0 {
		return nil
	}
	out, err := w.catalog.Write(ctx, store.Relaxed, batch...)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	var gone []store.Change // swept since it was looked for, or read again by another sync
	for i, o := range out {
		if c := batch[i]; o.Result == store.Conflict {
			c.Action, c.Rev = store.PutNew, 0
			gone = append(gone, c)
		}
	}
	return w.write(ctx, gone)
}
