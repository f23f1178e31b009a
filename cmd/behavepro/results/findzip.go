package results

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/checkout"
)

// maxUnpacked bounds what the reports of one archive may be unpacked.
const maxUnpacked = 4 << 30

// file notes a file that was named: as it is, or the reports in it where it is a zip archive.
func (f *finder) file(ctx context.Context, dir, name string) error {
	if !strings.EqualFold(filepath.Ext(name), ".zip") {
		f.add(dir, name)
		return nil
	}
	from := filepath.Join(dir, name)
	if f.seen[from] {
		return nil
	}
	opened, err := checkout.OpenRegular(dir, name)
	if err != nil {
		return fmt.Errorf("open archive: %w", err)
	}
	file := opened.(*os.File) // stays open until its reports are sent
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open archive: %w", err)
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		file.Close()
		f.note("%s is no zip archive that can be read: %v", f.shown(from, name), err)
		f.add(dir, name)
		return nil
	}
	f.seen[from] = true
	return f.archive(ctx, f.shown(from, name), archive)
}

// archive notes the reports in an archive, told by name and content as in a folder. Its paths are names only: nothing is
// unpacked to disk.
func (f *finder) archive(ctx context.Context, shown string, archive *zip.Reader) error {
	var total uint64
	for _, entry := range archive.File {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("look for reports: %w", err)
		}
		name := path.Clean("/" + strings.ReplaceAll(entry.Name, `\`, "/"))
		if !entry.Mode().IsRegular() || !mayReport(name) {
			continue
		}
		open := func() (io.ReadCloser, error) { return openEntry(entry) }
		if !f.isReportIn(ctx, name, open) {
			continue
		}
		if total += min(entry.UncompressedSize64, maxUnpacked+1); total > maxUnpacked {
			return behavepro.Explain(
				behavepro.ErrLimit,
				fmt.Sprintf("the reports in %s are more than %d GB", shown, maxUnpacked>>30),
				"push them in several steps",
			)
		}
		if len(f.found) > maxReports {
			return nil // find says so
		}
		f.size += int64(entry.UncompressedSize64)
		f.found = append(f.found, client.ReportFile{Name: shown + name, Open: open})
	}
	return nil
}

// openEntry opens a file of an archive, which gives no more than it declares.
func openEntry(entry *zip.File) (io.ReadCloser, error) {
	r, err := entry.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, int64(min(entry.UncompressedSize64, maxUnpacked))), r}, nil
}
