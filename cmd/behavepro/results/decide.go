package results

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/checkout"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/results/ci"
)

// decision is what results belong to, and how that was found out.
type decision struct {
	push     client.Push
	decided  string             // what gave the commit, for people
	checkout *checkout.Checkout // nil outside of one
}

// maxEvent bounds the file in which GitHub Actions describes what happened.
const maxEvent = 32 << 20

// decide finds the commit and the build: flags first, then the CI's environment, then the checkout.
func (o *pushOptions) decide(ctx context.Context, dir string) (*decision, error) {
	env := ci.Detect(o.Getenv, readEvent)
	d := &decision{}
	var head behavepro.SHA
	c, noCheckout := checkout.Find(ctx, dir)
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if noCheckout == nil {
		d.checkout = c
		var err error
		if head, err = c.Commit(ctx, "HEAD"); errors.Is(err, behavepro.ErrUnsupported) {
			return nil, err
		} // else a checkout without commits, which has none
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
		return nil, cli.Usagef("the commit is not known: use --commit (%v)", noCheckout)
	default:
		return nil, cli.Usagef("the commit is not known: use --commit (this checkout has no commit yet)")
	}
	if d.checkout == nil || o.byHand(ctx, c, env.Provider, head, d.push.Commit) {
		d.push.TestedCommit = behavepro.SHA{}
		return d, nil
	}
	return d, o.addCheckout(ctx, d, head)
}

// byHand reports whether somebody names a commit that the checkout does not stand for: another one outside of CI, or, in CI,
// one that the checkout does not even hold.
func (o *pushOptions) byHand(ctx context.Context, c *checkout.Checkout, provider string, head, commit behavepro.SHA) bool {
	if o.commit == "" || head == commit {
		return false
	}
	if provider == "" {
		return true
	}
	_, err := c.Commit(ctx, commit.String())
	return err != nil
}

// addCheckout adds what the tests ran: the checkout, its commit and its feature files.
func (o *pushOptions) addCheckout(ctx context.Context, d *decision, head behavepro.SHA) error {
	if d.push.TestedCommit.IsZero() {
		d.push.TestedCommit = head
	}
	if d.push.TestedCommit == d.push.Commit {
		d.push.TestedCommit = behavepro.SHA{}
	}
	d.push.Origin = client.WithoutSecrets(d.checkout.Origin(ctx))
	entries, err := d.checkout.Index(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		o.Note("the checkout's feature files cannot be told: %v", err)
	}
	for _, e := range entries {
		d.push.Sources = append(d.push.Sources, client.Source{Path: e.Path, Blob: e.Blob})
	}
	return nil
}

// namedCommit reads --commit: a full SHA as it is, anything else as the checkout knows it.
func (o *pushOptions) namedCommit(ctx context.Context, c *checkout.Checkout) (behavepro.SHA, error) {
	if sha, err := behavepro.ParseSHA(o.commit); err == nil {
		return sha, nil
	}
	if c == nil {
		return behavepro.SHA{}, cli.Usagef("--commit %s: outside of a checkout a full SHA of 40 digits is needed", o.commit)
	}
	sha, err := c.Commit(ctx, o.commit)
	if err != nil {
		return sha, cli.Usagef("--commit: %w", err)
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

// showMerge adds the merge commit that was tested, which shows that the push is for the pull request's head. A checkout without it shows
// nothing, and the server says so.
func (d *decision) showMerge(ctx context.Context) {
	if d.checkout == nil || d.push.TestedCommit.IsZero() {
		return
	}
	if text, err := d.checkout.Git(ctx, nil, "cat-file", "commit", d.push.TestedCommit.String()); err == nil &&
		len(text) <= client.MaxMergeCommit {
		d.push.MergeCommit = text
	}
}
