package sync

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/store/storetest"
	"github.com/behavepro/behavepro/sync/gittest"
)

// TestRemovedWhileItSyncs: a repository that goes in the middle of its fetch takes the fetch and the folder with it.
func TestRemovedWhileItSyncs(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Commit("one", "a.feature", cart)
	fetching := make(chan struct{})
	url := gittest.ServeWith(t, r.Dir, gittest.Partial, func(git http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Method == http.MethodGet {
				git.ServeHTTP(w, req)
				return
			}
			_, _ = io.Copy(io.Discard, req.Body) // only then is the end of the connection seen
			close(fetching)
			<-req.Context().Done()
		})
	})
	b := newBench(t)
	st := storetest.NewStore(t, jobs.Kinds()...)
	s := &Service{
		Engine: b.engine, Queue: jobs.New(st.Directory()),
		Catalogs: func(context.Context, behavepro.TenantID) (*catalog.Catalog, error) { return b.catalog, nil },
	}
	repo := b.add("shop", url)
	synced := make(chan error, 1)
	go func() { synced <- b.trySync(repo) }()
	<-fetching
	if err := s.Remove(t.Context(), behavepro.Local, repo.ID); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(b.engine.options.Data, "mirrors"))
	if err != nil || len(left) > 0 {
		t.Errorf("a repository that was removed leaves %v, %v", left, err)
	}
	if err := <-synced; !errors.Is(err, context.Canceled) {
		t.Errorf("the sync ended with %v", err)
	}
	if err := b.trySync(repo); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("a sync after it: %v", err)
	}
}
