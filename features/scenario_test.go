package features

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cucumber/godog"

	"github.com/behavepro/behavepro/api/client"
)

// scenario is what one scenario has to do with.
type scenario struct {
	*server
	number  int64
	repos   map[string]*repository
	repo    *repository       // that was spoken of last
	commits map[string]string // by the names that the scenario gave
	before  map[string]string // branches that the server showed before
	hidden  string            // an object that was taken away
	token   string            // file of a token with few rights
	report  string            // the last report file
	last    client.Accounting
}

// scenario gives a scenario its steps.
func (s *server) scenario(ctx *godog.ScenarioContext) {
	w := &scenario{server: s, number: s.scenarios.Add(1), repos: map[string]*repository{}, commits: map[string]string{}}
	ctx.Step(`^the repository "([^"]*)" with the file "([^"]*)":$`, func(ctx context.Context, name, path string, text *godog.DocString) error {
		return w.newRepository(ctx, name, "SHOP", path, text)
	})
	ctx.Step(`^the repository "([^"]*)" of the project "([^"]*)" with the file "([^"]*)":$`, w.newRepository)
	ctx.Step(`^this commit is called "([^"]*)"$`, w.callCommit)
	ctx.Step(`^"([^"]*)" becomes "([^"]*)" in "([^"]*)"$`, w.replaceAndSync)
	ctx.Step(`^"([^"]*)" becomes "([^"]*)" in "([^"]*)", unseen$`, w.replace)
	ctx.Step(`^"([^"]*)" moves to "([^"]*)"$`, w.move)
	ctx.Step(`^the branch "([^"]*)" begins$`, w.beginBranch)
	ctx.Step(`^the branch "([^"]*)" goes on$`, w.goOn)
	ctx.Step(`^the branch "([^"]*)" is merged$`, w.merge)
	ctx.Step(`^a commit that no branch shows yet$`, w.commitNowhere)
	ctx.Step(`^the commit reaches the branch "([^"]*)"$`, w.reachBranch)
	w.resultSteps(ctx)
	w.readSteps(ctx)
	w.syncSteps(ctx)
	w.lintSteps(ctx)
	w.gateSteps(ctx)
}

// own makes issue keys and projects of a text this scenario's own.
func (w *scenario) own(text string) string {
	text = strings.ReplaceAll(text, "SHOP-", w.project("SHOP")+"-")
	return strings.ReplaceAll(text, `\n`, "\n")
}

func (w *scenario) project(name string) string { return fmt.Sprintf("%s%d", name, w.number) }

func (w *scenario) newRepository(ctx context.Context, name, project, path string, text *godog.DocString) error {
	r := &repository{name: fmt.Sprintf("%s-%d", name, w.number)}
	r.dir = filepath.Join(w.server.repos, r.name)
	w.repos[name], w.repo = r, r
	if err := r.write(path, w.own(text.Content)+"\n"); err != nil {
		return err
	}
	if err := r.git(ctx, "init", "-q", "-b", "main"); err != nil {
		return err
	}
	if err := r.git(ctx, "init", "-q", "--bare", "-b", "main", r.origin()); err != nil {
		return err
	}
	if err := r.commitAndPush(ctx); err != nil {
		return err
	}
	_, err := w.asAdmin(ctx, r.dir, "repos", "add", r.origin(), "--name", r.name, "--project", w.project(project), "--wait")
	return err
}

func (w *scenario) callCommit(ctx context.Context, name string) (err error) {
	w.commits[name], err = w.repo.ask(ctx, "rev-parse", "HEAD")
	return err
}

// sync pushes all branches and lets the server see them.
func (w *scenario) sync(ctx context.Context) error {
	if err := w.repo.push(ctx); err != nil {
		return err
	}
	_, err := w.asAdmin(ctx, w.repo.dir, "repos", "sync", w.repo.name, "--wait")
	return err
}

func (w *scenario) commitAndSync(ctx context.Context) error {
	if err := w.repo.commit(ctx); err != nil {
		return err
	}
	return w.sync(ctx)
}

func (w *scenario) replace(ctx context.Context, old, text, path string) error {
	if err := w.repo.replace(path, w.own(old), w.own(text)); err != nil {
		return err
	}
	return w.repo.commitAndPush(ctx)
}

func (w *scenario) replaceAndSync(ctx context.Context, old, text, path string) error {
	if err := w.replace(ctx, old, text, path); err != nil {
		return err
	}
	return w.sync(ctx)
}

func (w *scenario) move(ctx context.Context, path, to string) error {
	text, err := w.repo.ask(ctx, "show", "HEAD:"+path)
	if err != nil {
		return err
	}
	if err := w.repo.write(to, text+"\n"); err != nil {
		return err
	}
	if err := w.repo.git(ctx, "rm", "-q", path); err != nil {
		return err
	}
	return w.commitAndSync(ctx)
}

func (w *scenario) beginBranch(ctx context.Context, name string) error {
	if err := w.repo.git(ctx, "switch", "-q", "-c", name); err != nil {
		return err
	}
	return w.sync(ctx)
}

func (w *scenario) goOn(ctx context.Context, name string) error {
	return w.repo.git(ctx, "switch", "-q", name)
}

func (w *scenario) merge(ctx context.Context, name string) error {
	if err := w.repo.git(ctx, "merge", "-q", "--no-edit", "--no-ff", name); err != nil {
		return err
	}
	return w.sync(ctx)
}

func (w *scenario) commitNowhere(ctx context.Context) error {
	if err := w.repo.git(ctx, "checkout", "-q", "--detach"); err != nil {
		return err
	}
	return w.repo.commit(ctx)
}

func (w *scenario) reachBranch(ctx context.Context, name string) error {
	if err := w.repo.git(ctx, "branch", "-f", name); err != nil {
		return err
	}
	return w.sync(ctx)
}
