package lint

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/cmd/behavepro/checkout"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/sync/lineage"
)

// maxLinted bounds how many feature files one lint reads.
const maxLinted = 50_000

// workTree is the feature files of a working tree. Paths are relative to the top of the checkout, or to the working directory where
// there is none.
type workTree struct {
	checkout *checkout.Checkout // nil outside of one
	top      string
	named    []string // what the arguments name, relative to top; "." is everything
	files    []lineage.TreeFile
}

// readTree reads the feature files that arguments name; no arguments mean the working directory.
func readTree(ctx context.Context, f *factory.Factory, args []string) (*workTree, error) {
	dir, err := f.Dir()
	if err != nil {
		return nil, fmt.Errorf("find working directory: %w", err)
	}
	t := &workTree{top: dir}
	c, err := checkout.Find(ctx, dir)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err == nil {
		t.checkout, t.top = c, c.Dir
	}
	if t.named, err = t.relative(dir, args); err != nil {
		return nil, err
	}
	paths, skipped, err := t.find(ctx)
	if err != nil {
		return nil, err
	}
	if skipped > 0 {
		f.Note("%s not followed", cli.Plural(skipped, "symbolic link was", "symbolic links were"))
	}
	if len(paths) == 0 {
		return nil, cli.Usagef("no file in %s is named *.feature", strings.Join(cli.Paths(args), ", "))
	}
	if len(paths) > maxLinted {
		return nil, behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("more than %d feature files", maxLinted), "lint them folder by folder")
	}
	return t, t.read(ctx, paths)
}

// relative turns arguments into paths below the top.
func (t *workTree) relative(dir string, args []string) ([]string, error) {
	top, err := filepath.EvalSymlinks(t.top)
	if err != nil {
		return nil, fmt.Errorf("find the top of the checkout: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("find working directory: %w", err)
	}
	t.top = top
	var named []string
	for _, arg := range cli.Paths(args) {
		full := arg
		if !filepath.IsAbs(full) {
			full = filepath.Join(dir, full)
		}
		info, err := os.Lstat(full)
		switch {
		case err != nil:
			return nil, cli.Usagef("%s: %w", arg, err)
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, cli.Usagef("%s is a symbolic link: name what it points to", arg)
		}
		rel, err := filepath.Rel(top, full)
		if err != nil || !filepath.IsLocal(rel) {
			return nil, cli.Usagef("%s lies outside of %s", arg, t.top)
		}
		named = append(named, filepath.ToSlash(rel))
	}
	return named, nil
}

// find lists the feature files that are named and that Git does not ignore.
func (t *workTree) find(ctx context.Context) (paths []string, skipped int, err error) {
	root, err := os.OpenRoot(t.top)
	if err != nil {
		return nil, 0, fmt.Errorf("open folder: %w", err)
	}
	defer root.Close()
	seen := map[string]bool{}
	for _, name := range t.named {
		err := fs.WalkDir(root.FS(), name, func(name string, d fs.DirEntry, err error) error {
			if err = errors.Join(err, ctx.Err()); err != nil {
				return fmt.Errorf("look for feature files: %w", err)
			}
			switch {
			case d.IsDir() && name != "." && (d.Name() == ".git" || d.Name() == "node_modules"):
				return fs.SkipDir
			case d.IsDir() || seen[name]:
			case d.Type()&fs.ModeSymlink != 0:
				if strings.HasSuffix(name, ".feature") {
					skipped++
				}
			case d.Type().IsRegular() && strings.HasSuffix(name, ".feature"):
				seen[name] = true
				paths = append(paths, name)
			}
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	slices.Sort(paths)
	if t.checkout == nil {
		return paths, skipped, nil
	}
	known, err := t.checkout.Files(ctx)
	return slices.DeleteFunc(paths, func(p string) bool { return !known[p] }), skipped, err
}

// read parses files on all cores.
func (t *workTree) read(ctx context.Context, paths []string) error {
	t.files = make([]lineage.TreeFile, len(paths))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range paths {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			file, err := checkout.OpenRegular(t.top, filepath.FromSlash(p))
			if err != nil {
				return fmt.Errorf("read %s: %w", p, err)
			}
			defer file.Close()
			text, err := io.ReadAll(io.LimitReader(file, gherkin.MaxBlobBytes+1))
			if err != nil {
				return fmt.Errorf("read %s: %w", p, err)
			}
			t.files[i] = lineage.TreeFile{Path: p, Blob: blobOf(text), Doc: gherkin.Parse(p, text)}
			return nil
		})
	}
	return group.Wait()
}

// blobOf is the SHA that Git gives a text, but for what its filters change.
func blobOf(text []byte) (sha behavepro.SHA) {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(text))
	h.Write(text)
	h.Sum(sha[:0])
	return sha
}

// base reads the feature files of the commit where the working tree left a branch, as far as they were named.
func (t *workTree) base(ctx context.Context, name string) (behavepro.SHA, []lineage.TreeFile, error) {
	if t.checkout == nil {
		return behavepro.SHA{}, nil, cli.Usagef("--base compares with Git: run it inside a checkout")
	}
	base, err := t.checkout.Commit(ctx, name)
	if err != nil {
		return base, nil, cli.Usagef("--base: %w", err)
	}
	if out, err := t.checkout.Git(ctx, nil, "merge-base", base.String(), "HEAD"); err == nil {
		if fork, err := behavepro.ParseSHA(strings.TrimSpace(string(out))); err == nil {
			base = fork
		}
	}
	entries, err := t.checkout.Tree(ctx, base)
	if err != nil {
		return base, nil, err
	}
	entries = slices.DeleteFunc(entries, func(e checkout.Entry) bool { return !t.names(e.Path) })
	blobs := make(map[behavepro.SHA]*gherkin.Document, len(entries))
	for _, e := range entries {
		blobs[e.Blob] = nil
	}
	if err := t.checkout.Parse(ctx, blobs, entries); err != nil {
		return base, nil, fmt.Errorf("read feature files of %s: %w", base.Short(), err)
	}
	files := make([]lineage.TreeFile, len(entries))
	for i, e := range entries {
		files[i] = lineage.TreeFile{Path: e.Path, Blob: e.Blob, Doc: blobs[e.Blob]}
	}
	return base, files, nil
}

// names reports whether the arguments name a path.
func (t *workTree) names(p string) bool {
	return slices.ContainsFunc(t.named, func(n string) bool { return n == "." || n == p || strings.HasPrefix(p, path.Clean(n)+"/") })
}
