package demo

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/server"
	gitsync "github.com/behavepro/behavepro/sync"
)

// ownProject is the project of the reader's own repository. In a self-hosted start projects limit no links.
const ownProject = behavepro.ProjectKey("DEMO")

// ownSource is a repository of the reader.
type ownSource struct {
	url   string // or a path
	name  string // "" takes it from the URL
	local bool
}

// newOwnSource reads a path or a URL. A path is made absolute; below a work tree, its top is meant.
func newOwnSource(repo string) (*ownSource, error) {
	if repo == "~" || strings.HasPrefix(repo, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			repo = filepath.Join(home, repo[1:])
		}
	}
	if _, err := os.Stat(repo); err == nil {
		return newLocalSource(repo)
	}
	address, _, _, err := gitsync.ParseAddress(repo)
	switch {
	case err != nil:
		return nil, cli.Usagef("--repo %s is no folder that is there, and no address of a repository", client.WithoutSecrets(repo))
	case address.Scheme == "file":
		return nil, cli.Usagef("--repo %s: there is no such folder", address)
	}
	return &ownSource{url: repo}, nil
}

func newLocalSource(repo string) (*ownSource, error) {
	path, err := filepath.Abs(repo)
	if err != nil {
		return nil, fmt.Errorf("--repo: %w", err)
	}
	path = topOf(path)
	s := &ownSource{url: path, local: true, name: cmp.Or(gitsync.Address{Scheme: "file", Path: path}.SuggestName(), "repository")}
	if isFile(filepath.Join(path, ".git")) { // of a linked work tree or a submodule: it names the place
		git := exec.Command("git", "-C", path, "rev-parse", "--git-common-dir")
		git.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
		text, err := git.Output()
		if err != nil {
			return nil, fmt.Errorf("--repo %s: find its Git folder: %w", path, err)
		}
		if s.url = strings.TrimSpace(string(text)); !filepath.IsAbs(s.url) {
			s.url = filepath.Join(path, s.url)
		}
	}
	return s, nil
}

// topOf is the folder with .git that holds a path; the path itself where there is none.
func topOf(path string) string {
	for dir := path; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return path
		}
	}
}

// settings allow what is the reader's own machine anyway.
func (s *ownSource) configure(c *server.Config, _ string) {
	c.Outbound.AllowPrivate = !s.local
	if s.local {
		c.LocalRoot = s.url
	}
}

// show connects the repository, links to its pages while they fill, and picks the issue with most scenarios at the end.
func (s *ownSource) show(ctx context.Context, d *Demo) (*shown, error) {
	if !s.local {
		d.Note("private addresses are allowed: the demo runs for you alone")
	}
	repo, err := d.add(ctx, client.AddRepository{URL: s.url, Name: s.name, Projects: []behavepro.ProjectKey{ownProject}})
	if err != nil {
		return nil, fmt.Errorf("--repo %s: %w", client.WithoutSecrets(s.url), err)
	}
	out := &shown{
		repository: repo.Name, push: []string{"--repo", repo.Name, "REPORT"},
		pushText: "Send a report of yours (Cucumber JSON, Cucumber Messages, JUnit XML, TRX or another) from a checkout of the tested commit:",
	}
	if err := out.links(ctx, d, repo.ID); err != nil {
		return nil, err
	}
	d.Note("the pages can be used while the import runs: %s", out.docsURL)
	if repo, err = d.imported(ctx, repo); err != nil {
		return nil, err
	}
	count, err := d.most(ctx, &repo, out)
	if err != nil {
		return nil, err
	}
	switch {
	case repo.Sync.Files == 0:
		out.notes = append(out.notes, fmt.Sprintf("%s has no .feature file on its branch %s.", repo.Name, repo.DefaultBranch))
	case out.issue == "":
		out.notes = append(
			out.notes,
			fmt.Sprintf("No scenario on the branch %s of %s has the tag of an issue. Tag one, such as with @%s-1, commit, and load /issues/%s-1: "+
				"a tag of a feature, a rule, a scenario or its examples links it.", repo.DefaultBranch, repo.Name, ownProject, ownProject),
		)
	default:
		out.notes = append(out.notes, fmt.Sprintf("%s has most scenarios of %d issues.", out.issue, count))
	}
	return out, out.links(ctx, d, repo.ID)
}

// most finds the issue that most scenarios of the default branch link to, and tells how many issues there are.
func (d *Demo) most(ctx context.Context, repo *client.Repository, out *shown) (issues int, err error) {
	c, err := d.server.Catalog(ctx, behavepro.Local)
	if err != nil {
		return 0, err
	}
	known, err := c.Repository(ctx, repo.ID)
	if err != nil {
		return 0, err
	}
	at, err := c.Resolve(ctx, known, "")
	if err != nil {
		return 0, err
	}
	standing, err := c.Standing(ctx, at)
	if err != nil {
		return 0, err
	}
	best := 0
	all := standing.Issues()
	for _, issue := range all {
		if n := issue.Tally.Scenarios; n > best || n == best && catalog.CompareKeys(issue.Key, out.issue) < 0 {
			best, out.issue = n, issue.Key
		}
	}
	return len(all), nil
}
