package results

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/checkout"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/results/report"
)

// dryRun accounts for reports against the checkout's own commit. Nothing is sent, and lineages are not known.
func dryRun(ctx context.Context, d *decision, format string, reports []client.ReportFile) (client.Accounting, error) {
	acc := emptyAccounting(d.push)
	if d.checkout == nil {
		return acc, cli.Usagef("--dry-run matches against Git: run it inside a checkout of the repository")
	}
	if _, err := d.checkout.Commit(ctx, d.push.Commit.String()); err != nil {
		return acc, err
	}
	files, tested, err := featureFiles(ctx, d)
	if err != nil {
		return acc, err
	}
	var reported []report.Reported
	for _, r := range reports {
		if reported, err = readReport(ctx, format, r, reported, &acc); err != nil {
			return acc, err
		}
	}
	outcomes := match.Match(files, reported, match.Options{Commit: d.push.Commit, Tested: tested})
	acc.Counts = client.Counts(match.Tally(outcomes))
	acc.Results = make([]client.Result, len(outcomes))
	for i := range outcomes {
		accounted := match.Describe(files, &reported[i], &outcomes[i])
		acc.Results[i] = client.ResultOf(&accounted)
	}
	return acc, nil
}

// readReport reads one report, and notes what is to be said about it.
func readReport(
	ctx context.Context,
	format string,
	r client.ReportFile,
	reported []report.Reported,
	acc *client.Accounting,
) ([]report.Reported, error) {
	file, err := r.Open()
	if err != nil {
		return reported, fmt.Errorf("open report %s: %w", r.Name, err)
	}
	defer file.Close()
	sum, err := report.ReadAs(ctx, format, r.Name, file, func(one report.Reported) error {
		reported = append(reported, one)
		return nil
	})
	if err != nil {
		return reported, err
	}
	if sum.Unreadable != "" {
		acc.Unreadable = append(acc.Unreadable, client.UnreadableFile{File: r.Name, Message: sum.Unreadable})
	}
	for _, n := range sum.Notes {
		acc.Notes = append(acc.Notes, r.Name+": "+n)
	}
	if sum.Dropped > 0 {
		acc.Notes = append(acc.Notes, fmt.Sprintf("%s: %s left out", r.Name, cli.Plural(sum.Dropped, "attachment was", "attachments were")))
	}
	for _, word := range slices.Sorted(maps.Keys(sum.UnknownWords)) {
		acc.Notes = append(
			acc.Notes,
			fmt.Sprintf("%s: the status %q is not known and counts as failed (%d)", r.Name, word, sum.UnknownWords[word]),
		)
	}
	return reported, nil
}

// featureFiles parses the feature files of the commit, and those of the checkout that differ from them.
func featureFiles(ctx context.Context, d *decision) (files, tested []match.File, err error) {
	entries, err := d.checkout.Tree(ctx, d.push.Commit)
	if err != nil {
		return nil, nil, err
	}
	blobs := make(map[behavepro.SHA]*gherkin.Document, len(entries))
	at := make(map[string]behavepro.SHA, len(entries))
	for _, e := range entries {
		blobs[e.Blob], at[e.Path] = nil, e.Blob
	}
	if err := d.checkout.Parse(ctx, blobs, entries); err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		files = append(files, match.File{Path: e.Path, Blob: e.Blob, Doc: blobs[e.Blob]})
	}
	for _, s := range d.push.Sources {
		if blob, ok := at[s.Path]; !ok || blob == s.Blob {
			continue
		}
		doc, err := d.differing(ctx, checkout.Entry{Path: s.Path, Blob: s.Blob})
		if err != nil {
			return nil, nil, err
		}
		tested = append(tested, match.File{Path: s.Path, Blob: s.Blob, Doc: doc})
	}
	return files, tested, nil
}

// differing parses a file of the checkout: from Git, or from disk where Git does not hold what was tested.
func (d *decision) differing(ctx context.Context, e checkout.Entry) (doc *gherkin.Document, err error) {
	err = d.checkout.Blobs(ctx, []behavepro.SHA{e.Blob}, func(_ int, text []byte) error {
		doc = gherkin.Parse(e.Path, text)
		return nil
	})
	if err == nil {
		return doc, nil
	}
	root, err := os.OpenRoot(d.checkout.Dir)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Path, err)
	}
	defer root.Close()
	file, err := root.Open(filepath.FromSlash(e.Path))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Path, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, gherkin.MaxBlobBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Path, err)
	}
	return gherkin.Parse(e.Path, text), nil
}
