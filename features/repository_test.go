package features

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// repository is a Git repository with a work tree, and the bare one that it pushes to.
type repository struct {
	name string // as the server knows it
	dir  string
}

func (r *repository) git(ctx context.Context, args ...string) error {
	_, err := r.ask(ctx, args...)
	return err
}

func (r *repository) ask(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env = r.dir, environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimRight(string(out), "\n"), nil
}

func (r *repository) write(path, text string) error {
	full := filepath.Join(r.dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		return err
	}
	return os.WriteFile(full, []byte(text), 0o600)
}

// replace replaces a text that stands in a file once.
func (r *repository) replace(path, old, text string) error {
	full := filepath.Join(r.dir, path)
	was, err := os.ReadFile(full)
	if err != nil {
		return err
	}
	if n := strings.Count(string(was), old); n != 1 {
		return fmt.Errorf("%s has %q %d times", path, old, n)
	}
	return os.WriteFile(full, []byte(strings.Replace(string(was), old, text, 1)), 0o600)
}

func (r *repository) commit(ctx context.Context) error {
	if err := r.git(ctx, "add", "-A"); err != nil {
		return err
	}
	return r.git(ctx, "commit", "-q", "--allow-empty", "-m", "a change")
}

// origin is the folder of the bare repository, which the server reads.
func (r *repository) origin() string { return r.dir + ".git" }

// push pushes all branches.
func (r *repository) push(ctx context.Context) error {
	return r.git(ctx, "push", "-q", "--all", r.origin())
}

func (r *repository) commitAndPush(ctx context.Context) error {
	if err := r.commit(ctx); err != nil {
		return err
	}
	return r.push(ctx)
}

// place finds the feature file and the line of a scenario at a commit; line 999 of the first file where it is nowhere.
func (r *repository) place(ctx context.Context, commit, scenario string) (path string, line int, err error) {
	files, err := r.ask(ctx, "ls-tree", "-r", "--name-only", commit)
	if err != nil {
		return "", 0, err
	}
	first := ""
	for path := range strings.FieldsSeq(files) {
		text, err := r.ask(ctx, "show", commit+":"+path)
		if err != nil {
			return "", 0, err
		}
		if first == "" {
			first = path
		}
		n := 0
		for l := range strings.Lines(text) {
			n++
			if strings.TrimSpace(l) == "Scenario: "+scenario {
				return path, n, nil
			}
		}
	}
	return first, 999, nil
}
