package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/behavepro/behavepro"
)

// Repositories lists the repositories that the token reaches.
func (c *Client) Repositories(ctx context.Context) (RepositoryList, error) {
	return pages(func(after string) (RepositoryList, error) {
		var out RepositoryList
		return out, c.do(ctx, call{method: http.MethodGet, path: []string{"repos"}, query: values("after", after), out: &out, safe: true})
	}, func(all *RepositoryList, part RepositoryList) string {
		all.Repositories = append(all.Repositories, part.Repositories...)
		return part.Next
	})
}

// Repository shows one repository by id or name. wait asks the server to answer when no sync waits or runs any more, or
// that time is over; 0 asks for an answer at once.
func (c *Client) Repository(ctx context.Context, repo string, wait time.Duration) (Repository, error) {
	var out Repository
	q := url.Values{}
	if wait > 0 {
		q.Set("wait", wait.String())
	}
	return out, c.do(ctx, call{method: http.MethodGet, path: []string{"repos", repo}, query: q, out: &out, safe: true})
}

// AddRepository connects a repository. It is not repeated after it may have been done.
func (c *Client) AddRepository(ctx context.Context, in AddRepository) (AddedRepository, error) {
	var out AddedRepository
	return out, c.do(ctx, call{method: http.MethodPost, path: []string{"repos"}, in: in, out: &out})
}

// ChangeRepository changes settings.
func (c *Client) ChangeRepository(ctx context.Context, repo string, in ChangeRepository) (Repository, error) {
	var out Repository
	return out, c.do(ctx, call{method: http.MethodPatch, path: []string{"repos", repo}, in: in, out: &out, safe: true})
}

// RemoveRepository disconnects a repository and says what went with it.
func (c *Client) RemoveRepository(ctx context.Context, repo string) (RemovedRepository, error) {
	var out RemovedRepository
	return out, c.do(ctx, call{method: http.MethodDelete, path: []string{"repos", repo}, out: &out})
}

// SyncRepository asks for a sync. While one waits, another request changes nothing.
func (c *Client) SyncRepository(ctx context.Context, repo string) (Repository, error) {
	var out Repository
	return out, c.do(ctx, call{method: http.MethodPost, path: []string{"repos", repo, "sync"}, out: &out, safe: true})
}

// SetCredential replaces the credential of a repository.
func (c *Client) SetCredential(ctx context.Context, repo string, in Credential) (Done, error) {
	var out Done
	return out, c.do(ctx, call{method: http.MethodPut, path: []string{"repos", repo, "credential"}, in: in, out: &out, safe: true})
}

// RotateHook makes a new webhook address and secret; the old ones end.
func (c *Client) RotateHook(ctx context.Context, repo string) (Hook, error) {
	var out Hook
	return out, c.do(ctx, call{method: http.MethodPost, path: []string{"repos", repo, "hook"}, out: &out})
}

// Features lists the feature files of a repository at a branch or commit; "" is the default branch.
func (c *Client) Features(ctx context.Context, repo, commit string) (FeatureList, error) {
	var out FeatureList
	return out, c.do(
		ctx,
		call{method: http.MethodGet, path: []string{"repos", repo, "features"}, query: values("commit", commit), out: &out, safe: true},
	)
}

// Feature shows one feature file at a branch or commit.
func (c *Client) Feature(ctx context.Context, repo, commit, path string) (FeatureText, error) {
	var out FeatureText
	return out, c.do(ctx, call{
		method: http.MethodGet, path: []string{"repos", repo, "feature"}, query: values("commit", commit, "path", path), out: &out, safe: true,
	})
}

// Steps tells of the step definitions and steps of a repository at a branch or commit; "" is the default branch.
func (c *Client) Steps(ctx context.Context, repo, commit string) (Steps, error) {
	var out Steps
	return out, c.do(
		ctx,
		call{method: http.MethodGet, path: []string{"repos", repo, "steps"}, query: values("commit", commit), out: &out, safe: true},
	)
}

// Issue shows the scenarios of an issue at each repository's default branch, or at a ref of those that have it.
func (c *Client) Issue(ctx context.Context, key behavepro.IssueKey, ref, repo string) (Issue, error) {
	var out Issue
	return out, c.do(
		ctx,
		call{method: http.MethodGet, path: []string{"issues", string(key)}, query: values("ref", ref, "repo", repo), out: &out, safe: true},
	)
}

// Gate asks once whether issues or a commit are proven.
func (c *Client) Gate(ctx context.Context, in GateQuery) (Gate, error) {
	var out Gate
	q := values("ref", in.Ref, "commit", in.Commit, "repo", in.Repository)
	for _, key := range in.Issues {
		q.Add("issue", string(key))
	}
	q["tag"], q["path"] = in.Tags, in.Paths
	for name, on := range map[string]bool{"allowFlaky": in.AllowFlaky, "allowEmpty": in.AllowEmpty, "requireOIDC": in.RequireOIDC} {
		if on {
			q.Set(name, "true")
		}
	}
	return out, c.do(ctx, call{method: http.MethodGet, path: []string{"gate"}, query: q, out: &out, safe: true})
}

// Runs lists the pushes for a commit of a repository; a full SHA need not be indexed yet.
func (c *Client) Runs(ctx context.Context, repo, commit string) (RunList, error) {
	return c.RunsWith(ctx, repo, RunQuery{Commit: commit})
}

// RunsWith lists the pushes for a commit that all filters take.
func (c *Client) RunsWith(ctx context.Context, repo string, in RunQuery) (RunList, error) {
	q := values("commit", in.Commit, "run", in.Run, "build", in.Build, "state", in.State)
	if in.Attempt > 0 {
		q.Set("attempt", strconv.Itoa(in.Attempt))
	}
	for _, p := range in.Params {
		q.Add("param", p.Name+"="+p.Value)
	}
	return pages(func(after string) (RunList, error) {
		var out RunList
		if after != "" {
			q.Set("after", after)
		}
		return out, c.do(ctx, call{method: http.MethodGet, path: []string{"repos", repo, "results"}, query: q, out: &out, safe: true})
	}, func(all *RunList, part RunList) string {
		all.Commit, all.Runs = part.Commit, append(all.Runs, part.Runs...)
		return part.Next
	})
}

// Run shows the run that a push belongs to.
func (c *Client) Run(ctx context.Context, id string) (ShownRun, error) {
	var out ShownRun
	return out, c.do(ctx, call{method: http.MethodGet, path: []string{"runs", id}, out: &out, safe: true})
}

// CompleteRun says that all shards of a run have come. Saying it again changes nothing.
func (c *Client) CompleteRun(ctx context.Context, in CompleteRun) (ShownRun, error) {
	var out ShownRun
	return out, c.do(ctx, call{method: http.MethodPost, path: []string{"runs", "complete"}, in: in, out: &out, safe: true})
}

// History shows a scenario of a file through time, by its name or line.
func (c *Client) History(ctx context.Context, repo, commit, path, name string) (History, error) {
	var out History
	return out, c.do(ctx, call{
		method: http.MethodGet, path: []string{"repos", repo, "history"}, query: values("commit", commit, "path", path, "name", name),
		out: &out, safe: true,
	})
}

// PushStatus tells how a push is accounted for by now, waiting for its commit up to wait.
func (c *Client) PushStatus(ctx context.Context, id string, wait time.Duration) (Accounting, error) {
	var out Accounting
	q := url.Values{}
	if wait > 0 {
		q.Set("wait", strconv.Itoa(int(wait.Seconds()))+"s")
	}
	return out, c.do(ctx, call{method: http.MethodGet, path: []string{"results", id}, query: q, out: &out, safe: true})
}

// Tokens lists the tokens of the tenant.
func (c *Client) Tokens(ctx context.Context) (TokenList, error) {
	return pages(func(after string) (TokenList, error) {
		var out TokenList
		return out, c.do(ctx, call{method: http.MethodGet, path: []string{"tokens"}, query: values("after", after), out: &out, safe: true})
	}, func(all *TokenList, part TokenList) string {
		all.Tokens = append(all.Tokens, part.Tokens...)
		return part.Next
	})
}

// CreateToken makes a token; its value is in the answer only.
func (c *Client) CreateToken(ctx context.Context, in CreateToken) (CreatedToken, error) {
	var out CreatedToken
	return out, c.do(ctx, call{method: http.MethodPost, path: []string{"tokens"}, in: in, out: &out})
}

// RevokeToken ends a token at once.
func (c *Client) RevokeToken(ctx context.Context, id string) (Done, error) {
	var out Done
	return out, c.do(ctx, call{method: http.MethodDelete, path: []string{"tokens", id}, out: &out, safe: true})
}

// Link asks for a link that opens the pages of a self-hosted start.
func (c *Client) Link(ctx context.Context) (Link, error) {
	var out Link
	return out, c.do(ctx, call{method: http.MethodPost, path: []string{"links"}, out: &out})
}

// Version asks what runs there.
func (c *Client) Version(ctx context.Context) (Version, error) {
	var out Version
	return out, c.do(ctx, call{method: http.MethodGet, path: []string{"version"}, out: &out, safe: true})
}

// pages asks for a list page by page and puts it together. add adds a page and tells what names the next; "" is the end.
func pages[T any](ask func(after string) (T, error), add func(all *T, part T) (next string)) (T, error) {
	all, err := ask("")
	if err != nil {
		return all, err
	}
	var whole T
	for next := add(&whole, all); next != ""; {
		part, err := ask(next)
		if err != nil {
			return whole, err
		}
		next = add(&whole, part)
	}
	return whole, nil
}

// values makes a query of name, value pairs whose value is not "".
func values(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}
