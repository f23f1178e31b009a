package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/outbound"
)

// Options are what an engine needs to know.
type Options struct {
	Data      string // the data folder; mirrors live below it
	Outbound  outbound.Policy
	LocalRoot string // local paths are allowed below it; "" means none
	Log       *slog.Logger
	Now       func() time.Time
}

// Engine syncs repositories.
type Engine struct {
	options Options
	live    live
	bounds  bounds
	under   underway
	client  *http.Client // of all syncs: each with its own would leave connections open behind it
}

// NewEngine prepares the data folder.
func NewEngine(o Options) (*Engine, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, name := range []string{"mirrors", "tmp"} {
		if err := os.MkdirAll(filepath.Join(o.Data, name), 0o700); err != nil {
			return nil, fmt.Errorf("prepare data folder: %w", err)
		}
	}
	return &Engine{options: o, bounds: allBounds, client: o.Outbound.Client()}, nil
}

// Request asks for a sync.
type Request struct {
	Repository behavepro.RepositoryID
	Fence      int64           // of the job: a sync with an older one can no longer publish
	Commits    []behavepro.SHA // also these, if no branch leads to them
	Yields     bool            // to live work
}

// Sync brings a repository up to date: fetch, new commits, parse, identities, and last the head. Readers see all refs of it or
// none. What it found or why it failed is kept as the repository's sync state.
func (e *Engine) Sync(ctx context.Context, cat *catalog.Catalog, req Request) error {
	ctx, ended := e.under.begin(ctx, req.Repository)
	defer ended()
	repo, err := cat.Repository(ctx, req.Repository)
	if err != nil {
		return err
	}
	state, err := cat.SyncState(ctx, repo.ID)
	if err != nil {
		return err
	}
	s := &run{engine: e, catalog: cat, repo: repo, request: req}
	s.progress = newProgress(ctx, cat, repo.ID, state, e.options.Now)
	err = s.run(ctx)
	if errors.Is(err, errNotGiven) && len(req.Commits) > 0 && ctx.Err() == nil {
		// A commit that results name and no branch leads to may have lost its files at the server: it must not hold up the branches.
		e.options.Log.Warn("commits that results wait for are left out", "repository", repo.ID, "cause", err)
		s.request.Commits = nil
		err = s.run(ctx)
	}
	var damage *damage
	if errors.As(err, &damage) && ctx.Err() == nil {
		// A damaged mirror is made anew; it is a cache.
		e.options.Log.Warn("mirror is damaged and is made anew", "repository", repo.ID, "cause", err)
		s.anew = true
		if err = s.run(ctx); errors.As(err, &damage) {
			err = behavepro.Explain(
				fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err),
				s.fetcher.server+" did not send all that its commits name: "+damage.what,
				"check the repository there with `git fsck`; it is tried again",
			)
		}
	}
	return s.progress.finish(ctx, err)
}

// longestCheck bounds a look at a repository while a person waits.
const longestCheck = time.Minute

// Check opens an address with a credential and returns its branches: does it answer, is it a repository, may we read it?
func (e *Engine) Check(ctx context.Context, a Address, cred catalog.Credential) (branches int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, longestCheck,
		behavepro.Explain(behavepro.ErrUnavailable, fmt.Sprintf("%s did not say what it has within %s", a, longestCheck), "try again"))
	defer cancel()
	r, err := e.openRemote(a, cred)
	if err != nil {
		return 0, err
	}
	adv, err := readAdvertisement(ctx, r)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = context.Cause(ctx)
		}
		return 0, err
	}
	return len(adv.branches), nil
}

// Stop breaks off what syncs a repository now, and returns when it has ended.
func (e *Engine) Stop(ctx context.Context, id behavepro.RepositoryID) error {
	if err := e.under.stop(ctx, id); err != nil {
		return fmt.Errorf("stop the sync of repository %s: %w", id, err)
	}
	return nil
}

// Forget removes the mirror of a repository that the catalog no longer has, after a sync that may still run.
func (e *Engine) Forget(ctx context.Context, id behavepro.RepositoryID) error {
	if err := e.Stop(ctx, id); err != nil {
		return err
	}
	dir := mirrorDir(e.options.Data, id)
	return errors.Join(os.RemoveAll(dir), os.RemoveAll(dir+besides), os.RemoveAll(dir+outdated))
}
