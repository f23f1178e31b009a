package features

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cucumber/godog"
)

func (w *scenario) syncSteps(ctx *godog.ScenarioContext) {
	ctx.Step(`^the newest commit of "([^"]*)" cannot be read$`, w.hide)
	ctx.Step(`^the newest commit of "([^"]*)" can be read again$`, func(string) error { return os.Rename(w.hidden+".hidden", w.hidden) })
	ctx.Step(`^a sync fails$`, w.syncFails)
	ctx.Step(`^a sync succeeds$`, w.sync)
	ctx.Step(`^the branches "([^"]*)" and "([^"]*)" are as before$`, w.asBefore)
	ctx.Step(`^the branches "([^"]*)" and "([^"]*)" are as in Git$`, w.asInGit)
}

// hide takes the tree of a branch's newest commit away, so that Git cannot send it.
func (w *scenario) hide(ctx context.Context, branch string) (err error) {
	if w.before, err = w.branches(ctx, "main", branch); err != nil {
		return err
	}
	tree, err := w.repo.ask(ctx, "rev-parse", branch+"^{tree}")
	if err != nil {
		return err
	}
	w.hidden = filepath.Join(w.repo.origin(), "objects", tree[:2], tree[2:])
	return os.Rename(w.hidden, w.hidden+".hidden")
}

// branches are the commits that the server shows for branches.
func (w *scenario) branches(ctx context.Context, names ...string) (map[string]string, error) {
	shown := map[string]string{}
	for _, name := range names {
		list, err := w.features(ctx, name)
		if err != nil {
			return nil, err
		}
		shown[name] = list.Commit.String()
	}
	return shown, nil
}

func (w *scenario) syncFails(ctx context.Context) error {
	out, code, err := w.behavepro(ctx, w.repo.dir, "repos", "sync", w.repo.name, "--wait", "--data", w.data)
	if err == nil && code == 0 {
		err = fmt.Errorf("it did not:\n%s", out)
	}
	return err
}

func (w *scenario) asBefore(ctx context.Context, one, two string) error {
	return w.shows(ctx, map[string]string{one: w.before[one], two: w.before[two]})
}

func (w *scenario) asInGit(ctx context.Context, one, two string) error {
	want := map[string]string{}
	for _, name := range []string{one, two} {
		sha, err := w.repo.ask(ctx, "rev-parse", name)
		if err != nil {
			return err
		}
		want[name] = sha
	}
	return w.shows(ctx, want)
}

func (w *scenario) shows(ctx context.Context, want map[string]string) error {
	for name, sha := range want {
		got, err := w.branches(ctx, name)
		if err != nil {
			return err
		}
		if got[name] != sha {
			return fmt.Errorf("%s is at %s, want %s", name, got[name], sha)
		}
	}
	return nil
}
