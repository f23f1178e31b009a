package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"runtime"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/web"
)

// accept stores a push, then looks for its commit: it matches where the commit is known, else it asks for a sync and waits.
// Sync does the same from its side, so no order of the two loses a push. The answer is the accounting.
func (s *Server) accept(x *web.Request, up ingest.Upload, next ingest.NextFile, wait time.Duration) error {
	repeated, err := s.take(x, up, next)
	if err != nil {
		return err
	}
	if x.Push.State != catalog.PushMatched {
		if err := s.askForCommit(x); err != nil {
			return err
		}
		if err := s.await(x, wait); err != nil {
			return err
		}
	}
	return s.account(x, repeated)
}

// take stores a push and matches it if its commit is known. Meanwhile a first import leaves it room.
func (s *Server) take(x *web.Request, up ingest.Upload, next ingest.NextFile) (repeated bool, err error) {
	if live := s.opt.Live; live != nil {
		defer live()()
	}
	in := ingest.Ingest{Catalog: x.Catalog}
	if x.Push, repeated, err = in.Accept(x.Context(), up, next, x.Now); err != nil {
		return false, uploadError(err)
	}
	return repeated, s.match(x)
}

// matching bounds how many pushes are matched at once: each holds the feature files of its commit.
var matching = make(chan struct{}, 2*runtime.GOMAXPROCS(0))

// takeTurn waits for a turn to match; the turn is given back by calling done.
func (s *Server) takeTurn(x *web.Request) (done func(), err error) {
	select {
	case matching <- struct{}{}:
		return func() { <-matching }, nil
	case <-x.Context().Done():
		return nil, context.Cause(x.Context())
	}
}

// match matches the exchange's push where its commit is known.
func (s *Server) match(x *web.Request) error {
	done, err := s.takeTurn(x)
	if err != nil {
		return err
	}
	defer done()
	if err := (ingest.Ingest{Catalog: x.Catalog}).Match(x.Context(), x.Push); err != nil || x.Push.State != catalog.PushMatched ||
		s.opt.Matched == nil {
		return err
	}
	return s.opt.Matched(x.Context(), x.Tenant, x.Push.Repository)
}

// maxAsked bounds how many repositories one push without a repository sets in motion.
const maxAsked = 20

// askForCommit asks for a sync of what may hold the commit of the exchange's push.
func (s *Server) askForCommit(x *web.Request) error {
	ids := []behavepro.RepositoryID{x.Push.Repository}
	if x.Push.NamesNone() {
		all, err := x.Catalog.Repositories(x.Context())
		if err != nil {
			return err
		}
		ids = ids[:0]
		for _, r := range all {
			if x.Push.MayBelongTo(r) && len(ids) < maxAsked {
				ids = append(ids, r.ID)
			}
		}
	}
	for _, id := range ids {
		if err := s.opt.Repositories.Sync(x.Context(), x.Tenant, id); err != nil {
			return err
		}
	}
	return nil
}

// lookAgain is how often a waiting request looks at its push.
const lookAgain = 250 * time.Millisecond

// await waits for the exchange's push to be matched, at most that long.
func (s *Server) await(x *web.Request, wait time.Duration) error {
	if wait <= 0 || x.Push.State == catalog.PushMatched {
		return nil
	}
	ctx, cancel := x.WaitContext(wait)
	defer cancel()
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for {
		p, err := x.Catalog.Push(x.Context(), x.Push.Repository, x.Push.Commit, x.Push.ID)
		if err != nil {
			return err
		}
		if x.Push = p; p.State == catalog.PushMatched {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return x.Context().Err()
		}
	}
}

// uploadError tells a broken upload from a broken server.
func uploadError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrInvalid, err), "the upload broke off", "send it again")
	}
	return err
}
