// Package ask answers a gate's question from the catalog: it collects the scenarios that the question is about and the doubts that keep
// results/gate from deciding. It names no flag, command or page, so that any surface can show a gate; a surface renders gate.Doubt and
// UnknownCommitError in its own words.
package ask

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/gate"
)

// Question is what a gate is asked: about issues, or about a commit.
type Question struct {
	Issues      []behavepro.IssueKey
	Ref         string   // of issues: branch or commit; "" is each repository's default branch
	Commit      string   // branch, full SHA or its first digits; "" if issues are asked about
	Tags, Paths []string // of a commit: the scenarios that count; none means all
	RequireOIDC bool     // only runs that a CI job pushed with an ID token count
	gate.Options
}

// Answer is a decision with the commits whose scenarios it looked at.
type Answer struct {
	gate.Decision
	At []catalog.At
}

// UnknownCommitError says that a question's commit is neither a full SHA nor a branch or commit of the repositories. It is ErrNotFound.
type UnknownCommitError struct{ Commit string }

func (e *UnknownCommitError) Error() string {
	return fmt.Sprintf("%q is neither a branch nor a commit", e.Commit)
}

func (e *UnknownCommitError) Unwrap() error { return behavepro.ErrNotFound }

// Gate answers a question about repositories from what the catalog knows of them now. A commit that several repositories have, by less than
// its full SHA, is ErrInvalid.
func Gate(ctx context.Context, c *catalog.Catalog, repos []*catalog.Repository, q Question, now time.Time) (*Answer, error) {
	a := asking{Question: q, catalog: c, repos: repos, now: now}
	about := a.aboutCommit
	if len(q.Issues) > 0 {
		about = a.aboutIssues
	}
	if err := about(ctx); err != nil {
		return nil, err
	}
	return &Answer{Decision: gate.Decide(a.groups, a.doubts, q.Options), At: a.at}, nil
}

// asking is a question while it is being answered.
type asking struct {
	Question
	catalog *catalog.Catalog
	repos   []*catalog.Repository
	now     time.Time
	groups  []gate.Group
	doubts  []gate.Doubt
	at      []catalog.At
}

// aboutIssues looks for the scenarios of issues, each repository at its own ref.
func (a *asking) aboutIssues(ctx context.Context) error {
	a.groups = make([]gate.Group, len(a.Issues))
	for i, key := range a.Issues {
		a.groups[i].Name = string(key)
	}
	branches := map[behavepro.RepositoryID]string{} // that were looked at
	holds := map[behavepro.RepositoryID]bool{}
	for _, repo := range a.repos {
		at, known, err := a.resolve(ctx, repo)
		if err != nil {
			return err
		}
		branches[repo.ID] = a.Ref
		if !known {
			continue
		}
		if at.Ref != "" {
			branches[repo.ID] = at.Ref
		}
		if holds[repo.ID], err = a.issuesAt(ctx, at); err != nil {
			return err
		}
	}
	missing := false // a repository that shows nothing yet may hold what an issue lacks
	for i := range a.groups {
		missing = missing || len(a.groups[i].Scenarios) == 0
	}
	for _, repo := range a.repos {
		if !missing && !holds[repo.ID] {
			continue
		}
		if err := a.doubtSync(ctx, repo); err != nil {
			return err
		}
		if err := a.doubtWaiting(ctx, repo, onBranch(branches[repo.ID])); err != nil {
			return err
		}
	}
	return nil
}

// issuesAt adds the scenarios of the issues at a ref, and reports whether there are any.
func (a *asking) issuesAt(ctx context.Context, at catalog.At) (found bool, err error) {
	status, err := a.status(ctx, at, false)
	if err != nil {
		return false, err
	}
	for i, key := range a.Issues {
		linked := linkedTo(status, key)
		a.groups[i].Scenarios = append(a.groups[i].Scenarios, linked...)
		found = found || len(linked) > 0
	}
	if !found {
		return false, nil
	}
	a.at = append(a.at, at)
	return true, a.doubtRuns(ctx, at)
}

// resolve finds the commit of a repository for issues; a repository without the ref is looked at its default branch.
func (a *asking) resolve(ctx context.Context, repo *catalog.Repository) (at catalog.At, known bool, err error) {
	at, err = a.catalog.Resolve(ctx, repo, a.Ref)
	if a.Ref != "" && errors.Is(err, behavepro.ErrNotFound) {
		at, err = a.catalog.Resolve(ctx, repo, "")
	}
	if errors.Is(err, behavepro.ErrNotFound) {
		return at, false, nil
	}
	return at, err == nil, err
}

// aboutCommit looks for the scenarios of a commit. Only what was pushed for that commit counts.
func (a *asking) aboutCommit(ctx context.Context) error {
	found, err := a.having(ctx)
	if err != nil {
		return err
	}
	a.groups = []gate.Group{{}}
	if len(found) == 0 {
		sha, err := behavepro.ParseSHA(a.Commit)
		if err != nil {
			return &UnknownCommitError{a.Commit}
		}
		a.doubts = append(a.doubts, unseenDoubt(sha))
		return nil
	}
	for _, at := range found {
		status, err := a.status(ctx, at, true)
		if err != nil {
			return err
		}
		a.at = append(a.at, at)
		a.groups[0].Scenarios = append(a.groups[0].Scenarios, a.chosen(status)...)
		if err := a.doubtRuns(ctx, at); err != nil {
			return err
		}
		if err := a.doubtWaiting(ctx, at.Repository, func(p *catalog.Push) bool { return p.Commit == at.SHA }); err != nil {
			return err
		}
		if at.Ref == "" {
			continue // a commit does not change
		}
		if err := a.doubtSync(ctx, at.Repository); err != nil {
			return err
		}
	}
	return nil
}

// having lists the repositories that have the question's commit, each at it.
func (a *asking) having(ctx context.Context) ([]catalog.At, error) {
	var found []catalog.At
	var names []string
	for _, repo := range a.repos {
		at, err := a.catalog.Resolve(ctx, repo, a.Commit)
		switch {
		case err == nil:
			found, names = append(found, at), append(names, repo.Name)
		case !errors.Is(err, behavepro.ErrNotFound):
			return nil, err
		}
	}
	if _, err := behavepro.ParseSHA(a.Commit); err != nil && len(found) > 1 {
		what := "several repositories have " + a.Commit + ": " + strings.Join(names, ", ")
		return nil, behavepro.Explain(behavepro.ErrInvalid, what, "name one of them, or a full SHA")
	}
	return found, nil
}

// status computes the status of a branch from the results that count for this gate; own: only those of the commit itself.
func (a *asking) status(ctx context.Context, at catalog.At, own bool) (*catalog.Standing, error) {
	if !a.RequireOIDC && !own {
		return a.catalog.Standing(ctx, at)
	}
	return a.catalog.StandingOf(ctx, at, func(p *catalog.Push) bool {
		return (!a.RequireOIDC || p.OIDC != nil) && (!own || p.Commit == at.SHA)
	})
}

func (a *asking) doubtRuns(ctx context.Context, at catalog.At) error {
	pushes, err := a.catalog.PushesOf(ctx, at.Repository.ID, at.SHA)
	a.doubts = append(a.doubts, openRunDoubts(at.Repository.Name, at.SHA, pushes, a.now)...)
	return err
}

func (a *asking) doubtSync(ctx context.Context, repo *catalog.Repository) error {
	state, err := a.catalog.SyncState(ctx, repo.ID)
	if err == nil {
		a.doubts = append(a.doubts, syncDoubt(repo.Name, &state)...)
	}
	return err
}

func (a *asking) doubtWaiting(ctx context.Context, repo *catalog.Repository, matters func(*catalog.Push) bool) error {
	waiting, err := a.catalog.WaitingFor(ctx, repo)
	a.doubts = append(a.doubts, waitingDoubt(repo.Name, waiting, a.RequireOIDC, a.now, matters)...)
	return err
}
