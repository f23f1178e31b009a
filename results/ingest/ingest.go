package ingest

import (
	"cmp"
	"context"
	"errors"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/results/report"
)

// maxDiffering is how many feature files whose tested text differs from the commit's are looked up.
const maxDiffering = 1000

// matched is a push with what became of each of its results in one repository.
type matched struct {
	push     *catalog.Push
	files    []*catalog.FeatureFile
	reported []report.Reported // without steps and messages
	outcomes []match.Outcome
}

// Match matches a push whose commit is known, and writes what it proves; one whose commit is not known stays waiting.
// push is updated. Matching the same push again, by anybody at any time, gives the same records.
func (in Ingest) Match(ctx context.Context, push *catalog.Push) error {
	if push.NamesNone() {
		return in.matchProjects(ctx, push)
	}
	if push.State != catalog.PushWaiting {
		return nil
	}
	repo, err := in.Catalog.Repository(ctx, push.Repository)
	if err != nil {
		return err
	}
	at, known, err := in.Catalog.AtCommit(ctx, repo, push.Commit)
	if err != nil || !known {
		return err
	}
	m, err := in.matchAt(ctx, push, at)
	if err != nil {
		return err
	}
	done := *push
	done.Counts = match.Tally(m.outcomes)
	err = in.Catalog.PutMatch(ctx, &done, func(yield func(*catalog.Outcome) error) error { return in.write(ctx, m, yield) })
	if errors.Is(err, behavepro.ErrConflict) { // somebody else matched it
		return in.reread(ctx, push)
	}
	if err != nil {
		return err
	}
	*push = done
	return in.Catalog.SolveProblem(ctx, push.Repository, problemOf(push))
}

// matchAt finds what became of each result of a push at a commit; it writes nothing.
func (in Ingest) matchAt(ctx context.Context, push *catalog.Push, at catalog.At) (*matched, error) {
	m := &matched{push: push}
	tested, err := in.load(ctx, m)
	if err != nil {
		return nil, err
	}
	if m.files, err = in.Catalog.Files(ctx, at); err != nil {
		return nil, err
	}
	files := make([]match.File, len(m.files))
	for i, f := range m.files {
		files[i] = match.File{Path: f.Path, Blob: f.Blob, Doc: f.Document}
	}
	opt := match.Options{Commit: push.Commit}
	if opt.Tested, err = in.testedFiles(ctx, at, push, files, tested); err != nil {
		return nil, err
	}
	m.outcomes = match.Match(files, m.reported, opt)
	return m, nil
}

// load reads the results of a push, without what is not needed to match them.
func (in Ingest) load(ctx context.Context, m *matched) (tested map[string]behavepro.SHA, err error) {
	m.reported = make([]report.Reported, 0, m.push.Counts.Read)
	tested = map[string]behavepro.SHA{}
	err = in.Catalog.Chunks(ctx, m.push, func(body []byte) error {
		c, err := decodeChunk(body)
		if err != nil {
			return err
		}
		for i := range c.Results {
			c.Results[i].Step, c.Results[i].Keyword, c.Results[i].Message = "", "", ""
			c.Results[i].Stack, c.Results[i].Attachments = "", nil
		}
		m.reported = append(m.reported, c.Results...)
		for _, t := range c.Tested {
			tested[t.Path] = t.Blob
		}
		return nil
	})
	return tested, err
}

// differing keeps the tested files whose blob is another one than the commit's; all where the commit is not known.
func (in Ingest) differing(ctx context.Context, push *catalog.Push, tested map[string]behavepro.SHA) (map[string]behavepro.SHA, error) {
	if push.NamesNone() {
		return tested, nil
	}
	repo, err := in.Catalog.Repository(ctx, push.Repository)
	if err != nil {
		return nil, err
	}
	at, known, err := in.Catalog.AtCommit(ctx, repo, push.Commit)
	if err != nil || !known {
		return tested, err
	}
	files, err := in.Catalog.Paths(ctx, at)
	if err != nil {
		return nil, err
	}
	differ := map[string]behavepro.SHA{}
	for _, f := range files {
		if blob, ok := tested[f.Path]; ok && blob != f.Blob {
			differ[f.Path] = blob
		}
	}
	return differ, nil
}

// testedFiles finds the text of what was tested where it differs from the commit's. Doc is nil where the repository does
// not show it.
func (in Ingest) testedFiles(
	ctx context.Context,
	at catalog.At,
	push *catalog.Push,
	files []match.File,
	tested map[string]behavepro.SHA,
) ([]match.File, error) {
	var differ []match.File
	for i := range files {
		blob, ok := tested[files[i].Path]
		if !ok || blob == files[i].Blob || blob.IsZero() {
			continue
		}
		var doc *gherkin.Document
		if len(differ) < maxDiffering {
			var err error
			if doc, err = in.Catalog.ShownAt(ctx, at, files[i].Path, blob, push.TestedCommit); err != nil {
				return nil, err
			}
		}
		differ = append(differ, match.File{Path: files[i].Path, Blob: blob, Doc: doc})
	}
	return differ, nil
}

// write yields what matched, completed by steps and messages, which are read again so that few are held at once.
func (in Ingest) write(ctx context.Context, m *matched, yield func(*catalog.Outcome) error) error {
	tries := match.Tries(m.reported, m.outcomes)
	n := 0
	return in.Catalog.Chunks(ctx, m.push, func(body []byte) error {
		c, err := decodeChunk(body)
		if err != nil {
			return err
		}
		for i := range c.Results {
			r, o := &c.Results[i], &m.outcomes[n]
			n++
			if o.Accounting != behavepro.Matched {
				continue
			}
			lineage, row, wording := m.identity(o)
			out := &catalog.Outcome{
				Lineage: lineage, Row: row, Status: o.Status, Wording: wording, Raw: r.Raw, Duration: r.Duration,
				Step: stepText(r), Message: r.Message, Tries: tries[n-1],
				Evidence: catalog.Evidence{Stack: r.Stack, Attachments: r.Attachments},
			}
			if err := yield(out); err != nil {
				return err
			}
		}
		return nil
	})
}

func stepText(r *report.Reported) string {
	if r.Keyword == "" || r.Step == "" {
		return cmp.Or(r.Step, r.Keyword)
	}
	return r.Keyword + " " + r.Step
}

// identity names the scenario or row of an outcome.
func (m *matched) identity(o *match.Outcome) (behavepro.Lineage, behavepro.RowID, behavepro.Wording) {
	f := m.files[o.File]
	feature, id := f.Feature(), &f.Identity.Scenarios[o.Scenario]
	if o.Row < 0 {
		return id.Lineage, behavepro.RowID{}, gherkin.WordingOf(feature, o.Scenario)
	}
	n := o.Row
	for e := range o.Examples {
		n += len(feature.Scenarios[o.Scenario].Examples[e].Rows)
	}
	var row behavepro.RowID
	if n < len(id.Rows) {
		row = id.Rows[n]
	}
	return id.Lineage, row, gherkin.RowWording(feature, o.Scenario, gherkin.RowRef{Examples: o.Examples, Row: o.Row})
}
