package sample

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
)

// write makes the repository in a folder, which it makes too, and returns the name of each commit. Its HEAD is main, which is
// checked out.
func (h *history) write(ctx context.Context, dir string) ([]behavepro.SHA, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	steps := [][]string{
		{"init", "-q", "--template="},
		{"symbolic-ref", "HEAD", "refs/heads/main"},
		{"fast-import", "--quiet", "--export-marks=" + filepath.Join(dir, ".git", "marks")},
		{"reset", "-q", "--hard"},
	}
	for _, args := range steps {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir, cmd.Env = dir, environment()
		if args[0] == "fast-import" {
			cmd.Stdin = bytes.NewReader(h.stream())
		}
		text, err := cmd.CombinedOutput()
		if errors.Is(err, exec.ErrNotFound) {
			return nil, behavepro.Explain(
				fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err),
				"the sample repository is made with git, which is not there",
				"install git",
			)
		}
		if err != nil {
			return nil, fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(text))
		}
	}
	return h.marks(filepath.Join(dir, ".git", "marks"))
}

// environment keeps the machine's own settings, and the repository that the caller may stand in, out.
func environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	return append(env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
}

// stream is the history in the words of git fast-import. Branches that were deleted are told under main, which is set anew
// by each of its own commits.
func (h *history) stream() []byte {
	var b bytes.Buffer
	for i := range h.commits {
		c := &h.commits[i]
		branch := c.branch
		if h.deleted[branch] {
			branch = "main"
		}
		who := fmt.Sprintf("%s <%s@shop.example> %d +0000", c.author, strings.ToLower(c.author), c.at.Unix())
		fmt.Fprintf(
			&b,
			"commit refs/heads/%s\nmark :%d\nauthor %s\ncommitter %s\ndata %d\n%s\n",
			branch,
			i+1,
			who,
			who,
			len(c.subject)+1,
			c.subject+"\n",
		)
		for p, parent := range c.parents {
			fmt.Fprintf(&b, "%s :%d\n", []string{"from", "merge"}[p], parent+1)
		}
		b.WriteString("deleteall\n")
		for _, path := range slices.Sorted(maps.Keys(c.files)) {
			fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", path, len(c.files[path]), c.files[path])
		}
	}
	b.WriteString("done\n")
	return b.Bytes()
}

// marks reads the names that git gave to the commits.
func (h *history) marks(path string) ([]behavepro.SHA, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	shas := make([]behavepro.SHA, len(h.commits))
	for line := range strings.Lines(string(text)) {
		var mark int
		var name string
		if _, err := fmt.Sscanf(line, ":%d %s", &mark, &name); err != nil || mark < 1 || mark > len(shas) {
			return nil, fmt.Errorf("read marks: %q", line)
		}
		if shas[mark-1], err = behavepro.ParseSHA(name); err != nil {
			return nil, fmt.Errorf("read marks: %w", err)
		}
	}
	return shas, nil
}
