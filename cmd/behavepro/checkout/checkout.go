// Package checkout reads the Git repository around the working directory, by the git command.
package checkout

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/internal/cli"
)

// Checkout is the Git repository that the command runs in.
type Checkout struct {
	Dir string // its top folder
	env []string
}

// errNoCheckout says that there is no Git here, or no git.
var errNoCheckout = errors.New("not inside a Git checkout")

// Find finds the checkout around a folder. Bare repositories count: they have no files of their own.
func Find(ctx context.Context, dir string) (*Checkout, error) {
	c := &Checkout{Dir: dir, env: append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")}
	top, err := c.Git(ctx, nil, "rev-parse", "--show-toplevel")
	if err == nil {
		c.Dir = strings.TrimSuffix(string(top), "\n")
		return c, nil
	}
	if _, bareErr := c.Git(ctx, nil, "rev-parse", "--git-dir"); bareErr == nil {
		return c, nil
	}
	return nil, fmt.Errorf("%w: %w", errNoCheckout, err)
}

// command is a git command that runs no hook and no file system monitor of the checkout.
func (c *Checkout) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false", "-c", "core.quotePath=false"}, args...)...)
	cmd.Dir, cmd.Env = c.Dir, c.env
	return cmd
}

// Git runs git with what it reads, and returns what it prints.
func (c *Checkout) Git(ctx context.Context, in io.Reader, args ...string) ([]byte, error) {
	cmd := c.command(ctx, args...)
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		text, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		if text == "" {
			text = err.Error()
		}
		return nil, fmt.Errorf("git %s: %s", args[0], text)
	}
	return out.Bytes(), nil
}

// Commit resolves what names a commit.
func (c *Checkout) Commit(ctx context.Context, name string) (behavepro.SHA, error) {
	out, err := c.Git(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return behavepro.SHA{}, behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("%q names no commit of this checkout", name),
			"a shallow clone may lack it: git fetch --unshallow")
	}
	text := strings.TrimSpace(string(out))
	if len(text) == 64 {
		return behavepro.SHA{}, behavepro.Explain(behavepro.ErrUnsupported, "SHA-256 repositories are not supported", "")
	}
	return behavepro.ParseSHA(text)
}

// Origin is the address of the checkout's origin; "" where it has none.
func (c *Checkout) Origin(ctx context.Context) string {
	out, err := c.Git(ctx, nil, "remote", "get-url", "origin")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// Entry is a feature file of a tree or of the index.
type Entry struct {
	Path string
	Blob behavepro.SHA
}

// isFeature reports whether Git's mode and path make a feature file: a regular file, never a symlink or submodule.
func isFeature(mode, path string) bool {
	return (mode == "100644" || mode == "100755") && strings.HasSuffix(path, ".feature")
}

// Tree lists the feature files of a commit.
func (c *Checkout) Tree(ctx context.Context, commit behavepro.SHA) ([]Entry, error) {
	out, err := c.Git(ctx, nil, "ls-tree", "-r", "-z", "--full-tree", commit.String())
	if err != nil {
		return nil, fmt.Errorf("list feature files: %w", err)
	}
	return parseEntries(out, 2)
}

// Index lists the feature files of the checkout as they are on disk: Git's index, with what was changed since hashed.
func (c *Checkout) Index(ctx context.Context) ([]Entry, error) {
	out, err := c.Git(ctx, nil, "ls-files", "-s", "-z", "--", "*.feature")
	if err != nil {
		return nil, err
	}
	entries, err := parseEntries(out, 1)
	if err != nil {
		return nil, err
	}
	changed, err := c.changed(ctx)
	if err != nil || len(changed) == 0 {
		return entries, err
	}
	kept := entries[:0]
	for _, e := range entries {
		if blob, ok := changed[e.Path]; ok {
			if blob.IsZero() {
				continue // deleted on disk
			}
			e.Blob = blob
		}
		kept = append(kept, e)
	}
	return kept, nil
}

// changed hashes the feature files that differ from the index; a deleted one has the zero SHA.
func (c *Checkout) changed(ctx context.Context) (map[string]behavepro.SHA, error) {
	out, err := c.Git(ctx, nil, "ls-files", "-m", "-z", "--", "*.feature")
	if err != nil {
		return nil, err
	}
	changed := map[string]behavepro.SHA{}
	var paths []string
	for path := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if path == "" {
			continue
		}
		changed[path] = behavepro.SHA{}
		info, err := os.Lstat(filepath.Join(c.Dir, filepath.FromSlash(path)))
		if err == nil && info.Mode().IsRegular() && !strings.ContainsAny(path, "\n\r") {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return changed, nil
	}
	out, err = c.Git(ctx, strings.NewReader(strings.Join(paths, "\n")+"\n"), "hash-object", "--stdin-paths")
	if err != nil {
		return nil, err
	}
	for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if i >= len(paths) {
			break
		}
		if changed[paths[i]], err = behavepro.ParseSHA(line); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// parseEntries reads what ls-tree and ls-files print with -z: mode and other fields, a tab, the path. sha is the field with
// the blob.
func parseEntries(out []byte, sha int) ([]Entry, error) {
	var entries []Entry
	for line := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		meta, path, ok := strings.Cut(line, "\t")
		fields := strings.Fields(meta)
		if !ok || len(fields) != 3 {
			if line == "" {
				continue
			}
			return nil, fmt.Errorf("git printed %q: %w", cli.OneLine(line), behavepro.ErrCorrupt)
		}
		if !isFeature(fields[0], path) {
			continue
		}
		blob, err := behavepro.ParseSHA(fields[sha])
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{path, blob})
	}
	return entries, nil
}

// Blobs reads blobs in the order of their SHAs and hands each to got. A blob that is missing is an error: a partial clone
// may lack it.
func (c *Checkout) Blobs(ctx context.Context, shas []behavepro.SHA, got func(i int, text []byte) error) error {
	if len(shas) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var names bytes.Buffer
	for _, sha := range shas {
		names.WriteString(sha.String())
		names.WriteByte('\n')
	}
	cmd := c.command(ctx, "cat-file", "--batch")
	cmd.Stdin = &names
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("git cat-file: %w", err)
	}
	r := bufio.NewReaderSize(out, 64<<10)
	for i, sha := range shas {
		text, err := readBlob(r, sha)
		if err == nil {
			err = got(i, text)
		}
		if err != nil {
			cancel()
			_ = cmd.Wait() // it was ended because of err
			return err
		}
	}
	return cmd.Wait()
}

func readBlob(r *bufio.Reader, sha behavepro.SHA) ([]byte, error) {
	head, err := r.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	fields := strings.Fields(head)
	if len(fields) != 3 || fields[1] != "blob" {
		return nil, fmt.Errorf("blob %s is not in this checkout: %w", sha, behavepro.ErrNotFound)
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil || size < 0 {
		return nil, fmt.Errorf("git cat-file printed %q: %w", head, behavepro.ErrCorrupt)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, fmt.Errorf("read blob %s: %w", sha, err)
	}
	_, err = r.Discard(1)
	return text, err
}

// Parse reads blobs from Git and parses them on all cores.
func (c *Checkout) Parse(ctx context.Context, blobs map[behavepro.SHA]*gherkin.Document, entries []Entry) error {
	shas := make([]behavepro.SHA, 0, len(blobs))
	paths := make([]string, 0, len(blobs))
	for _, e := range entries {
		if _, wanted := blobs[e.Blob]; wanted {
			shas, paths = append(shas, e.Blob), append(paths, e.Path)
			delete(blobs, e.Blob)
		}
	}
	documents := make([]*gherkin.Document, len(shas))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	err := c.Blobs(ctx, shas, func(i int, text []byte) error {
		group.Go(func() error {
			documents[i] = gherkin.Parse(paths[i], text)
			return nil
		})
		return nil
	})
	_ = group.Wait() // parsing has no errors
	for i, sha := range shas {
		blobs[sha] = documents[i]
	}
	return err
}

// Files lists the feature files of the index and of the working tree that are not ignored.
func (c *Checkout) Files(ctx context.Context) (map[string]bool, error) {
	out, err := c.Git(ctx, nil, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--full-name", "--", "*.feature")
	if err != nil {
		return nil, fmt.Errorf("list feature files: %w", err)
	}
	files := map[string]bool{}
	for p := range strings.SplitSeq(string(out), "\x00") {
		files[p] = true
	}
	return files, nil
}
