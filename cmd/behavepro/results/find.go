package results

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/checkout"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/results/report"
)

// maxReports bounds how many reports one push has.
const maxReports = 10_000

// finder looks for reports. It follows no symbolic links and opens nothing outside the folder that was given.
type finder struct {
	dir     string // the working directory
	format  string // that is forced, or ""
	note    func(format string, args ...any)
	found   []client.ReportFile
	seen    map[string]bool // absolute paths
	skipped int             // symbolic links
	size    int64           // bytes of all that was found
}

// find finds the reports that arguments name: files as they are, folders searched for reports by content, patterns. No
// arguments mean the working directory.
func (f *finder) find(ctx context.Context, args []string) error {
	f.seen = map[string]bool{}
	for _, arg := range cli.Paths(args) {
		if err := f.argument(ctx, arg); err != nil {
			return err
		}
		if len(f.found) > maxReports {
			return behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("more than %d reports", maxReports), "push them in several steps")
		}
	}
	if f.skipped > 0 {
		f.note("%s not followed", cli.Plural(f.skipped, "symbolic link was", "symbolic links were"))
	}
	return nil
}

func (f *finder) argument(ctx context.Context, arg string) error {
	path := arg
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.dir, path)
	}
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return cli.Usagef("%s is a symbolic link: name what it points to", arg)
	case err == nil && info.IsDir():
		return f.folder(ctx, path)
	case err == nil && info.Mode().IsRegular():
		return f.file(ctx, filepath.Dir(path), filepath.Base(path))
	case err == nil:
		return cli.Usagef("%s is neither a file nor a folder", arg)
	case !errors.Is(err, fs.ErrNotExist):
		return cli.Usagef("%s: %w", arg, err)
	case strings.ContainsAny(arg, "*?[{"):
		return f.pattern(ctx, path, arg)
	}
	return cli.Usagef("there is no file or folder %s", arg)
}

// pattern finds files by a pattern with *, ?, [], {} and **.
func (f *finder) pattern(ctx context.Context, path, arg string) error {
	base, pattern := doublestar.SplitPattern(filepath.ToSlash(path))
	base = filepath.FromSlash(base)
	if info, err := os.Lstat(base); err != nil || !info.IsDir() {
		return nil // nothing can be there
	}
	matches, err := doublestar.Glob(os.DirFS(base), pattern, doublestar.WithNoFollow(), doublestar.WithFailOnIOErrors())
	if errors.Is(err, doublestar.ErrBadPattern) {
		return cli.Usagef("%s is not a pattern: %w", arg, err)
	}
	if err != nil {
		return fmt.Errorf("look for %s: %w", arg, err)
	}
	slices.Sort(matches)
	for _, m := range matches {
		m = filepath.FromSlash(m)
		info, err := os.Lstat(filepath.Join(base, m))
		switch {
		case err != nil:
			return fmt.Errorf("look for %s: %w", arg, err)
		case info.Mode()&fs.ModeSymlink != 0:
			f.skipped++
		case info.Mode().IsRegular():
			if err := f.file(ctx, base, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// folder finds the reports in a folder by their content.
func (f *finder) folder(ctx context.Context, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("look for reports: %w", err)
		}
		if d.IsDir() {
			if name != "." && (d.Name() == ".git" || d.Name() == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !mayReport(name) {
			return nil
		}
		if d.Type()&fs.ModeSymlink != 0 {
			f.skipped++
			return nil
		}
		if d.Type().IsRegular() && f.isReport(ctx, root, name) {
			f.add(dir, filepath.FromSlash(name))
		}
		return nil
	})
}

// mayReport says whether a file in a folder is called as reports are.
func mayReport(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch filepath.Ext(name) {
	case ".json", ".ndjson", ".xml", ".trx":
		return true
	}
	return strings.HasSuffix(name, ".karate-json.txt")
}

// isReport looks at the beginning of a file.
func (f *finder) isReport(ctx context.Context, root *os.Root, name string) bool {
	return f.isReportIn(ctx, name, func() (io.ReadCloser, error) { return root.Open(name) })
}

func (f *finder) isReportIn(ctx context.Context, name string, open func() (io.ReadCloser, error)) bool {
	file, err := open()
	if err != nil {
		return false
	}
	defer file.Close()
	const head = 64 << 10
	sum, err := report.ReadAs(ctx, f.format, name, io.LimitReader(file, head), func(report.Reported) error { return nil })
	return err == nil && sum.Format != "" && (f.format == "" || sum.Results > 0)
}

// add notes a report below a folder, once.
func (f *finder) add(dir, name string) {
	path := filepath.Join(dir, name)
	if f.seen[path] {
		return
	}
	f.seen[path] = true
	if info, err := os.Lstat(path); err == nil {
		f.size += info.Size()
	}
	f.found = append(
		f.found,
		client.ReportFile{Name: f.shown(path, name), Open: func() (io.ReadCloser, error) { return checkout.OpenRegular(dir, name) }},
	)
}

// shown is how a report is called: from the working directory, or from its folder where it lies elsewhere.
func (f *finder) shown(path, name string) string {
	if rel, err := filepath.Rel(f.dir, path); err == nil && filepath.IsLocal(rel) {
		name = rel
	}
	return filepath.ToSlash(name)
}
