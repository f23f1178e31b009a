package ingest

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/results/report"
)

// Bounds of a push. One that is hit refuses the push and says which.
const (
	MaxPushFiles   = 10_000
	MaxPushResults = 1_000_000
	MaxTestedFiles = 500_000
	maxNotes       = 200
	maxAhead       = 24 * time.Hour // how far a clock may be ahead of ours
)

// Ingest takes pushes of results in, matches them and accounts for them, for one tenant.
type Ingest struct {
	Catalog *catalog.Catalog
	Bounds  Bounds // of a push; the zero value is right outside of tests
}

// Bounds of a push and of each report in it. 0 takes MaxPushFiles, MaxPushResults and MaxTestedFiles.
type Bounds struct {
	Files, Results, Tested int
	Report                 report.Bounds
}

// Upload is a push as it arrives: the run it belongs to, without counts and files.
type Upload struct {
	// Push says what is known beforehand. Its ID, state, counts, files and times of receipt are filled in; Started is the
	// client's own start, zero where it told none; Repository may be a name made by catalog.ForProjects.
	Push catalog.Push
	// Key is the client's Idempotency-Key; "" makes one of the content.
	Key string
	// Format is the word that forces the format of all files; "" lets their content decide.
	Format string
	// Tested are the blobs of the feature files that the tests ran, by path; nil where they are not known.
	Tested map[string]behavepro.SHA
}

// NextFile gives the next report file of an upload; io.EOF is the end. A body is valid until the next call.
type NextFile func() (name string, body io.Reader, err error)

// Accept reads the reports of an upload as streams and stores it durably as waiting; it matches nothing. The same push
// sent twice is stored once: repeated tells so, and stored is the first one as it is now. After an error nothing of the
// upload counts. Too many files or results are ErrLimit.
func (in Ingest) Accept(ctx context.Context, up Upload, next NextFile, now time.Time) (stored *catalog.Push, repeated bool, err error) {
	if up.Push.Commit.IsZero() || up.Push.Repository == "" {
		return nil, false, fmt.Errorf("accept push: it names no commit or repository: %w", behavepro.ErrInvalid)
	}
	if err := report.CheckFormat(up.Format); err != nil {
		return nil, false, err
	}
	if err := in.Catalog.Room(); err != nil {
		return nil, false, err
	}
	if most := cmp.Or(in.Bounds.Tested, MaxTestedFiles); len(up.Tested) > most {
		return nil, false, behavepro.Explain(
			behavepro.ErrLimit,
			fmt.Sprintf("more than %d feature files in the checkout", most),
			"push from a checkout of fewer files",
		)
	}
	r := receiving{in: in, push: up.Push, format: up.Format, now: now, definitions: report.DefinitionSet{Max: in.Bounds.Report.Definitions}}
	p := &r.push
	p.Upload, p.UploadTo = "upload-"+rand.Text(), p.Repository
	p.Received, p.State, p.Files, p.Rev = now.UTC(), catalog.PushWaiting, nil, 0
	if r.evidence, err = in.evidence(ctx, p); err != nil {
		return nil, false, err
	}
	marker := &catalog.Push{
		ID: p.Upload, Repository: p.Repository, Commit: p.Commit, Received: p.Received, State: catalog.PushUploading,
		Upload: p.Upload, UploadTo: p.UploadTo,
	}
	if err := in.Catalog.PutPush(ctx, marker); err != nil {
		return nil, false, err
	}
	unsure := false // whether the push names the upload
	defer func() {
		if unsure {
			return // the sweep finds out
		}
		if err != nil || repeated {
			err = errors.Join(err, in.Catalog.DropUpload(context.WithoutCancel(ctx), marker))
		}
		err = errors.Join(err, in.Catalog.DropPush(context.WithoutCancel(ctx), marker))
	}()
	if err := r.files(ctx, next); err != nil {
		return nil, false, err
	}
	if err := r.tested(ctx, up.Tested); err != nil {
		return nil, false, err
	}
	r.finish()
	told := r.definitions.Definitions()
	if err := in.Catalog.PutDefinitions(ctx, p, &told); err != nil {
		return nil, false, err
	}
	if err := in.Catalog.ExpectAttachments(ctx, p.UploadTo, slices.Collect(maps.Values(r.named)), now); err != nil {
		return nil, false, err
	}
	p.ID = keyOfPush(p, up.Key, up.Format)
	err = in.Catalog.PutPush(ctx, p)
	if errors.Is(err, behavepro.ErrConflict) {
		stored, err = in.Catalog.Push(ctx, p.Repository, p.Commit, p.ID)
		return stored, err == nil, err
	}
	unsure = err != nil // the write may have been done, and its answer lost
	return p, false, err
}

// keyOfPush makes the same push count once: by the client's key, else by what it says. A push that a CI job proved is never
// taken for one that somebody sent before it by an API token.
func keyOfPush(p *catalog.Push, key, format string) string {
	first := "push"
	if key != "" {
		first = "idempotency key"
	}
	if p.OIDC != nil {
		first += " of a CI job at " + p.OIDC.Issuer
	}
	if key != "" {
		return behavepro.Sum(first, string(p.Repository), p.Commit.String(), key).String()
	}
	parts := []string{first, string(p.Repository), p.Commit.String(), behavepro.ParamSet(p.Params), p.Build, p.Run, strconv.Itoa(p.Attempt)}
	if format != "" {
		parts = append(parts, "format "+format)
	}
	if p.Shard != "" {
		parts = append(parts, "shard", p.Shard)
	}
	if p.Closes {
		parts = append(parts, "closes")
	}
	sums := make([]string, len(p.Files))
	for i, f := range p.Files {
		sums[i] = f.SHA256
	}
	slices.Sort(sums)
	return behavepro.Sum(append(parts, sums...)...).String()
}

// receiving is an upload being read.
type receiving struct {
	in       Ingest
	push     catalog.Push
	format   string
	now      time.Time
	total    int
	dropped  int
	evidence catalog.Masking
	named    map[behavepro.Hash]model.AttachmentRef // attachments that results name
	unkept   int                                    // attachments that the projects do not keep
	full     atomic.Int64                           // attachments for which there was no room
	unknown  map[string]int
	ahead    bool

	definitions report.DefinitionSet
}

func (r *receiving) files(ctx context.Context, next NextFile) error {
	for n := 0; ; n++ {
		name, body, err := next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read push: %w", err)
		}
		if most := cmp.Or(r.in.Bounds.Files, MaxPushFiles); n == most {
			return behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("more than %d report files in one push", most), "push them in several steps")
		}
		if err := r.file(ctx, n, name, body); err != nil {
			return err
		}
	}
}

// file reads one report into chunks.
func (r *receiving) file(ctx context.Context, n int, name string, body io.Reader) error {
	sum := sha256.New()
	raw := io.TeeReader(body, sum)
	split := report.Split(raw, func(h behavepro.Hash, content []byte) error { return r.attached(ctx, h, content) })
	w := &chunkWriter{put: func(part int, body []byte) error { return r.in.Catalog.PutChunk(ctx, &r.push, n, part, body) }}
	var refused error // by us, not by the report
	summary, err := r.in.Bounds.Report.ReadAs(ctx, r.format, name, split, func(one report.Reported) error {
		if most := cmp.Or(r.in.Bounds.Results, MaxPushResults); r.total == most {
			refused = behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("more than %d results in one push", most), "push them in several steps")
			return refused
		}
		r.total++
		r.keep(&one)
		refused = w.add(one)
		return refused
	})
	if closed := split.Close(); refused == nil && err == nil {
		refused = closed
	}
	if refused != nil {
		return refused
	}
	if err != nil {
		if !errors.Is(err, behavepro.ErrLimit) || ctx.Err() != nil {
			return err
		}
		summary.Unreadable = "the rest was left out: " + err.Error() // a bound of one report
	}
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return fmt.Errorf("read report %s: %w", name, err)
	}
	if err := w.flush(); err != nil {
		return err
	}
	f := catalog.PushedFile{
		Name: name, Format: summary.Format, SHA256: hex.EncodeToString(sum.Sum(nil)), Results: w.results, Parts: w.parts,
		Unreadable: summary.Unreadable, Dropped: summary.Dropped, Start: summary.Start,
	}
	r.push.Files = append(r.push.Files, f)
	r.remark(name, &summary)
	return nil
}

// remark keeps what a person should know of a report.
func (r *receiving) remark(name string, s *report.Summary) {
	for _, note := range s.Notes {
		r.note(name + ": " + note)
	}
	r.dropped += s.Dropped
	for word, n := range s.UnknownWords {
		if r.unknown == nil {
			r.unknown = map[string]int{}
		}
		if _, known := r.unknown[word]; known || len(r.unknown) < 100 {
			r.unknown[word] += n
		}
	}
	r.definitions.AddAll(&s.Definitions)
	r.ahead = r.ahead || s.Start.After(r.now.Add(maxAhead))
}

func (r *receiving) note(text string) {
	if len(r.push.Notes) < maxNotes && !slices.Contains(r.push.Notes, text) {
		r.push.Notes = append(r.push.Notes, text)
	}
}

// tested stores which blobs the tests ran. Where the commit is known already, only those that differ from it.
func (r *receiving) tested(ctx context.Context, tested map[string]behavepro.SHA) error {
	if len(tested) == 0 {
		return nil
	}
	differ, err := r.in.differing(ctx, &r.push, tested)
	if err != nil {
		return err
	}
	const atOnce = 5000
	part := 0
	for paths := range slices.Chunk(slices.Sorted(maps.Keys(differ)), atOnce) {
		var c chunk
		for _, path := range paths {
			c.Tested = append(c.Tested, testedFile{path, differ[path]})
		}
		if err := r.in.Catalog.PutChunk(ctx, &r.push, MaxPushFiles, part, c.encode()); err != nil {
			return err
		}
		part++
	}
	return nil
}

// finish settles what is known when all was read: the start is the tests', else the client's, else the receipt.
func (r *receiving) finish() {
	p := &r.push
	p.Counts = model.Counts{Read: r.total, Waiting: r.total}
	if p.Started.After(r.now.Add(maxAhead)) {
		p.Started, r.ahead = time.Time{}, true
	}
	var first time.Time
	for _, f := range p.Files {
		if !f.Start.IsZero() && !f.Start.After(r.now.Add(maxAhead)) && (first.IsZero() || f.Start.Before(first)) {
			first = f.Start
		}
	}
	switch {
	case !first.IsZero():
		p.Started = first
	case p.Started.IsZero():
		p.Started = r.now
	}
	p.Started = p.Started.UTC()
	if r.ahead {
		r.note("a start more than a day in the future was not believed: check the clocks")
	}
	if r.dropped > 0 {
		r.note(fmt.Sprintf("%d attachments and outputs were left out", r.dropped))
	}
	if r.definitions.Cut {
		r.note(r.definitions.CutNote())
	}
	if n := r.full.Load(); n > 0 {
		r.note(fmt.Sprintf("%d attachments were not kept: this site stores as much as it may", n))
	}
	if r.unkept > 0 {
		why := fmt.Sprintf("the project's evidence is %q (`behavepro evidence PROJECT --keep all` keeps them)", r.evidence.Keep)
		if p.NamesNone() {
			why = "the push names no repository"
		}
		r.note(fmt.Sprintf("%d attachments were not kept: %s", r.unkept, why))
	}
	for _, word := range slices.Sorted(maps.Keys(r.unknown)) {
		r.note(fmt.Sprintf("status %q is not known: %d results with it count as failed", word, r.unknown[word]))
	}
}
