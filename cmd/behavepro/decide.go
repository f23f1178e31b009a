package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/results/ci"
)

// decision is what results belong to, and how that was found out.
type decision struct {
	push     client.Push
	decided  string    // what gave the commit, for people
	checkout *checkout // nil outside of one
}

// maxEvent bounds the file in which GitHub Actions describes what happened.
const maxEvent = 32 << 20

// decide finds the commit and the build: flags first, then the CI's environment, then the checkout.
func (o *resultsPush) decide(ctx context.Context, dir string) (*decision, error) {
	env := ci.Detect(o.getenv, readEvent)
	d := &decision{}
	var head behavepro.SHA
	c, noCheckout := findCheckout(ctx, dir)
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if noCheckout == nil {
		d.checkout = c
		head, _ = c.commit(ctx, "HEAD") // a checkout without commits has none
	}
	d.push = client.Push{
		Commit: env.Commit, TestedCommit: env.TestedCommit, Build: cmp.Or(o.buildID, env.BuildID), BuildURL: cmp.Or(o.buildURL, env.BuildURL),
		Branch: cmp.Or(o.branch, env.Branch), Attempt: cmp.Or(o.attempt, env.Attempt),
	}
	switch {
	case o.commit != "":
		sha, err := o.namedCommit(ctx, c)
		if err != nil {
			return nil, err
		}
		d.push.Commit, d.decided = sha, "--commit"
	case !env.Commit.IsZero():
		d.decided = fmt.Sprintf("%s of %s", env.Decided, env.Provider)
	case !head.IsZero():
		d.push.Commit, d.decided = head, "git rev-parse HEAD"
	case noCheckout != nil:
		return nil, usagef("the commit is not known: use --commit (%v)", noCheckout)
	default:
		return nil, usagef("the commit is not known: use --commit (this checkout has no commit yet)")
	}
	// The checkout is what the tests ran, unless somebody pushes results of another commit by hand.
	byHand := o.commit != "" && env.Provider == "" && head != d.push.Commit
	if d.checkout == nil || byHand {
		d.push.TestedCommit = behavepro.SHA{}
		return d, nil
	}
	if d.push.TestedCommit.IsZero() && head != d.push.Commit {
		d.push.TestedCommit = head
	}
	if d.push.TestedCommit == d.push.Commit {
		d.push.TestedCommit = behavepro.SHA{}
	}
	d.push.Origin = client.WithoutSecrets(c.origin(ctx))
	entries, err := c.index(ctx)
	if err != nil {
		o.note("behavepro: the checkout's feature files cannot be told: %v", err)
	}
	for _, e := range entries {
		d.push.Sources = append(d.push.Sources, client.Source{Path: e.path, Blob: e.blob})
	}
	return d, nil
}

// namedCommit reads --commit: a full SHA as it is, anything else as the checkout knows it.
func (o *resultsPush) namedCommit(ctx context.Context, c *checkout) (behavepro.SHA, error) {
	if sha, err := behavepro.ParseSHA(o.commit); err == nil {
		return sha, nil
	}
	if c == nil {
		return behavepro.SHA{}, usagef("--commit %s: outside of a checkout a full SHA of 40 digits is needed", o.commit)
	}
	sha, err := c.commit(ctx, o.commit)
	if err != nil {
		return sha, &usageError{fmt.Errorf("--commit: %w", err)}
	}
	return sha, nil
}

func readEvent(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxEvent))
}
